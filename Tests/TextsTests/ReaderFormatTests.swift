import Testing

@testable import Texts

/// 2026-05-12T12:05:09Z, a Tuesday.
private let tuesdayNoon: Int64 = 1_778_587_509_000
private let hour: Int64 = 3_600_000
private let madridSummer = ReaderZone(fixedOffsetSeconds: 7200)

private func reader(_ language: Language, zone: ReaderZone = madridSummer, now: Int64 = tuesdayNoon) -> ReaderFormat {
  ReaderFormat(language: language, zone: zone, nowMilliseconds: now)
}

struct CivilMomentTests {
  @Test(
    "Days are the calendar's, also before 1970 and around leap days",
    arguments: [
      (0, 1970, 1, 1, 4), (-1, 1969, 12, 31, 3), (951_782_400_000, 2000, 2, 29, 2), (951_868_800_000, 2000, 3, 1, 3),
      (4_107_542_400_000, 2100, 3, 1, 1), (-2_203_891_200_000, 1900, 3, 1, 4), (1_778_587_509_000, 2026, 5, 12, 2),
      (-62_167_219_200_000, 0, 1, 1, 6), (253_402_300_799_999, 9999, 12, 31, 5),
    ] as [(Int64, Int, Int, Int, Int)])
  func days(milliseconds: Int64, year: Int, month: Int, day: Int, weekday: Int) {
    let moment = CivilMoment(milliseconds: milliseconds, offsetSeconds: 0)
    #expect([moment.year, moment.month, moment.day, moment.weekday] == [year, month, day, weekday])
    #expect(CivilMoment.dayNumber(year: year, month: month, day: day) == moment.dayNumber)
  }

  @Test("Every day of 1,000 years follows the one before it")
  func consecutive() {
    var previous = CivilMoment(milliseconds: -500 * 365 * 86_400_000, offsetSeconds: 0)
    for number in (previous.dayNumber + 1)..<(previous.dayNumber + 365_000) {
      let next = CivilMoment(milliseconds: Int64(number) * 86_400_000, offsetSeconds: 0)
      let isNextDay = next.month == previous.month && next.year == previous.year && next.day == previous.day + 1
      let isNextMonth = next.day == 1 && previous.day >= 28
      guard isNextDay || isNextMonth, next.weekday == previous.weekday % 7 + 1,
        CivilMoment.dayNumber(year: next.year, month: next.month, day: next.day) == number
      else {
        Issue.record("\(previous) is followed by \(next)")
        return
      }
      previous = next
    }
  }

  @Test("The offset moves the day, and the edges of the number range do not trap")
  func offsets() {
    let bogota = CivilMoment(milliseconds: 0, offsetSeconds: -5 * 3600)
    #expect([bogota.year, bogota.month, bogota.day, bogota.hour] == [1969, 12, 31, 19])
    _ = CivilMoment(milliseconds: .max, offsetSeconds: 7200)
    _ = CivilMoment(milliseconds: .min, offsetSeconds: -7200)
  }
}

struct RFC3339Tests {
  @Test("A moment is written in UTC and read back")
  func roundTrip() {
    #expect(RFC3339.text(milliseconds: tuesdayNoon) == "2026-05-12T12:05:09Z")
    #expect(RFC3339.text(milliseconds: tuesdayNoon + 7) == "2026-05-12T12:05:09.007Z")
    for milliseconds in [0, -1, tuesdayNoon, 253_402_300_799_999, -62_167_219_200_000] as [Int64] {
      #expect(RFC3339.milliseconds(RFC3339.text(milliseconds: milliseconds)) == milliseconds)
    }
    #expect(RFC3339.text(milliseconds: .max) == "9999-12-31T23:59:59.999Z")
  }

  @Test("Offsets and fractions are understood")
  func offsets() {
    #expect(RFC3339.milliseconds("2026-05-12T14:05:09+02:00") == tuesdayNoon)
    #expect(RFC3339.milliseconds("2026-05-12t07:05:09.5-05:00") == tuesdayNoon + 500)
    #expect(RFC3339.milliseconds("2026-05-12T12:05:09.1239999Z") == tuesdayNoon + 123)
  }

  @Test(
    "What is not a time is refused",
    arguments: [
      "", "2026-05-12", "2026-05-12T12:05:09", "2026-02-29T12:05:09Z", "2026-13-01T00:00:00Z", "2026-05-12T24:00:00Z",
      "2026-05-12T12:60:09Z", "2026-05-12T12:05:60Z", "2026-05-12T12:05:09.Z", "2026-05-12T12:05:09+2:00",
      "2026-05-12 12:05:09Z", "2026-05-12T12:05:09Zz", "+026-05-12T12:05:09Z",
    ])
  func refuses(text: String) {
    #expect(RFC3339.milliseconds(text) == nil)
  }
}

struct ReaderFormatTests {
  @Test("Today and yesterday are those of the reader's clock")
  func nearDays() {
    #expect(reader(.spanish).moment(tuesdayNoon) == "hoy 14:05")
    #expect(reader(.english).moment(tuesdayNoon) == "today 14:05")
    #expect(reader(.spanish).moment(tuesdayNoon - 14 * hour) == "hoy 00:05")
    #expect(reader(.spanish).moment(tuesdayNoon - 15 * hour) == "ayer 23:05")
    #expect(reader(.spanish).moment(tuesdayNoon + 10 * hour) == "mañana 00:05")
    #expect(reader(.spanish).moment(tuesdayNoon - 48 * hour) == "10 may 14:05")
    #expect(reader(.spanish).day(tuesdayNoon - 24 * hour) == "ayer")
    #expect(reader(.english, zone: .utc).moment(tuesdayNoon - 13 * hour) == "yesterday 23:05")
  }

  @Test("Dates carry the year only when it is another one")
  func dates() {
    #expect(reader(.spanish).date(tuesdayNoon) == "12 may")
    #expect(reader(.english).date(tuesdayNoon) == "12 May")
    #expect(reader(.spanish).date(tuesdayNoon - 365 * 24 * hour) == "12 may 2025")
    #expect(reader(.spanish).longDate(tuesdayNoon) == "martes, 12 de mayo de 2026")
    #expect(reader(.english).longDate(tuesdayNoon) == "Tuesday 12 May 2026")
  }

  @Test("A zone that changes its offset is asked about the moment itself")
  func zoneRules() {
    let changes = ReaderZone { $0 < tuesdayNoon ? 3600 : 7200 }
    let format = reader(.english, zone: changes)
    #expect(format.time(tuesdayNoon - 1) == "13:05")
    #expect(format.time(tuesdayNoon) == "14:05")
  }

  @Test("Relative times name the largest unit, in both directions")
  func relative() {
    #expect(reader(.english).relative(tuesdayNoon - 59_999) == "just now")
    #expect(reader(.english).relative(tuesdayNoon - 60_000) == "1 min ago")
    #expect(reader(.spanish).relative(tuesdayNoon - 2 * hour) == "hace 2 h")
    #expect(reader(.spanish).relative(tuesdayNoon - 24 * hour) == "hace 1 día")
    #expect(reader(.spanish).relative(tuesdayNoon - 72 * hour) == "hace 3 días")
    #expect(reader(.spanish).relative(tuesdayNoon + 2 * hour) == "dentro de 2 h")
    #expect(reader(.english).relative(.max).hasPrefix("in "))
    #expect(reader(.english).relative(.min).hasSuffix(" ago"))
  }

  @Test("Durations name the two largest units")
  func durations() {
    let spanish = reader(.spanish)
    #expect(spanish.duration(seconds: 0) == "0 s")
    #expect(spanish.duration(seconds: -5) == "0 s")
    #expect(spanish.duration(seconds: 59) == "59 s")
    #expect(spanish.duration(seconds: 1085) == "18 min")
    #expect(spanish.duration(seconds: 7500) == "2 h 5 min")
    #expect(spanish.duration(seconds: 7200) == "2 h")
    #expect(spanish.duration(seconds: 86_400 * 3 + 4 * 3600) == "3 días 4 h")
    #expect(reader(.english).duration(seconds: 86_400) == "1 day")
  }

  @Test("Numbers are grouped as the language does it")
  func numbers() {
    #expect(reader(.english).number(1234) == "1,234")
    #expect(reader(.spanish).number(1234) == "1234")
    #expect(reader(.spanish).number(12_345) == "12.345")
    #expect(reader(.english).number(-1_234_567) == "-1,234,567")
    #expect(reader(.english).number(.min) == "-9,223,372,036,854,775,808")
    #expect(reader(.english).number(-123) == "-123")
    #expect(reader(.spanish).tenths(12) == "1,2")
    #expect(reader(.english).tenths(-5) == "-0.5")
    #expect(reader(.english).percent(85) == "85%")
    #expect(reader(.spanish).percent(85) == "85 %")
  }

  @Test("Byte counts step by 1,024 and never overstate")
  func bytes() {
    #expect(reader(.english).bytes(0) == "0 B")
    #expect(reader(.english).bytes(1023) == "1,023 B")
    #expect(reader(.english).bytes(1024) == "1.0 KiB")
    #expect(reader(.spanish).bytes(1_300_000) == "1,2 MiB")
    #expect(reader(.english).bytes(10 * 1024 * 1024 - 1) == "9.9 MiB")
    #expect(reader(.english).bytes(48 << 30) == "48 GiB")
    #expect(reader(.english).bytes(.max) == "8,388,607 TiB")
    #expect(reader(.english).bytes(-2048) == "-2.0 KiB")
  }

  @Test("Lists end with the right “and”")
  func lists() {
    #expect(reader(.english).list([]) == "")
    #expect(reader(.english).list(["MAD"]) == "MAD")
    #expect(reader(.english).list(["MAD", "LYO", "BOG"]) == "MAD, LYO and BOG")
    #expect(reader(.spanish).list(["Madrid", "Lyon"]) == "Madrid y Lyon")
    #expect(reader(.spanish).list(["Lyon", "Ibiza"]) == "Lyon e Ibiza")
    #expect(reader(.spanish).list(["agua", "hielo"]) == "agua y hielo")
  }
}
