import Mustache

/// What is wrong, why, and what to do: 404, 403, a refused form, a busy node.
///
/// Nothing typed is lost.
package struct ErrorPage: Page {
  package static let template = "error"

  /// HTTP status, shown small.
  package var code: Int

  /// What is wrong, in plain words.
  package var title: String

  /// Why.
  package var text: String

  /// What to do.
  package var advice: String

  /// Ways out, the most likely first.
  package var links: [PageLink]

  /// What the reader typed, to copy.
  package var keptText: String?

  /// What to tell an administrator, such as a request identifier.
  package var reference: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    code: Int, title: String, text: String, advice: String, links: [PageLink] = [], keptText: String? = nil,
    reference: String? = nil
  ) {
    self.code = code
    self.title = title
    self.text = text
    self.advice = advice
    self.links = links
    self.keptText = keptText
    self.reference = reference
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "title": title
    case "text": text
    case "advice": advice
    case "links": links
    case "keptText": shown(keptText)
    case "reference": shown(reference)
    default: nil
    }
  }
}
