import Mustache

/// A link with its words.
package struct PageLink: MustacheParent, Sendable {
  /// What people read; a verb and its object where it leads to an act.
  package var label: String

  /// Path on this node, beginning with `/`.
  package var path: String

  /// Every value the template shows; those with a default may be left out.
  package init(label: String, path: String) {
    self.label = label
    self.path = path
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "path": path
    default: nil
    }
  }
}
