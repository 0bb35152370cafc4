/// A rule by which an event comes again every year, or every few years (RFC 5545, 3.3.10).
struct ICalendarRule {
  /// A weekday of a month: the first Monday, the last Friday.
  private struct MonthWeekday {
    /// 1…5, or −5…−1 from the month's end.
    let place: Int
    /// ISO, 1 Monday.
    let weekday: Int
  }

  private static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

  private var interval = 1
  private var count: Int?
  private var until: CivilDate?
  private var months: [Int] = []
  private var monthDays: [Int] = []
  private var weekdays: [MonthWeekday] = []

  /// Reads the parts; names the one that is not read here.
  init(_ line: ICalendarLine) throws(ICalendarFault) {
    var isYearly = false
    for part in line.value.split(separator: ";") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else { throw ICalendarFault(line: line.number, .ruleUnreadable(String(part))) }
      switch sides[0].uppercased() {
      case "FREQ":
        isYearly = sides[1].uppercased() == "YEARLY"
        guard isYearly else { throw ICalendarFault(line: line.number, .ruleUnsupported(String(part))) }
      case "WKST": continue
      case "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY":
        guard take(sides[0].uppercased(), sides[1]) else {
          throw ICalendarFault(line: line.number, .ruleUnreadable(String(part)))
        }
      default: throw ICalendarFault(line: line.number, .ruleUnsupported(String(part)))
      }
    }
    guard isYearly else { throw ICalendarFault(line: line.number, .ruleUnreadable("FREQ")) }
    // "The second Monday of the year" and "every Monday in May" are no holidays anybody publishes.
    if !weekdays.isEmpty, months.isEmpty || !monthDays.isEmpty || weekdays.contains(where: { $0.place == 0 }) {
      throw ICalendarFault(line: line.number, .ruleUnsupported("BYDAY"))
    }
  }

  /// False for a value that is none.
  private mutating func take(_ name: String, _ text: Substring) -> Bool {
    switch name {
    case "INTERVAL":
      guard let number = Digits.number(text.utf8), (1...1000).contains(number) else { return false }
      interval = number
    case "COUNT":
      guard let number = Digits.number(text.utf8), number >= 1 else { return false }
      count = number
    case "UNTIL":
      guard text.utf8.count >= 8, let number = Digits.number(text.utf8.prefix(8)),
        let day = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
      else { return false }
      until = day
    case "BYMONTH":
      months = text.split(separator: ",").map { Digits.number($0.utf8) ?? 0 }
      return months.allSatisfy { (1...12).contains($0) } && !months.isEmpty
    case "BYMONTHDAY":
      monthDays = text.split(separator: ",").map { Self.signed($0) ?? 0 }
      return monthDays.allSatisfy { (1...31).contains(abs($0)) } && !monthDays.isEmpty
    default:
      for part in text.split(separator: ",") {
        guard let weekday = Self.weekdays.firstIndex(of: part.suffix(2).uppercased()) else { return false }
        let place = part.count == 2 ? 0 : Self.signed(part.dropLast(2))
        guard let place, abs(place) <= 5 else { return false }
        weekdays.append(MonthWeekday(place: place, weekday: weekday + 1))
      }
      return !weekdays.isEmpty
    }
    return true
  }

  private static func signed(_ text: Substring) -> Int? {
    if text.hasPrefix("-") { return Digits.number(text.utf8.dropFirst()).map { -$0 } }
    return Digits.number((text.hasPrefix("+") ? text.dropFirst() : text).utf8)
  }

  /// The days it falls on from its first one to the end of a year, in order.
  func days(from first: CivilDate, untilYear last: Int) -> [CivilDate] {
    var days: [CivilDate] = []
    for year in stride(from: first.year, through: max(last, first.year), by: interval) {
      for day in self.days(inYear: year, like: first) where day >= first {
        if let until, day > until { return days }
        if let count, days.count >= count { return days }
        days.append(day)
      }
    }
    return days
  }

  /// Dates that a year has not, such as 29 February, are left out (RFC 5545, 3.3.10).
  private func days(inYear year: Int, like first: CivilDate) -> [CivilDate] {
    let months = self.months.isEmpty && monthDays.isEmpty ? [first.parts.month] : self.months
    let chosen = months.isEmpty ? Array(1...12) : months
    var days: [CivilDate] = []
    for month in chosen {
      let length = CivilDate.daysIn(month: month, year: year)
      var numbers = monthDays.map { $0 > 0 ? $0 : length + 1 + $0 }
      if monthDays.isEmpty, weekdays.isEmpty { numbers = [first.parts.day] }
      numbers += weekdays.compactMap { weekday in
        guard let begin = CivilDate(year: year, month: month, day: 1)?.weekday else { return nil }
        let firstDay = 1 + (weekday.weekday - begin + 7) % 7
        let fits = Array(stride(from: firstDay, through: length, by: 7))
        let index = weekday.place > 0 ? weekday.place - 1 : fits.count + weekday.place
        return fits.indices.contains(index) ? fits[index] : nil
      }
      days += numbers.compactMap { CivilDate(year: year, month: month, day: $0) }
    }
    return Array(Set(days)).sorted()
  }
}
