import Mustache
package import RichText

/// One step of a ticket's history in a short sentence, between messages or in the history list.
package struct EventLine: MustacheParent, Sendable {
  /// Such as "**Luc** took it" (`RichText.sentence`), without the time.
  package var text: TrustedHTML

  /// When it happened (`occurred_at` where that differs from the clock).
  package var moment: Moment

  /// Where it was written; nil where every step has the same site.
  package var site: SiteChip?

  /// How far the step has travelled; nil once it is everywhere.
  package var reach: WriteReach?

  /// Name of a symbol in `icons.mustache`, such as `person`, `check`, `escalate`, `edit`, `merge`.
  package var icon: String

  /// Every value the template shows; those with a default may be left out.
  package init(
    text: TrustedHTML, moment: Moment, site: SiteChip? = nil, reach: WriteReach? = nil, icon: String = "dot"
  ) {
    self.text = text
    self.moment = moment
    self.site = site
    self.reach = reach
    self.icon = icon
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "text": text.html
    case "moment": moment
    case "site": shown(site)
    case "reach": shown(reach)
    case "icon": icon
    default: nil
    }
  }
}
