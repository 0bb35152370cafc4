import Mustache

/// `/conflicts`: every field that two sites changed at once and nobody decided yet.
///
/// Fragment: `list`.
package struct ConflictsPage: Page {
  package static let template = "conflicts"

  /// Such as "2 decisions are waiting".
  package var summary: String

  /// At most 50, oldest first.
  package var rows: [ConflictRow]

  /// Set exactly when `rows` is empty.
  package var empty: EmptyState?

  /// Every value the template shows; those with a default may be left out.
  package init(summary: String, rows: [ConflictRow], empty: EmptyState? = nil) {
    self.summary = summary
    self.rows = rows
    self.empty = empty
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "summary": summary
    case "rows": rows
    case "empty": shown(empty)
    default: nil
    }
  }
}
