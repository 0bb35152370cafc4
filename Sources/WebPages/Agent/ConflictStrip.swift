import Mustache
package import RichText

/// "Two sites changed *subject* at once": both values, who, where, when, and one click each.
///
/// Posts `value`, `csrf`, `rendered`, `key` to `action`.
package struct ConflictStrip: MustacheParent, Sendable {
  /// Machine name of the field, such as `subject`.
  package var field: String

  /// The sentence; see `Wording.conflictTitle`.
  package var title: TrustedHTML

  /// `/tickets/{number}/conflicts/{field}`.
  package var action: String

  /// Version tag that the decision answers to.
  package var rendered: String

  /// Fresh idempotency key; the strip adds the value's position.
  package var key: String

  /// Two or more, the shown one first.
  package var values: [ConflictValue]

  /// Every value the template shows; those with a default may be left out.
  package init(
    field: String, title: TrustedHTML, action: String, rendered: String, key: String, values: [ConflictValue]
  ) {
    self.field = field
    self.title = title
    self.action = action
    self.rendered = rendered
    self.key = key
    self.values = values
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "field": field
    case "title": title.html
    case "action": action
    case "rendered": rendered
    case "key": key
    case "values": values
    default: nil
    }
  }
}
