import Mustache

/// One field that changed between showing a form and receiving it.
package struct MergeChange: MustacheParent, Sendable {
  /// The field in words.
  package var label: String

  /// What the page showed.
  package var before: String

  /// What it is now.
  package var now: String

  /// What the reader wanted, when it is the same field.
  package var yours: String?

  /// Who changed it.
  package var person: PersonChip

  /// Where.
  package var site: SiteChip

  /// When.
  package var moment: Moment

  /// Every value the template shows; those with a default may be left out.
  package init(
    label: String, before: String, now: String, yours: String? = nil, person: PersonChip, site: SiteChip,
    moment: Moment
  ) {
    self.label = label
    self.before = before
    self.now = now
    self.yours = yours
    self.person = person
    self.site = site
    self.moment = moment
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "before": before
    case "now": now
    case "yours": shown(yours)
    case "person": person
    case "site": site
    case "moment": moment
    default: nil
    }
  }
}
