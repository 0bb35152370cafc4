import Mustache

/// A label and its value in the right rail or on the status page.
package struct Fact: MustacheParent, Sendable {
  /// What it is.
  package var label: String

  /// What it says.
  package var value: String

  /// True when the value is not known; shown as "?" with a word, never as 0.
  package var isUnknown: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(label: String, value: String, isUnknown: Bool = false) {
    self.label = label
    self.value = value
    self.isUnknown = isUnknown
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "value": value
    case "isUnknown": isUnknown
    default: nil
    }
  }
}
