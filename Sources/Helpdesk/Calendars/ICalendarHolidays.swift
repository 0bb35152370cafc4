/// Holidays out of an iCalendar file (RFC 5545), as calendar programs and authorities publish them.
///
/// Read are events: whole days and times, `RRULE` by the year, `RDATE`, `EXDATE`. What is not understood is told with its line,
/// never guessed and never left out in silence. Whether an event blocks time (`TRANSP`) is not asked: published holidays
/// mostly say that they do not.
package struct ICalendarHolidays: Hashable, Sendable {
  /// The largest file that is read.
  package static let bytesMax = 1 << 20
  package static let holidaysMax = 1000
  package static let faultsMax = 100

  /// In order of time, each once.
  package private(set) var holidays: [Holiday] = []
  /// In order of lines, at most a hundred.
  package private(set) var faults: [ICalendarFault] = []
  /// How many dates lay outside the years asked for.
  package private(set) var outsideCount = 0

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - years: dates of other years are counted and left out; a yearly rule without an end goes on to the last of them.
  ///   - zone: the calendar's, on whose clock part days are kept.
  ///   - zones: for events that name another zone.
  package init(_ bytes: [UInt8], years: ClosedRange<Int>, zone: ZoneRules, zones: any ZoneReading) {
    guard bytes.count <= Self.bytesMax else {
      faults = [ICalendarFault(line: 1, .tooLarge)]
      return
    }
    var found: Set<Holiday> = []
    let lines: [ICalendarLine]
    do throws(ICalendarFault) {
      lines = try ICalendarLine.unfolded(bytes)
    } catch {
      faults = [error]
      return
    }
    var reader = ICalendarEventReader(lines)
    while found.count <= Self.holidaysMax, let event = reader.next() {
      do throws(ICalendarFault) {
        guard let event = try ICalendarEvent(event, zone: zone, zones: zones) else { continue }
        for holiday in try event.holidays(years: years, outside: &outsideCount) { found.insert(holiday) }
      } catch {
        faults.append(error)
      }
    }
    faults += reader.faults
    if found.count > Self.holidaysMax { faults.append(ICalendarFault(line: 1, .tooManyDates(found.count))) }
    holidays = Array(found.sorted().prefix(Self.holidaysMax))
    faults.sort { $0.line < $1.line }
    faults = Array(faults.prefix(Self.faultsMax))
  }
}

/// What is wrong in one line of an iCalendar file.
package struct ICalendarFault: Error, Hashable, Sendable {
  /// From 1, as an editor counts; where a line is folded, its first.
  package let line: Int
  package let reason: Reason

  init(line: Int, _ reason: Reason) {
    self.line = line
    self.reason = reason
  }

  package enum Reason: Hashable, Sendable {
    case tooLarge
    case notUTF8
    /// The file does not begin with `BEGIN:VCALENDAR`.
    case notCalendar
    /// No name and colon.
    case lineMalformed
    /// An `END` without its `BEGIN`, or a file that ends before it.
    case unbalanced(String)
    case startMissing
    case nameMissing
    case nameTooLong
    /// A time without an end or a duration.
    case endMissing
    /// The end is not after the start, or more than a year after it.
    case endUnsuitable
    case dateUnreadable(String)
    case zoneUnknown(String)
    /// A rule, or a part of one, that is not read here.
    case ruleUnsupported(String)
    case ruleUnreadable(String)
    /// Something that changes the event's meaning and is not read here.
    case propertyUnsupported(String)
    case tooManyDates(Int)

    /// Key of its text: `ical.<name>`.
    package var name: String {
      switch self {
      case .tooLarge: "too_large"
      case .notUTF8: "not_utf8"
      case .notCalendar: "not_calendar"
      case .lineMalformed: "line_malformed"
      case .unbalanced: "unbalanced"
      case .startMissing: "start_missing"
      case .nameMissing: "name_missing"
      case .nameTooLong: "name_too_long"
      case .endMissing: "end_missing"
      case .endUnsuitable: "end_unsuitable"
      case .dateUnreadable: "date_unreadable"
      case .zoneUnknown: "zone_unknown"
      case .ruleUnsupported: "rule_unsupported"
      case .ruleUnreadable: "rule_unreadable"
      case .propertyUnsupported: "property_unsupported"
      case .tooManyDates: "too_many_dates"
      }
    }

    /// What in the line is meant; empty where the line as a whole is.
    package var value: String {
      switch self {
      case .unbalanced(let value), .dateUnreadable(let value), .zoneUnknown(let value), .ruleUnsupported(let value),
        .ruleUnreadable(let value), .propertyUnsupported(let value):
        String(value.prefix(80))
      case .tooManyDates(let count): String(count)
      default: ""
      }
    }
  }
}
