import Mustache
package import RichText

/// The first thing both pages say: is service equal, where not, and what to do.
package struct ServiceVerdict: MustacheParent, Sendable {
  /// `ok`, `warning` or `unknown`; chooses shape and colour.
  package var code: String
  /// The level as a word, for those who do not see the shape.
  package var level: String
  /// One sentence.
  package var sentence: TrustedHTML
  /// What follows from it.
  package var advice: String?
  /// The next act.
  package var link: PageLink?
  /// What the figures stand on, such as "Tickets of the last four weeks, as of today 14:05."
  package var scope: String

  package init(
    code: String, level: String, sentence: TrustedHTML, advice: String? = nil, link: PageLink? = nil, scope: String
  ) {
    self.code = code
    self.level = level
    self.sentence = sentence
    self.advice = advice
    self.link = link
    self.scope = scope
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "level": level
    case "sentence": sentence.html
    case "advice": shown(advice)
    case "link": shown(link)
    case "scope": scope
    default: nil
    }
  }
}
