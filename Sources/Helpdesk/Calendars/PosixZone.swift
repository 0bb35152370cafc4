/// A rule for offsets in the notation of POSIX's `TZ` with the extensions of RFC 8536, e.g. `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Hashable, Sendable {
  /// Seconds east of UTC outside summer time.
  let standardOffset: Int
  /// Nil where no summer time is kept.
  let summer: Summer?

  struct Summer: Hashable, Sendable {
    let offset: Int
    let start: Turn
    let end: Turn
  }

  /// The day and the time of day at which clocks are changed each year.
  struct Turn: Hashable, Sendable {
    enum Day: Hashable, Sendable {
      /// 1…365, 29 February never counted.
      case ofYearWithoutLeapDay(Int)
      /// 0…365, 29 February counted.
      case ofYear(Int)
      /// The nth weekday of a month, the fifth meaning the last; 0 is Sunday.
      case ofMonth(month: Int, week: Int, weekday: Int)
    }
    let day: Day
    /// Seconds after midnight on the clock that holds before, −167 h … 167 h.
    let seconds: Int

    /// On the wall of that year, seconds since 1970.
    func wallSeconds(inYear year: Int) -> Int64 {
      let first = CivilDate(year: min(max(year, 0), 9999), month: 1, day: 1)?.dayNumber ?? 0
      return Int64(first + dayOfYear(year)) * 86_400 + Int64(seconds)
    }

    /// Days after 1 January.
    private func dayOfYear(_ year: Int) -> Int {
      switch day {
      case .ofYear(let day): return day
      case .ofYearWithoutLeapDay(let day):
        return day - 1 + (day >= 60 && CivilDate.daysIn(month: 2, year: year) == 29 ? 1 : 0)
      case .ofMonth(let month, let week, let weekday):
        let before = (1..<month).reduce(0) { $0 + CivilDate.daysIn(month: $1, year: year) }
        let first = CivilDate(year: min(max(year, 0), 9999), month: month, day: 1)?.weekday ?? 1
        // ISO weekdays end with Sunday as 7, POSIX begins with it as 0.
        var day = (weekday - first % 7 + 7) % 7 + (week - 1) * 7
        while day >= CivilDate.daysIn(month: month, year: year) { day -= 7 }
        return before + day
      }
    }
  }

  /// Both changes of a year in order, with the offset from then on.
  func changes(inYear year: Int) -> [(at: Int64, offset: Int)] {
    guard let summer else { return [] }
    let start = (at: summer.start.wallSeconds(inYear: year) - Int64(standardOffset), offset: summer.offset)
    let end = (at: summer.end.wallSeconds(inYear: year) - Int64(summer.offset), offset: standardOffset)
    return start.at <= end.at ? [start, end] : [end, start]
  }

  func offset(atSecond second: Int64) -> Int {
    guard summer != nil else { return standardOffset }
    var offset = standardOffset
    for change in changes(around: second) where change.at <= second { offset = change.offset }
    return offset
  }

  func nextChange(afterSecond second: Int64) -> (at: Int64, offset: Int)? {
    guard summer != nil else { return nil }
    return changes(around: second).first { $0.at > second }
  }

  /// Those of the year before, the year and the year after, in order.
  private func changes(around second: Int64) -> [(at: Int64, offset: Int)] {
    let day = ZoneRules.floorDivide(second + Int64(standardOffset), 86_400).quotient
    let year = CivilDate(dayNumber: Int(day)).year
    return changes(inYear: year - 1) + changes(inYear: year) + changes(inYear: year + 1)
  }
}

// MARK: - Reading

extension PosixZone {
  /// Nil for anything that is not in this notation.
  init?(_ text: [UInt8]) {
    var rest = text[...]
    guard Self.takeName(&rest), let west = Self.takeTime(&rest, hoursMax: 24) else { return nil }
    standardOffset = -west
    if rest.isEmpty {
      summer = nil
      return
    }
    guard Self.takeName(&rest) else { return nil }
    var offset = standardOffset + 3600
    if let first = rest.first, first != UInt8(ascii: ",") {
      guard let west = Self.takeTime(&rest, hoursMax: 24) else { return nil }
      offset = -west
    }
    guard let start = Self.takeTurn(&rest), let end = Self.takeTurn(&rest), rest.isEmpty else { return nil }
    summer = Summer(offset: offset, start: start, end: end)
  }

  /// At least three letters, or anything between angle brackets.
  private static func takeName(_ rest: inout ArraySlice<UInt8>) -> Bool {
    if rest.first == UInt8(ascii: "<") {
      guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
      rest = rest[(end + 1)...]
      return true
    }
    let name = rest.prefix { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }
    rest = rest.dropFirst(name.count)
    return name.count >= 3
  }

  private static func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Int? {
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits.count > 3 ? nil : Digits.number(digits)
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func takeTime(_ rest: inout ArraySlice<UInt8>, hoursMax: Int) -> Int? {
    let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard let hours = takeNumber(&rest), hours <= hoursMax else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
      rest = rest.dropFirst()
      guard let count = takeNumber(&rest), count < 60 else { return nil }
      seconds += count * unit
    }
    return sign * seconds
  }

  private static func takeTurn(_ rest: inout ArraySlice<UInt8>) -> Turn? {
    guard rest.first == UInt8(ascii: ",") else { return nil }
    rest = rest.dropFirst()
    guard let day = takeDay(&rest) else { return nil }
    guard rest.first == UInt8(ascii: "/") else { return Turn(day: day, seconds: 7200) }
    rest = rest.dropFirst()
    guard let seconds = takeTime(&rest, hoursMax: 167) else { return nil }
    return Turn(day: day, seconds: seconds)
  }

  private static func takeDay(_ rest: inout ArraySlice<UInt8>) -> Turn.Day? {
    switch rest.first {
    case UInt8(ascii: "J"):
      rest = rest.dropFirst()
      guard let day = takeNumber(&rest), (1...365).contains(day) else { return nil }
      return .ofYearWithoutLeapDay(day)
    case UInt8(ascii: "M"):
      rest = rest.dropFirst()
      guard let month = takeNumber(&rest), (1...12).contains(month), rest.popFirst() == UInt8(ascii: "."),
        let week = takeNumber(&rest), (1...5).contains(week), rest.popFirst() == UInt8(ascii: "."),
        let weekday = takeNumber(&rest), (0...6).contains(weekday)
      else { return nil }
      return .ofMonth(month: month, week: week, weekday: weekday)
    default:
      guard let day = takeNumber(&rest), (0...365).contains(day) else { return nil }
      return .ofYear(day)
    }
  }
}
