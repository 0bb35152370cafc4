import Mustache

/// `/hours`: when each office is open this week, on its own clock, and the shifts that are no office's.
package struct HoursPage: Page {
  package static let template = "hours"

  /// Such as "2 of 3 offices are open now".
  package var summary: String

  /// In order of codes; where nobody set hours, the standard ones, said so.
  package var sites: [SiteWeek]

  /// Calendars no office uses.
  package var shifts: [SiteWeek]

  /// Further offices and shifts; nil where all are on this page.
  package var pager: Pager?

  /// Set exactly when there is no site.
  package var empty: EmptyState?

  /// True when the reader may add a calendar for a shift; its key is posted to `/hours`.
  package var mayAdd: Bool

  /// Fresh idempotency key.
  package var key: String

  /// What a new shift's key begins with for this reader, e.g. `lyo-`.
  package var shiftKey: String

  /// Why the shift was not added and what to do.
  package var refusal: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    summary: String, sites: [SiteWeek], shifts: [SiteWeek] = [], pager: Pager? = nil, empty: EmptyState? = nil,
    mayAdd: Bool = true, key: String, shiftKey: String = "", refusal: String? = nil
  ) {
    self.summary = summary
    self.sites = sites
    self.shifts = shifts
    self.pager = pager
    self.empty = empty
    self.mayAdd = mayAdd
    self.key = key
    self.shiftKey = shiftKey
    self.refusal = refusal
  }

  package var place: Place? { .hours }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { wording.text("hours_title") }

  package func child(named name: String) -> Any? {
    switch name {
    case "summary": summary
    case "sites": sites
    case "shifts": shifts
    case "hasShifts": !shifts.isEmpty
    case "pager": shown(pager)
    case "empty": shown(empty)
    case "mayAdd": mayAdd
    case "key": key
    case "shiftKey": shiftKey
    case "refusal": shown(refusal)
    default: nil
    }
  }
}
