import Mustache

/// What an iCalendar file would add, before anything is added.
///
/// The form posts every `holiday` shown to `{path}/holidays/add`.
package struct HolidayImportPage: Page {
  package static let template = "holiday_import"

  /// The calendar's name.
  package var heading: String

  /// Such as "12 holidays will be added, 2 are there already, 40 lie outside the years."
  package var summary: String

  /// `/hours/{key}`.
  package var path: String

  /// Fresh idempotency key.
  package var key: String

  /// In order of dates.
  package var rows: [HolidayRow]

  /// What in the file could not be read, each with its line.
  package var faults: [String]

  /// Every value the template shows.
  package init(
    heading: String, summary: String, path: String, key: String, rows: [HolidayRow], faults: [String] = []
  ) {
    self.heading = heading
    self.summary = summary
    self.path = path
    self.key = key
    self.rows = rows
    self.faults = faults
  }

  package var place: Place? { .hours }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { "\(wording.text("hours_preview")) · \(heading)" }

  package func child(named name: String) -> Any? {
    switch name {
    case "heading": heading
    case "summary": summary
    case "path": path
    case "key": key
    case "rows": rows
    case "hasRows": !rows.isEmpty
    case "faults": faults
    case "hasFaults": !faults.isEmpty
    default: nil
    }
  }
}
