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
    (year, month, day) = Self.civil(fromDays: Int(days))
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
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year)
    else { return nil }
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Hinnant's civil_from_days: eras of 400 years whose years begin in March, so that the leap day comes last.
  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
