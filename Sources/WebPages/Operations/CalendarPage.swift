import Mustache

/// `/hours/{key}`: the hours of a week and the holidays of one calendar.
///
/// Forms post `name`, `zone`, `day1` … `day7` to `{path}`; `date`, `name`, `part` to `{path}/holidays`; `holiday` to
/// `{path}/holidays/remove`; `file`, `first`, `last` to `{path}/import`.
package struct CalendarPage: Page {
  package static let template = "calendar"

  /// The office's or shift's name.
  package var heading: String

  /// Such as "Used by Madrid and Lyon: a change holds for both."
  package var users: String

  /// How the week looks now.
  package var week: SiteWeek

  /// `/hours/{key}`.
  package var path: String

  /// Fresh idempotency key.
  package var key: String

  /// The calendar's name, kept after a refusal.
  package var name: String

  /// IANA name, empty for the office's own.
  package var zone: String

  /// Seven, Monday first.
  package var days: [HoursField]

  /// In order of dates, from this year on.
  package var holidays: [HolidayRow]

  /// Proposed years of an import.
  package var first: String
  package var last: String

  /// Why nothing was saved and what to do.
  package var refusal: String?

  /// What was saved.
  package var outcome: String?

  /// Every value the template shows; those with a default may be left out.
  package init(
    heading: String, users: String, week: SiteWeek, path: String, key: String, name: String, zone: String = "",
    days: [HoursField], holidays: [HolidayRow] = [], first: String, last: String, refusal: String? = nil,
    outcome: String? = nil
  ) {
    self.heading = heading
    self.users = users
    self.week = week
    self.path = path
    self.key = key
    self.name = name
    self.zone = zone
    self.days = days
    self.holidays = holidays
    self.first = first
    self.last = last
    self.refusal = refusal
    self.outcome = outcome
  }

  package var place: Place? { .hours }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { "\(heading) · \(wording.text("nav_hours"))" }

  package func child(named name: String) -> Any? {
    switch name {
    case "heading": heading
    case "users": users
    case "week": week
    case "path": path
    case "key": key
    case "name": self.name
    case "zone": zone
    case "days": days
    case "holidays": holidays
    case "hasHolidays": !holidays.isEmpty
    case "first": first
    case "last": last
    case "refusal": shown(refusal)
    case "outcome": shown(outcome)
    default: nil
    }
  }
}

/// The hours of one weekday as people write them, such as `09:00-14:00 15:00-18:00`; empty for a free day.
package struct HoursField: MustacheParent, Sendable {
  /// Name of the field, `day1` … `day7`.
  package var field: String
  package var label: String
  package var value: String

  /// One weekday.
  package init(field: String, label: String, value: String) {
    self.field = field
    self.label = label
    self.value = value
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "field": field
    case "label": label
    case "value": value
    default: nil
    }
  }
}

/// One holiday of a list.
package struct HolidayRow: MustacheParent, Sendable {
  /// Such as "Friday 25 December 2026".
  package var date: String
  package var name: String

  /// The part of the day that is free; nil for the whole day.
  package var hours: String?

  /// What names it when it is taken away.
  package var reference: String

  /// One holiday.
  package init(date: String, name: String, hours: String? = nil, reference: String) {
    self.date = date
    self.name = name
    self.hours = hours
    self.reference = reference
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "date": date
    case "name": self.name
    case "hours": shown(hours)
    case "reference": reference
    default: nil
    }
  }
}
