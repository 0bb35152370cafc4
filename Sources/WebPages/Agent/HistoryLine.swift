import Mustache
package import RichText

/// One step of the full history in the right rail.
package struct HistoryLine: MustacheParent, Sendable {
  /// The whole sentence with its author, `RichText.sentence`.
  package var text: TrustedHTML

  /// When.
  package var moment: Moment

  /// Where it was written.
  package var site: SiteChip

  /// "from → to" for a field change.
  package var change: String?

  /// Every value the template shows; those with a default may be left out.
  package init(text: TrustedHTML, moment: Moment, site: SiteChip, change: String? = nil) {
    self.text = text
    self.moment = moment
    self.site = site
    self.change = change
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "text": text.html
    case "moment": moment
    case "site": site
    case "change": shown(change)
    default: nil
    }
  }
}
