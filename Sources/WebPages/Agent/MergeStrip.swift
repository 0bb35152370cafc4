import Mustache

/// "Changed while you typed": what changed meanwhile, and the reader's own text kept.
///
/// Shown after a 412 on the ticket page.
package struct MergeStrip: MustacheParent, Sendable {
  /// At least one.
  package var changes: [MergeChange]

  /// The refused form's address; posted again with `fields` and the fresh `rendered` and `key` of the page.
  package var action: String

  /// The refused form's own fields, without `csrf`, `rendered` and `key`.
  package var fields: [HiddenField]

  /// Longer text of the reader, shown so that they see it is safe.
  package var keptText: String?

  /// Every value the template shows; those with a default may be left out.
  package init(changes: [MergeChange], action: String, fields: [HiddenField], keptText: String? = nil) {
    self.changes = changes
    self.action = action
    self.fields = fields
    self.keptText = keptText
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "changes": changes
    case "action": action
    case "fields": fields
    case "keptText": shown(keptText)
    default: nil
    }
  }
}
