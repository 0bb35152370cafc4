import Mustache

/// The rules of assignment as a form; trying them out and switching them on are two buttons.
package struct PolicyForm: MustacheParent, Sendable {
  /// One number with its unit.
  package struct Field: MustacheParent, Sendable {
    package var name: String
    package var label: String
    package var unit: String
    package var value: String
    package var min: String
    package var max: String

    package init(name: String, label: String, unit: String, value: String, min: String, max: String) {
      self.name = name
      self.label = label
      self.unit = unit
      self.value = value
      self.min = min
      self.max = max
    }

    package func child(named name: String) -> Any? {
      switch name {
      case "name": self.name
      case "label": label
      case "unit": unit
      case "value": value
      case "min": min
      case "max": max
      default: nil
      }
    }
  }

  /// Fields that belong together, and what they are about.
  package struct Group: MustacheParent, Sendable {
    package var title: String
    package var fields: [Field]

    package init(title: String, fields: [Field]) {
      self.title = title
      self.fields = fields
    }

    package func child(named name: String) -> Any? {
      switch name {
      case "title": title
      case "fields": fields
      default: nil
      }
    }
  }

  package var groups: [Group]
  package var prefersUsualAgent: Bool
  package var takesOverCutOffWork: Bool
  package var isOpen: Bool
  /// True for administrators, who may switch it on.
  package var maySave: Bool
  package var refusal: String?
  package var dryRun: DryRunPicture?

  package init(
    groups: [Group], prefersUsualAgent: Bool, takesOverCutOffWork: Bool, isOpen: Bool = false, maySave: Bool = false,
    refusal: String? = nil, dryRun: DryRunPicture? = nil
  ) {
    self.groups = groups
    self.prefersUsualAgent = prefersUsualAgent
    self.takesOverCutOffWork = takesOverCutOffWork
    self.isOpen = isOpen
    self.maySave = maySave
    self.refusal = refusal
    self.dryRun = dryRun
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "groups": groups
    case "prefersUsualAgent": prefersUsualAgent
    case "takesOverCutOffWork": takesOverCutOffWork
    case "isOpen": isOpen
    case "maySave": maySave
    case "refusal": shown(refusal)
    case "dryRun": shown(dryRun)
    default: nil
    }
  }
}
