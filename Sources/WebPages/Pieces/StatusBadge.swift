import Mustache

/// A ticket's status as shape, word and colour.
package struct StatusBadge: MustacheParent, Sendable {
  /// `new`, `assigned`, `in_progress`, `waiting`, `resolved` or `closed`; chooses shape and colour.
  package var code: String

  /// The word for the reader, such as "Waiting for you"; an agent sees the waiting reason here.
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
