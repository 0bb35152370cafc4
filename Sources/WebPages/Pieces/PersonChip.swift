import Mustache

/// A person as pages show them: initials in a circle, then the name.
package struct PersonChip: MustacheParent, Sendable {
  /// The full name as its owner writes it.
  package var name: String

  /// One or two letters for the circle; `PersonChip(name:)` derives them.
  package var initials: String

  /// True when this is the person who looks at the page.
  package var isYou: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(name: String, initials: String, isYou: Bool = false) {
    self.name = name
    self.initials = initials
    self.isYou = isYou
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "name": self.name
    case "initials": initials
    case "isYou": isYou
    default: nil
    }
  }
}
