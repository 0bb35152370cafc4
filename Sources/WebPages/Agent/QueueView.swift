import Mustache

/// A saved view at the left of the queue.
package struct QueueView: MustacheParent, Sendable {
  /// Such as "Mine" or "Lyon".
  package var label: String

  /// `/queue?q=…`.
  package var path: String

  /// How many tickets, as text; "99+" is fine, empty when unknown.
  package var count: String

  /// True for the view that is shown.
  package var isCurrent: Bool

  /// True for a view that should be empty and is not (overdue).
  package var isAlarming: Bool

  /// Set for the views per site.
  package var site: SiteChip?

  /// Name of a symbol, for views without a site.
  package var icon: String

  /// Every value the template shows; those with a default may be left out.
  package init(
    label: String, path: String, count: String, isCurrent: Bool = false, isAlarming: Bool = false,
    site: SiteChip? = nil, icon: String = "list"
  ) {
    self.label = label
    self.path = path
    self.count = count
    self.isCurrent = isCurrent
    self.isAlarming = isAlarming
    self.site = site
    self.icon = icon
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "path": path
    case "count": count
    case "isCurrent": isCurrent
    case "isAlarming": isAlarming
    case "site": shown(site)
    case "icon": icon
    default: nil
    }
  }
}
