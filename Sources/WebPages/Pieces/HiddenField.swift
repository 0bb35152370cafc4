import Mustache

/// A form field that is sent again unchanged, used where a refused form is offered once more.
package struct HiddenField: MustacheParent, Sendable {
  /// Field name.
  package var name: String

  /// Field value, escaped by the template.
  package var value: String

  /// Every value the template shows; those with a default may be left out.
  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "name": self.name
    case "value": value
    default: nil
    }
  }
}
