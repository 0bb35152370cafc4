import Helpdesk
import Testing

@Suite("Working hours, minute by minute")
struct WorkingCalendarTests {
  private static let places = [
    ("Europe/Madrid", "2026-03-29"), ("Europe/Madrid", "2026-10-25"), ("Europe/Madrid", "2026-12-31"),
    ("America/Bogota", "2026-02-28"), ("Asia/Kolkata", "2028-02-28"), ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"), ("America/St_Johns", "2010-03-14"), ("America/St_Johns", "2010-11-07"),
    ("America/St_Johns", "2026-11-01"),
  ]

  @Test("Every answer is the one a slow count of minutes gives, also across changes of the clocks", arguments: places)
  func oracle(name: String, day: String) throws {
    let zone = try TestZones.zone(name)
    let date = try #require(CivilDate(text: day))
    var dice = Dice(seed: UInt64(date.dayNumber))
    for _ in 0..<3 {
      let hours = try #require(WeeklyHours((0..<7).map { _ in Self.ranges(&dice) }))
      let holidays = (0..<Int.random(in: 0...3, using: &dice)).compactMap { _ in Self.holiday(near: date, &dice) }
      let calendar = WorkingCalendar(hours: hours, zone: zone, holidays: holidays)
      let oracle = Oracle(calendar, around: date)
      for _ in 0..<100 { oracle.check(calendar, &dice, "\(name) \(hours) \(holidays)") }
    }
  }

  private static func ranges(_ dice: inout Dice) -> [MinuteRange] {
    if dice.isOne(in: 6) { return [.wholeDay] }
    return (0..<Int.random(in: 0...3, using: &dice)).compactMap { _ in
      let from = Int.random(in: 0..<1440, using: &dice)
      return MinuteRange(from: from, to: from + Int.random(in: 1...900, using: &dice))
    }
  }

  private static func holiday(near date: CivilDate, _ dice: inout Dice) -> Holiday? {
    let day = date.advanced(byDays: .random(in: -1...2, using: &dice))
    if dice.isOne(in: 2) { return Holiday(date: day, name: "Free") }
    let from = Int.random(in: 0..<1200, using: &dice)
    return MinuteRange(from: from, to: from + Int.random(in: 1...240, using: &dice)).flatMap {
      Holiday(date: day, name: "Half", minutes: $0)
    }
  }

  // MARK: Said in plain dates

  private let madrid = Result { try TestZones.zone("Europe/Madrid") }

  @Test("A night shift of eight hours lasts seven when clocks go forward and nine when they go back")
  func nightShift() throws {
    let zone = try madrid.get()
    let calendar = WorkingCalendar(hours: try WeeklyHours(text: "mon-sun 22:00-06:00"), zone: zone)
    func hours(_ from: String, _ to: String) throws -> Int64 {
      calendar.workingTime(from: try TestZones.moment(from, zone), to: try TestZones.moment(to, zone)) / 3_600_000
    }
    #expect(try hours("2026-03-27T12:00", "2026-03-28T12:00") == 8)
    #expect(try hours("2026-03-28T12:00", "2026-03-29T12:00") == 7)
    #expect(try hours("2026-10-24T12:00", "2026-10-25T12:00") == 9)
  }

  @Test("A holiday takes its own day out of a night, from midnight to midnight")
  func holidayAtNight() throws {
    let zone = try madrid.get()
    let christmas = try #require(CivilDate(text: "2026-12-25").flatMap { Holiday(date: $0, name: "Navidad") })
    let calendar = WorkingCalendar(
      hours: try WeeklyHours(text: "mon-sun 22:00-06:00"), zone: zone, holidays: [christmas])
    #expect(calendar.isOpen(at: try TestZones.moment("2026-12-24T23:59", zone)))
    #expect(!calendar.isOpen(at: try TestZones.moment("2026-12-25T00:00", zone)))
    #expect(!calendar.isOpen(at: try TestZones.moment("2026-12-25T23:00", zone)))
    #expect(
      calendar.nextOpening(after: try TestZones.moment("2026-12-25T00:00", zone))
        == (try TestZones.moment("2026-12-26T00:00", zone)))
  }

  @Test("Two hours of work begun on Friday at five end on Monday at ten")
  func weekend() throws {
    let zone = try madrid.get()
    let calendar = WorkingCalendar(hours: .standard, zone: zone)
    let friday = try TestZones.moment("2026-11-20T17:00", zone)
    #expect(calendar.adding(2 * 3_600_000, to: friday) == (try TestZones.moment("2026-11-23T10:00", zone)))
    #expect(calendar.adding(3_600_000, to: friday) == (try TestZones.moment("2026-11-20T18:00", zone)))
    #expect(calendar.adding(0, to: friday) == friday)
    #expect(calendar.nextOpening(after: friday) == friday)
    #expect(calendar.closing(after: friday) == (try TestZones.moment("2026-11-20T18:00", zone)))
  }

  @Test("What is never open, or always, says so instead of searching for ever")
  func never() throws {
    let zone = try madrid.get()
    let never = WorkingCalendar(hours: try #require(WeeklyHours(Array(repeating: [], count: 7))), zone: zone)
    #expect(never.nextOpening(after: 0) == nil)
    #expect(never.closing(after: 0) == nil)
    #expect(never.adding(1, to: 0) == nil)
    #expect(never.workingTime(from: .min, to: .max) == 0)
    let always = WorkingCalendar(hours: .always, zone: zone)
    #expect(always.closing(after: 0) == nil)
    #expect(always.workingTime(from: 0, to: 31_536_000_000) == 31_536_000_000)
    #expect(always.nextOpening(after: .max) == nil)
    let standard = WorkingCalendar(hours: .standard, zone: zone)
    #expect(standard.adding(.max, to: 0) == nil)
    #expect(standard.nextOpening(after: .min) != nil)
  }

  @Test("People are on shift by their own calendar, else their site's, and never while they are away")
  func roster() throws {
    let hashing = TestDirectory.hashing
    let night = OfficeCalendar(
      id: hashing.calendar(key: "night"), key: "night", name: "Night",
      hours: try WeeklyHours(text: "mon-fri 22:00-06:00"))
    let madrid = Site(
      id: TestDirectory.madrid, code: "MAD", name: "Madrid", timeZone: "Europe/Madrid", node: nil)
    let roster = Roster(sites: [madrid], calendars: [night], zones: TestZones())
    let zone = try self.madrid.get()
    var ana = try #require(TestDirectory.standard.people[TestDirectory.ana])
    let evening = try TestZones.moment("2026-11-23T23:00", zone)
    let noon = try TestZones.moment("2026-11-23T12:00", zone)
    #expect(roster.isOnShift(ana, at: noon))
    #expect(roster.isOnShift(ana, at: evening), "hours that nobody has set keep nobody from work")
    #expect(!roster.shift(of: ana).areHoursSet && roster.shift(of: ana).endOfShift(after: noon) == nil)
    #expect(!roster.calendar(of: madrid.id).isOpen(at: evening), "its office is open on weekdays from nine to six")
    ana.calendar = night.id
    #expect(roster.shift(of: ana).areHoursSet)
    #expect(!roster.isOnShift(ana, at: noon))
    #expect(roster.isOnShift(ana, at: evening))
    let from = try #require(WallTime(text: "2026-11-23T23:00"))
    ana.absences = [
      try #require(Absence(from: from, to: WallTime(from.day.advanced(byDays: 1), minute: 120), kind: .away)),
      try #require(Absence(from: from, to: WallTime(from.day.advanced(byDays: 2)), kind: .vacation)),
    ]
    #expect(!roster.isOnShift(ana, at: evening))
    #expect(roster.nextShift(of: ana, after: evening) == (try TestZones.moment("2026-11-25T00:00", zone)))
    #expect(
      roster.shift(of: ana).endOfShift(after: noon) == evening, "the shift ends where the absence begins")
    let outlook = roster.capacityOutlook(
      [ana], from: try TestZones.moment("2026-11-23T20:00", zone), stepMilliseconds: 3_600_000, steps: 4)
    #expect(outlook == [0, 0, 3_600_000, 0])
    #expect(
      roster.dueMoment(since: noon, workingMinutes: 480, site: madrid.id)
        == (try TestZones.moment("2026-11-24T11:00", zone)))
  }
}

/// The open minutes of some days, one by one: a clock that is read each minute and never seems to go back.
private struct Oracle {
  private let start: Int64
  private let isOpen: [Bool]

  init(_ calendar: WorkingCalendar, around date: CivilDate) {
    start = Int64(date.dayNumber - 3) * 86_400_000
    var reached = calendar.zone.wallTime(at: start - 86_400_000)
    var moment = start - 86_400_000
    var minutes: [Bool] = []
    while moment < start + 16 * 86_400_000 {
      reached = max(reached, calendar.zone.wallTime(at: moment))
      if moment >= start { minutes.append(Self.isOpen(calendar, reached)) }
      moment += 60_000
    }
    isOpen = minutes
  }

  private static func isOpen(_ calendar: WorkingCalendar, _ time: WallTime) -> Bool {
    let today = calendar.hours.days[time.day.weekday - 1]
    let yesterday = calendar.hours.days[(time.day.weekday + 5) % 7]
    let isWorking =
      today.contains { $0.from <= time.minute && time.minute < $0.to }
      || yesterday.contains { $0.from <= time.minute + 1440 && time.minute + 1440 < $0.to }
    let isFree = calendar.holidays.contains {
      $0.date == time.day && $0.minutes.from <= time.minute && time.minute < $0.minutes.to
    }
    return isWorking && !isFree
  }

  func check(_ calendar: WorkingCalendar, _ dice: inout Dice, _ place: @autoclosure () -> String) {
    let from = Int.random(in: 0..<(6 * 1440), using: &dice)
    let to = from + Int.random(in: 0..<(4 * 1440), using: &dice)
    let moment = start + Int64(from) * 60_000
    if calendar.isOpen(at: moment + 59_999) != isOpen[from] { Issue.record("isOpen \(place()) at \(moment)") }
    let opening = isOpen[from...].firstIndex(of: true)
    let next = calendar.nextOpening(after: moment)
    if let opening, next != time(opening) { Issue.record("nextOpening \(place()) at \(moment)") }
    if let opening, let closing = isOpen[opening...].firstIndex(of: false),
      calendar.closing(after: moment) != time(closing)
    {
      Issue.record("closing \(place()) at \(moment)")
    }
    let open = isOpen[from..<to].count { $0 }
    if calendar.workingTime(from: moment, to: time(to)) != Int64(open) * 60_000 {
      Issue.record("workingTime \(place()) from \(moment) to \(time(to))")
    }
    let spans = calendar.spans(from: moment, to: time(to)).reduce(0) { $0 + $1.end - $1.start }
    if spans != Int64(open) * 60_000 { Issue.record("spans \(place()) from \(moment)") }
    guard open > 0 else { return }
    var rest = open
    let reached = isOpen[from...].indices.first { index in
      rest -= isOpen[index] ? 1 : 0
      return rest == 0
    }
    if calendar.adding(Int64(open) * 60_000, to: moment) != reached.map({ time($0 + 1) }) {
      Issue.record("adding \(place()) to \(moment)")
    }
  }

  private func time(_ minute: Int) -> Int64 { start + Int64(minute) * 60_000 }
}
