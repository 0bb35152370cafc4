import OperationLog

/// When somebody is there, for each day of an ordinary week.
package struct WeeklyHours: Hashable, Sendable {
  /// Monday first; in order, none overlapping. What crosses midnight stands on the day it begins.
  package let days: [[MinuteRange]]

  package static let rangesPerDayMax = 6
  /// As people write the days, Monday first.
  package static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  /// Monday to Friday, nine to six: what holds where nobody said otherwise.
  package static let standard = WeeklyHours(
    checked: (1...7).map { $0 <= 5 ? [MinuteRange(from: 540, to: 1080)].compactMap { $0 } : [] })
  /// Around the clock.
  package static let always = WeeklyHours(checked: Array(repeating: [.wholeDay], count: 7))

  /// Seven days, Monday first; ranges that overlap or touch become one. Nil for another number of days or more ranges than a
  /// day may have.
  package init?(_ days: [[MinuteRange]]) {
    let merged = days.map(MinuteRange.merged)
    guard days.count == 7, merged.allSatisfy({ $0.count <= Self.rangesPerDayMax }) else { return nil }
    self.init(checked: merged)
  }

  private init(checked days: [[MinuteRange]]) { self.days = days }

  /// True when nobody is ever there.
  package var isEmpty: Bool { days.allSatisfy(\.isEmpty) }

  // MARK: Bytes

  /// One form per value: for each day a count and the minutes, 16 bits each, big-endian; at most 175 bytes.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64)
    for ranges in days {
      writer.byte(UInt8(ranges.count))
      for range in ranges {
        writer.fixed16(UInt16(range.from))
        writer.fixed16(UInt16(range.to))
      }
    }
    return writer.bytes
  }

  /// Nil for bytes of another form.
  package init?(bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do {
      var days: [[MinuteRange]] = []
      for _ in 0..<7 {
        var ranges: [MinuteRange] = []
        for _ in 0..<(try reader.byte()) {
          guard let range = MinuteRange(from: Int(try reader.fixed16()), to: Int(try reader.fixed16())) else {
            return nil
          }
          ranges.append(range)
        }
        days.append(ranges)
      }
      try reader.finish()
      self.init(days)
    } catch {
      // Bytes of another version are simply not ours.
      return nil
    }
  }
}

/// What is wrong with hours that somebody wrote.
package enum WeeklyHoursFault: Error, Hashable, Sendable {
  /// Neither a day nor a stretch of days such as `mon-fri`.
  case dayUnknown(String)
  /// Not of the form `09:00-18:00`.
  case rangeUnreadable(String)
  /// More ranges on one day than it may have.
  case rangesTooMany(day: String)
}

extension WeeklyHours {
  /// Reads `mon-fri 09:00-14:00 15:00-18:00, sat 10:00-14:00`, `always` or `never`; days that are not named are free.
  package init(text: String) throws(WeeklyHoursFault) {
    if text.lowercased() == "always" || text == "24/7" {
      self = .always
      return
    }
    var days: [[MinuteRange]] = Array(repeating: [], count: 7)
    let text = text.lowercased() == "never" ? "" : text
    for group in text.split(whereSeparator: { $0 == "," || $0 == ";" }) {
      let words = group.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      let chosen = try Self.days(first)
      let ranges = try Self.ranges(words.dropFirst())
      for day in chosen { days[day] += ranges }
    }
    for (day, ranges) in days.enumerated() where MinuteRange.merged(ranges).count > Self.rangesPerDayMax {
      throw .rangesTooMany(day: Self.dayNames[day])
    }
    self.init(checked: days.map(MinuteRange.merged))
  }

  /// Reads one day's ranges, `09:00-14:00 15:00-18:00`; empty for a free day.
  package static func ranges(text: String) throws(WeeklyHoursFault) -> [MinuteRange] {
    try ranges(text.split { $0.isWhitespace || $0 == "," || $0 == ";" })
  }

  private static func ranges(_ words: some Sequence<Substring>) throws(WeeklyHoursFault) -> [MinuteRange] {
    var ranges: [MinuteRange] = []
    for word in words {
      guard let range = MinuteRange(text: word) else { throw .rangeUnreadable(String(word.prefix(40))) }
      ranges.append(range)
    }
    return ranges
  }

  /// `mon`, or `mon-fri`, also over the end of the week.
  private static func days(_ text: Substring) throws(WeeklyHoursFault) -> [Int] {
    let ends = text.lowercased().split(separator: "-", omittingEmptySubsequences: false).map { name in
      dayNames.firstIndex(of: String(name.prefix(3)))
    }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
      throw .dayUnknown(String(text.prefix(40)))
    }
    return (0..<7).map { (first + $0) % 7 }.prefix((last - first + 7) % 7 + 1).map { $0 }
  }
}

extension WeeklyHours: CustomStringConvertible {
  /// As `init(text:)` reads it, equal days in a row together; `always`, and `never` when nobody is ever there.
  package var description: String {
    if self == .always { return "always" }
    var groups: [String] = []
    var day = 0
    while day < 7 {
      var last = day
      while last < 6, days[last + 1] == days[day] { last += 1 }
      if !days[day].isEmpty {
        let name = last == day ? Self.dayNames[day] : "\(Self.dayNames[day])-\(Self.dayNames[last])"
        groups.append(([name] + days[day].map(\.description)).joined(separator: " "))
      }
      day = last + 1
    }
    return groups.isEmpty ? "never" : groups.joined(separator: ", ")
  }
}
