/// What calendar and clock on a wall show, to the minute and without a place: "24 December 2026, 14:00".
package struct WallTime: Hashable, Comparable, Sendable {
  package let day: CivilDate
  /// Minutes since that day's midnight, 0…1439.
  package let minute: Int

  /// Minutes beyond the day go on into the next ones.
  package init(_ day: CivilDate, minute: Int = 0) {
    let days = minute >= 0 ? minute / 1440 : (minute - 1439) / 1440
    self.day = day.advanced(byDays: days)
    self.minute = minute - days * 1440
  }

  /// Reads `2026-12-24T14:00`; nil for anything else.
  package init?(text: some StringProtocol) {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let day = CivilDate(text: parts[0]), let minute = MinuteRange.minute(parts[1]),
      minute < 1440
    else { return nil }
    self.init(day, minute: minute)
  }

  package static func < (left: WallTime, right: WallTime) -> Bool {
    (left.day, left.minute) < (right.day, right.minute)
  }
}

extension WallTime: CustomStringConvertible {
  /// `2026-12-24T14:00` (ISO 8601, local time).
  package var description: String { "\(day)T\(MinuteRange.text(minute))" }
}

/// A stretch of time from one moment up to, and without, another; milliseconds UTC.
package struct Span: Hashable, Sendable {
  package let start: Int64
  package let end: Int64

  package init(start: Int64, end: Int64) {
    self.start = start
    self.end = end
  }

  package func contains(_ moment: Int64) -> Bool { start <= moment && moment < end }
}
