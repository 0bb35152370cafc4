import Mustache

/// One week of an office or a shift as bars, Monday first, on its own clock.
package struct SiteWeek: MustacheParent, Sendable {
  /// Nil for a shift that is no office's.
  package var site: SiteChip?

  /// The office's or the shift's name.
  package var name: String

  /// `/hours/{key}`; nil when the reader may not change it.
  package var path: String?

  /// `open` or `closed`.
  package var code: String

  /// Such as "open until 18:00" or "closed, opens tomorrow at 9:00".
  package var state: String

  /// Such as "14:32 there, Europe/Paris".
  package var clock: String

  /// Such as "Standard hours: nobody has set this office's hours yet."
  package var note: String?

  /// Seven.
  package var days: [WeekDay]

  /// Every value the template shows; those with a default may be left out.
  package init(
    site: SiteChip? = nil, name: String, path: String? = nil, code: String, state: String, clock: String,
    note: String? = nil, days: [WeekDay]
  ) {
    self.site = site
    self.name = name
    self.path = path
    self.code = code
    self.state = state
    self.clock = clock
    self.note = note
    self.days = days
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": shown(site)
    case "name": self.name
    case "path": shown(path)
    case "code": code
    case "state": state
    case "clock": clock
    case "note": shown(note)
    case "days": days
    default: nil
    }
  }
}

/// One day of a week: 24 hours from left to right.
package struct WeekDay: MustacheParent, Sendable {
  /// Such as "Mon 23".
  package var label: String

  /// Such as "09:00–14:00, 15:00–18:00" or "closed"; read aloud with the label.
  package var hours: String

  /// The holiday's name.
  package var holiday: String?

  /// Open stretches, in minutes of the day.
  package var bars: [DayBar]

  /// Minutes of the day on the clock there, only for today.
  package var now: Int?

  /// Every value the template shows; those with a default may be left out.
  package init(label: String, hours: String, holiday: String? = nil, bars: [DayBar], now: Int? = nil) {
    self.label = label
    self.hours = hours
    self.holiday = holiday
    self.bars = bars
    self.now = now
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "label": label
    case "hours": hours
    case "holiday": shown(holiday)
    case "isFree": bars.isEmpty
    case "bars": bars
    case "now": shown(now.map(String.init))
    case "isToday": now != nil
    default: nil
    }
  }
}

/// One open stretch of a day.
package struct DayBar: MustacheParent, Sendable {
  /// Minutes since midnight, 0…1439.
  package var from: Int

  /// Minutes, at least 1.
  package var length: Int

  /// A stretch of a day.
  package init(from: Int, length: Int) {
    self.from = from
    self.length = length
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "from": String(from)
    case "length": String(length)
    default: nil
    }
  }
}
