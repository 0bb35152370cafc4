/// One event of an iCalendar file, as far as holidays need it.
struct ICalendarEvent {
  /// A date, or a time on the calendar's own clock.
  private enum Start {
    case day(CivilDate)
    case time(WallTime)

    var day: CivilDate {
      switch self {
      case .day(let day): day
      case .time(let time): time.day
      }
    }
  }

  /// Longer ones are a mistake rather than a holiday.
  private static let daysMax = 366

  private let name: String
  private let start: Start
  /// Days for whole days, minutes for times.
  private let length: Int
  private let rule: ICalendarRule?
  private let more: [Start]
  private let except: [Start]
  /// Where the start stands.
  private let line: Int

  /// Nil for an event that was called off.
  init?(_ lines: [ICalendarLine], zone: ZoneRules, zones: any ZoneReading) throws(ICalendarFault) {
    func line(_ name: String) -> ICalendarLine? { lines.first { $0.name == name } }
    if line("STATUS")?.value.uppercased() == "CANCELLED" { return nil }
    if let changed = line("RECURRENCE-ID") {
      throw ICalendarFault(line: changed.number, .propertyUnsupported("RECURRENCE-ID"))
    }
    guard let begin = line("DTSTART") else { throw ICalendarFault(line: lines[0].number, .startMissing) }
    let clock = Clock(zone: zone, zones: zones)
    self.line = begin.number
    start = try clock.start(begin.value, begin)
    length = try Self.length(from: start, line("DTEND"), line("DURATION"), begin, clock)
    guard let summary = line("SUMMARY") else { throw ICalendarFault(line: lines[0].number, .nameMissing) }
    name = Self.unescaped(summary.value)
    guard !name.isEmpty else { throw ICalendarFault(line: summary.number, .nameMissing) }
    guard name.utf8.count <= Limit.nameBytes else { throw ICalendarFault(line: summary.number, .nameTooLong) }
    if let line = line("RRULE") {
      rule = try ICalendarRule(line)
    } else {
      rule = nil
    }
    more = try Self.starts(lines, "RDATE", clock)
    except = try Self.starts(lines, "EXDATE", clock)
  }

  /// Every date it falls on in these years.
  func holidays(years: ClosedRange<Int>, outside: inout Int) throws(ICalendarFault) -> [Holiday] {
    var days = [start.day]
    if let rule {
      days = rule.days(from: start.day, untilYear: years.upperBound)
      // The start counts even where the rule would not give it.
      if days.first != start.day { days.insert(start.day, at: 0) }
    }
    var starts = days.map { day -> Start in
      switch start {
      case .day: .day(day)
      case .time(let time): .time(WallTime(day, minute: time.minute))
      }
    }
    starts += more
    var holidays: [Holiday] = []
    for start in starts where !except.contains(where: { Self.isSame($0, start) }) {
      for holiday in parts(start) {
        if years.contains(holiday.date.year) { holidays.append(holiday) } else { outside += 1 }
      }
      guard holidays.count <= ICalendarHolidays.holidaysMax else {
        throw ICalendarFault(line: line, .tooManyDates(holidays.count))
      }
    }
    return holidays
  }

  /// An exception may be written as a date where the event has a time.
  private static func isSame(_ exception: Start, _ start: Start) -> Bool {
    if case .time(let left) = exception, case .time(let right) = start { return left == right }
    return exception.day == start.day
  }

  /// A holiday for each day it touches.
  private func parts(_ start: Start) -> [Holiday] {
    switch start {
    case .day(let day):
      return (0..<length).compactMap { Holiday(date: day.advanced(byDays: $0), name: name) }
    case .time(let time):
      let end = time.minute + length
      return (0...(end - 1) / 1440).compactMap { index in
        let from = index == 0 ? time.minute : 0
        guard let minutes = MinuteRange(from: from, to: min(end - index * 1440, 1440)) else { return nil }
        return Holiday(date: time.day.advanced(byDays: index), name: name, minutes: minutes)
      }
    }
  }

  // MARK: Reading

  /// Moments of other zones brought onto the calendar's clock.
  private struct Clock {
    let zone: ZoneRules
    let zones: any ZoneReading

    /// A date `20261225`, or a time `20261224T140000`, in UTC with a `Z` behind it.
    func start(_ text: String, _ line: ICalendarLine) throws(ICalendarFault) -> Start {
      let isUTC = text.hasSuffix("Z")
      let parts = (isUTC ? text.dropLast() : text[...]).split(separator: "T", omittingEmptySubsequences: false)
      guard let first = parts.first, let day = Self.day(first), parts.count <= 2 else {
        throw ICalendarFault(line: line.number, .dateUnreadable(text))
      }
      guard parts.count == 2 else {
        guard !isUTC else { throw ICalendarFault(line: line.number, .dateUnreadable(text)) }
        return .day(day)
      }
      guard let minute = Self.minute(parts[1]) else { throw ICalendarFault(line: line.number, .dateUnreadable(text)) }
      let written = WallTime(day, minute: minute)
      if isUTC { return .time(zone.wallTime(at: ZoneRules.utc.moment(of: written))) }
      guard let name = line.parameter("TZID"), name != zone.name else { return .time(written) }
      guard let other = zones.rules(name) else { throw ICalendarFault(line: line.number, .zoneUnknown(name)) }
      return .time(zone.wallTime(at: other.moment(of: written)))
    }

    private static func day(_ text: Substring) -> CivilDate? {
      guard text.utf8.count == 8, let number = Digits.number(text.utf8) else { return nil }
      // Rules are followed year by year, so a start long ago would cost a long time.
      guard (1900...2200).contains(number / 10_000) else { return nil }
      return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    /// Seconds are left out; a minute is as exact as hours are kept.
    private static func minute(_ text: Substring) -> Int? {
      guard text.utf8.count == 6, let number = Digits.number(text.utf8) else { return nil }
      let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100)
      return hour < 24 && minute < 60 && second <= 60 ? hour * 60 + minute : nil
    }
  }

  private static func starts(
    _ lines: [ICalendarLine], _ name: String, _ clock: Clock
  ) throws(ICalendarFault) -> [Start] {
    var starts: [Start] = []
    for line in lines where line.name == name {
      guard line.parameter("VALUE")?.uppercased() != "PERIOD" else {
        throw ICalendarFault(line: line.number, .propertyUnsupported("\(name);VALUE=PERIOD"))
      }
      for part in line.value.split(separator: ",") { starts.append(try clock.start(String(part), line)) }
    }
    return starts
  }

  private static func length(
    from start: Start, _ end: ICalendarLine?, _ duration: ICalendarLine?, _ begin: ICalendarLine, _ clock: Clock
  ) throws(ICalendarFault) -> Int {
    var length: Int
    let line = end ?? duration ?? begin
    if let end {
      switch (start, try clock.start(end.value, end)) {
      case (.day(let from), .day(let to)):
        length = to.dayNumber - from.dayNumber
        // Some programs write the day itself as the end, which by the standard would be no day at all.
        if length == 0 { length = 1 }
      case (.time(let from), .time(let to)):
        length = (to.day.dayNumber - from.day.dayNumber) * 1440 + to.minute - from.minute
      default: throw ICalendarFault(line: end.number, .endUnsuitable)
      }
    } else if let duration {
      guard let minutes = minutes(duration.value) else {
        throw ICalendarFault(line: duration.number, .dateUnreadable(duration.value))
      }
      if case .day = start { length = (minutes + 1439) / 1440 } else { length = minutes }
    } else {
      guard case .day = start else { throw ICalendarFault(line: begin.number, .endMissing) }
      length = 1
    }
    var lengthMax = daysMax
    if case .time = start { lengthMax *= 1440 }
    guard (1...lengthMax).contains(length) else { throw ICalendarFault(line: line.number, .endUnsuitable) }
    return length
  }

  /// `P1D`, `PT4H30M`, `P1W` in minutes; nil for anything else and for what goes back in time.
  private static func minutes(_ text: String) -> Int? {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
    guard bytes.popFirst() == UInt8(ascii: "P"), !bytes.isEmpty else { return nil }
    var minutes = 0
    var isTime = false
    while let byte = bytes.first {
      if byte == UInt8(ascii: "T") {
        isTime = true
        bytes = bytes.dropFirst()
        continue
      }
      let digits = bytes.prefix { (0x30...0x39).contains($0) }
      guard digits.count <= 6, let number = Digits.number(digits) else { return nil }
      bytes = bytes.dropFirst(digits.count)
      switch (bytes.popFirst(), isTime) {
      case (UInt8(ascii: "W"), false): minutes += number * 10_080
      case (UInt8(ascii: "D"), false): minutes += number * 1440
      case (UInt8(ascii: "H"), true): minutes += number * 60
      case (UInt8(ascii: "M"), true): minutes += number
      case (UInt8(ascii: "S"), true): minutes += number / 60
      default: return nil
      }
    }
    return minutes
  }

  /// Escapes taken away, line feeds made spaces, trimmed (RFC 5545, 3.3.11).
  private static func unescaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if isEscaped {
        result.append(scalar == "n" || scalar == "N" ? " " : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    return Decider.trimmed(String(result))
  }
}
