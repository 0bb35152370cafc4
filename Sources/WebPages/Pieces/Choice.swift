import Mustache

/// One choice of a select box, radio group or datalist.
package struct Choice: MustacheParent, Sendable {
  /// What the form sends.
  package var value: String

  /// What people read.
  package var label: String

  /// True for the present value.
  package var isChosen: Bool

  /// A second line in plain words, shown by radio groups only.
  package var hint: String?

  /// Every value the template shows; those with a default may be left out.
  package init(value: String, label: String, isChosen: Bool = false, hint: String? = nil) {
    self.value = value
    self.label = label
    self.isChosen = isChosen
    self.hint = hint
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "value": value
    case "label": label
    case "isChosen": isChosen
    case "hint": shown(hint)
    default: nil
    }
  }
}
