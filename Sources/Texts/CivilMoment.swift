import Helpdesk

/// A moment as a wall clock and a calendar at some offset from UTC show it (proleptic Gregorian calendar).
///
/// Hand-written because a formatter from a library costs twenty times as much per row of a list.
package struct CivilMoment: Sendable, Equatable {
  package let year: Int
  /// 1…12.
  package let month: Int
  /// 1…31.
  package let day: Int
  /// 0…23.
  package let hour: Int
  package let minute: Int
  package let second: Int
  package let millisecond: Int
  /// 1 Monday … 7 Sunday (ISO 8601).
  package let weekday: Int
  /// Days since 1 January 1970 at this offset; the difference of two says "yesterday" across month ends.
  package let dayNumber: Int

  /// Splits milliseconds since 1970-01-01T00:00:00Z; a moment at the very edge of `Int64` is moved inside it.
  package init(milliseconds: Int64, offsetSeconds: Int) {
    let shift = Int64(max(-86_400, min(86_400, offsetSeconds))) * 1000
    let (sum, overflow) = milliseconds.addingReportingOverflow(shift)
    let local = overflow ? milliseconds : sum
    let dayLength: Int64 = 86_400_000
    let (days, inDay) = Self.floorDivide(local, dayLength)
    dayNumber = Int(days)
    (year, month, day) = CivilDate(dayNumber: Int(days)).parts
    let withinDay = Int(inDay)
    hour = withinDay / 3_600_000
    minute = withinDay / 60_000 % 60
    second = withinDay / 1000 % 60
    millisecond = withinDay % 1000
    // 1970-01-01 was a Thursday, the fourth day of the week.
    weekday = ((Int(days) % 7 + 7 + 3) % 7) + 1
  }

  /// Days since 1970-01-01 of a date; nil when there is no such date or its year is outside 0…9999.
  package static func dayNumber(year: Int, month: Int, day: Int) -> Int? {
    CivilDate(year: year, month: month, day: day)?.dayNumber
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
