import Helpdesk
import Testing

@Suite("Holidays out of iCalendar files")
struct ICalendarHolidaysTests {
  private func read(_ events: String, years: ClosedRange<Int> = 2026...2028, zone: String = "Europe/Madrid") throws
    -> ICalendarHolidays
  {
    try read(raw: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\(events)\r\nEND:VCALENDAR\r\n", years: years, zone: zone)
  }

  private func read(raw text: String, years: ClosedRange<Int> = 2026...2028, zone: String = "Europe/Madrid") throws
    -> ICalendarHolidays
  {
    ICalendarHolidays(Array(text.utf8), years: years, zone: try TestZones.zone(zone), zones: TestZones())
  }

  private func event(_ lines: String...) -> String {
    (["BEGIN:VEVENT"] + lines + ["END:VEVENT"]).joined(separator: "\r\n")
  }

  private func shown(_ result: ICalendarHolidays) -> [String] {
    result.holidays.map { "\($0.date)\($0.isWholeDay ? "" : " \($0.minutes)") \($0.name)" }
  }

  @Test("Whole days, days in a row, folded and escaped names, a byte order mark, lines that end with a line feed alone")
  func wholeDays() throws {
    let text = """
      \u{feff}BEGIN:VCALENDAR
      BEGIN:VTIMEZONE
      TZID:Europe/Madrid
      BEGIN:STANDARD
      DTSTART:19701025T030000
      END:STANDARD
      END:VTIMEZONE
      BEGIN:VEVENT
      DTSTART;VALUE=DATE:20261225
      SUMMARY;LANGUAGE=es:Navidad\\, fies
       ta del a\u{f1}o
      TRANSP:TRANSPARENT
      BEGIN:VALARM
      SUMMARY:Not this
      END:VALARM
      END:VEVENT
      BEGIN:VEVENT
      DTSTART;VALUE=DATE:20261230
      DTEND;VALUE=DATE:20270102
      SUMMARY:Puente
      END:VEVENT
      END:VCALENDAR
      """
    let result = try read(raw: text)
    #expect(result.faults.isEmpty)
    #expect(
      shown(result) == [
        "2026-12-25 Navidad, fiesta del a\u{f1}o", "2026-12-30 Puente", "2026-12-31 Puente", "2027-01-01 Puente",
      ])
  }

  @Test("Times are kept on the calendar's clock: local, UTC and other zones', also over midnight")
  func times() throws {
    let result = try read(
      [
        event("DTSTART:20261224T140000", "DTEND:20261225T000000", "SUMMARY:Nochebuena"),
        event("DTSTART:20260701T080000Z", "DURATION:PT2H30M", "SUMMARY:UTC"),
        event(
          "DTSTART;TZID=\"America/Bogota\":20260702T180000", "DTEND;TZID=America/Bogota:20260702T200000",
          "SUMMARY:Bogota"),
      ].joined(separator: "\r\n"))
    #expect(result.faults.isEmpty)
    #expect(
      shown(result) == [
        "2026-07-01 10:00-12:30 UTC", "2026-07-03 01:00-03:00 Bogota", "2026-12-24 14:00-24:00 Nochebuena",
      ])
  }

  @Test("Rules by the year: plain, the fourth Thursday, the last day of a month, every fourth year, with exceptions")
  func rules() throws {
    let result = try read(
      [
        event("DTSTART;VALUE=DATE:20200501", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270501", "SUMMARY:May"),
        event("DTSTART;VALUE=DATE:20261126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "SUMMARY:Thanks"),
        event("DTSTART;VALUE=DATE:20260228", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;COUNT=2", "SUMMARY:End"),
        event("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY", "SUMMARY:Leap"),
        event("DTSTART;VALUE=DATE:20260530", "RRULE:FREQ=YEARLY;UNTIL=20270601;BYMONTH=5;BYDAY=-1MO", "SUMMARY:Last"),
        event("DTSTART;VALUE=DATE:20260101", "RDATE;VALUE=DATE:20260106,20270106", "SUMMARY:More"),
      ].joined(separator: "\r\n"))
    #expect(result.faults.isEmpty)
    #expect(
      shown(result) == [
        "2026-01-01 More", "2026-01-06 More", "2026-02-28 End", "2026-05-01 May", "2026-05-30 Last",
        "2026-11-26 Thanks", "2027-01-06 More", "2027-02-28 End", "2027-05-31 Last", "2027-11-25 Thanks",
        "2028-02-29 Leap", "2028-05-01 May", "2028-11-23 Thanks",
      ])
    #expect(result.outsideCount == 7, "the dates before 2026")
  }

  @Test(
    "What is not understood is told with its line, and the rest is still read",
    arguments: [
      ("RRULE:FREQ=MONTHLY", 5, "rule_unsupported", "FREQ=MONTHLY"),
      ("RRULE:FREQ=YEARLY;BYSETPOS=1", 5, "rule_unsupported", "BYSETPOS=1"),
      ("RRULE:FREQ=YEARLY;BYDAY=2MO", 5, "rule_unsupported", "BYDAY"),
      ("RRULE:FREQ=YEARLY;INTERVAL=0", 5, "rule_unreadable", "INTERVAL=0"),
      ("RRULE:BYMONTH=2", 5, "rule_unreadable", "FREQ"),
      ("EXDATE:2026", 5, "date_unreadable", "2026"),
      ("DTEND;VALUE=DATE:20260101", 5, "end_unsuitable", ""),
      ("DTEND:20260502T100000", 5, "end_unsuitable", ""),
      ("DURATION:-P1D", 5, "date_unreadable", "-P1D"),
      ("RECURRENCE-ID;VALUE=DATE:20260501", 5, "property_unsupported", "RECURRENCE-ID"),
      ("RDATE;VALUE=PERIOD:20260501T100000/PT1H", 5, "property_unsupported", "RDATE;VALUE=PERIOD"),
    ])
  func faults(line: String, number: Int, name: String, value: String) throws {
    let result = try read(
      event("DTSTART;VALUE=DATE:20260501", line, "SUMMARY:x") + "\r\n"
        + event("DTSTART;VALUE=DATE:20260601", "SUMMARY:fine"))
    #expect(result.faults.map(\.line) == [number])
    #expect(result.faults.first?.reason.name == name)
    #expect(result.faults.first?.reason.value == value)
    #expect(shown(result) == ["2026-06-01 fine"])
  }

  @Test("Missing parts, unknown zones and broken frames are told too")
  func moreFaults() throws {
    func fault(_ text: String) throws -> String? {
      try read(text).faults.first.map { "\($0.line) \($0.reason.name) \($0.reason.value)" }
    }
    #expect(try fault(event("SUMMARY:x")) == "3 start_missing ")
    #expect(try fault(event("DTSTART;VALUE=DATE:20260501")) == "3 name_missing ")
    #expect(try fault(event("DTSTART;VALUE=DATE:20260501", "SUMMARY: ")) == "5 name_missing ")
    #expect(try fault(event("DTSTART:20260501T100000", "SUMMARY:x")) == "4 end_missing ")
    #expect(try fault(event("DTSTART;VALUE=DATE:20260231", "SUMMARY:x")) == "4 date_unreadable 20260231")
    #expect(
      try fault(event("DTSTART;TZID=Mars/Base:20260501T100000", "DURATION:PT1H", "SUMMARY:x"))
        == "4 zone_unknown Mars/Base")
    #expect(try fault(event("DTSTART;VALUE=DATE:20260501", "SUMMARY:x", "no colon here")) == "6 line_malformed ")
    #expect(try fault("BEGIN:VEVENT\r\nEND:VTODO") == "4 unbalanced VTODO")
    #expect(try fault("BEGIN:VEVENT") == "4 unbalanced VCALENDAR")
    #expect(try read(raw: "hello").faults.first?.reason == .notCalendar)
    #expect(try read(raw: "").faults.first?.reason == .notCalendar)
    #expect(try read(event("DTSTART;VALUE=DATE:20260501", "STATUS:CANCELLED", "SUMMARY:x")).holidays.isEmpty)
    let zone = try TestZones.zone("UTC")
    let latin = Array("BEGIN:VCALENDAR\nX-A:".utf8) + [0xe9, 0x0a]
    #expect(
      ICalendarHolidays(latin, years: 2026...2026, zone: zone, zones: TestZones()).faults.map(\.reason) == [.notUTF8])
    let large = [UInt8](repeating: 0x20, count: ICalendarHolidays.bytesMax + 1)
    #expect(
      ICalendarHolidays(large, years: 2026...2026, zone: zone, zones: TestZones()).faults.map(\.reason) == [.tooLarge])
  }

  @Test("At most a thousand dates come out of a file, and more is a fault")
  func bounds() throws {
    let events = (0..<1001).map { event("DTSTART;VALUE=DATE:20260501", "SUMMARY:n\($0)") }
    let many = try read(events.joined(separator: "\r\n"))
    #expect(many.holidays.count == 1000)
    #expect(many.faults.map(\.reason) == [.tooManyDates(1001)])
    let long = try read(event("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20270103", "SUMMARY:x"))
    #expect(long.faults.first?.reason == .endUnsuitable)
  }

  @Test("Whatever the bytes are, reading them ends")
  func fuzz() throws {
    let text = event(
      "DTSTART;TZID=Europe/Madrid:20260501T100000", "DTEND:20260501T120000Z", "RRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=5",
      "EXDATE:20270501T100000", "SUMMARY:a\\,b")
    let bytes = Array("BEGIN:VCALENDAR\r\n\(text)\r\nEND:VCALENDAR\r\n".utf8)
    let zone = try TestZones.zone("Europe/Madrid")
    var dice = Dice(seed: 5)
    for _ in 0..<3_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &dice) {
        let place = Int.random(in: changed.indices, using: &dice)
        switch Int.random(in: 0...2, using: &dice) {
        case 0: changed[place] = .random(in: 0...255, using: &dice)
        case 1: changed.remove(at: place)
        default: changed.insert(dice.one(of: Array(";:=,T0-9\r\n ".utf8)), at: place)
        }
      }
      let result = ICalendarHolidays(changed, years: 2026...2030, zone: zone, zones: TestZones())
      #expect(result.holidays.count <= 1000)
    }
  }
}
