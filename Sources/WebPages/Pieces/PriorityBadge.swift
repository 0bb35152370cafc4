import Mustache

/// A ticket's priority as shape and word.
package struct PriorityBadge: MustacheParent, Sendable {
  /// `low`, `normal`, `high` or `urgent`; chooses the shape.
  package var code: String

  /// The word for the reader.
  package var label: String

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, label: String) {
    self.code = code
    self.label = label
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "label": label
    default: nil
    }
  }
}
