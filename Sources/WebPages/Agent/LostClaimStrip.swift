import Mustache

/// Somebody else has the ticket that the reader believed to have: who, where, and what becomes of the reader's words.
package struct LostClaimStrip: MustacheParent, Sendable {
  /// Such as "Ana (MAD) has this ticket".
  package var title: String

  /// What happened and that nothing of the reader's is lost.
  package var text: String

  /// The reader's words that were not sent; nil when none were.
  package var keptText: String?

  /// What should have happened with the words: empty, `waiting` or `resolved`.
  package var then: String

  /// True when the reader may take the ticket back.
  package var canTake: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(title: String, text: String, keptText: String? = nil, then: String = "", canTake: Bool = false) {
    self.title = title
    self.text = text
    self.keptText = keptText
    self.then = then
    self.canTake = canTake
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "title": title
    case "text": text
    case "keptText": shown(keptText)
    case "then": then
    case "mayTake": canTake
    default: nil
    }
  }
}
