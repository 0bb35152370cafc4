import Mustache
package import RichText

/// A line at the top of a page: what just happened, or what everybody should know now.
package struct Notice: MustacheParent, Sendable {
  /// `good`, `calm`, `warning` or `bad`; chooses shape and colour.
  package var code: String

  /// The sentence; made with `RichText.sentence` or `RichText.escaped`.
  package var text: TrustedHTML

  /// The next act, where there is one.
  package var link: PageLink?

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, text: TrustedHTML, link: PageLink? = nil) {
    self.code = code
    self.text = text
    self.link = link
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "text": text.html
    case "link": shown(link)
    default: nil
    }
  }
}
