import Mustache

/// A tag with the button that takes it away.
///
/// Posts `remove` to `/tickets/{number}/tags`.
package struct TagLine: MustacheParent, Sendable {
  /// The tag.
  package var name: String

  /// Every value the template shows; those with a default may be left out.
  package init(name: String) {
    self.name = name
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "name": self.name
    default: nil
    }
  }
}
