import Foundation
import Helpdesk
import Testing

@Suite("Offsets from UTC as tz data states them")
struct ZoneRulesTests {
  static let names = [
    "Europe/Madrid", "America/Bogota", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "America/New_York",
    "Africa/Casablanca", "Europe/Dublin", "UTC",
  ]

  @Test("The same offsets as the system library's, over sixty years", arguments: names)
  func offsets(name: String) throws {
    let zone = try TestZones.zone(name)
    let other = try #require(TimeZone(identifier: name))
    var dice = Dice(seed: 7)
    for _ in 0..<4_000 {
      let second = Int64.random(in: 200_000_000...2_100_000_000, using: &dice)
      let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
      #expect(zone.offsetSeconds(at: second * 1000) == expected, "\(name) at \(second)")
    }
  }

  @Test("After the table ends its rule goes on: the last Sundays of March and October 2150 in Madrid")
  func farFuture() throws {
    let zone = try TestZones.zone("Europe/Madrid")
    let winter = try #require(CivilDate(year: 2150, month: 1, day: 15))
    #expect(zone.offsetSeconds(at: Int64(winter.dayNumber) * 86_400_000) == 3600)
    let turn = try #require(zone.nextTransition(after: Int64(winter.dayNumber) * 86_400_000))
    #expect(zone.wallTime(at: turn).description == "2150-03-29T03:00")
    #expect(zone.offsetSeconds(at: turn - 1) == 3600)
    #expect(zone.offsetSeconds(at: turn) == 7200)
    #expect(zone.wallTime(at: try #require(zone.nextTransition(after: turn))).description == "2150-10-25T02:00")
  }

  @Test("A skipped clock time is reached the moment clocks are put forward, a repeated one the first time")
  func gapsAndRepeats() throws {
    let madrid = try TestZones.zone("Europe/Madrid")
    let forward = try TestZones.moment("2026-03-29T03:00", madrid)
    #expect(try TestZones.moment("2026-03-29T02:30", madrid) == forward)
    #expect(try TestZones.moment("2026-03-29T01:59", madrid) == forward - 60_000)
    let first = try TestZones.moment("2026-10-25T02:30", madrid)
    #expect(madrid.offsetSeconds(at: first) == 7200)
    #expect(try TestZones.moment("2026-10-25T03:00", madrid) == first + 90 * 60_000)
  }

  @Test(
    "The first minute at which the clock has reached a time, minute by minute around every change",
    arguments: [
      ("Europe/Madrid", "2026-03-29"), ("Europe/Madrid", "2026-10-25"), ("Australia/Lord_Howe", "2026-04-05"),
      ("Australia/Lord_Howe", "2026-10-04"), ("America/St_Johns", "2010-03-14"), ("America/St_Johns", "2010-11-07"),
      ("America/Bogota", "1993-04-04"), ("Africa/Casablanca", "2026-02-15"), ("Pacific/Apia", "2011-12-30"),
    ])
  func reached(name: String, day: String) throws {
    let zone = try TestZones.zone(name)
    let date = try #require(CivilDate(text: day))
    var moment = Int64(date.dayNumber - 2) * 86_400_000
    var expected: [WallTime: Int64] = [:]
    var highest = zone.wallTime(at: moment)
    for _ in 0..<(5 * 1440) {
      moment += 60_000
      let shown = zone.wallTime(at: moment)
      while highest < shown {
        highest = WallTime(highest.day, minute: highest.minute + 1)
        expected[highest] = moment
      }
    }
    for (time, reached) in expected { #expect(zone.moment(of: time) == reached, "\(name) \(time)") }
    #expect(expected.count > 6_000)
  }

  @Test("Whatever the bytes are, reading them ends with rules or with a reason")
  func damagedBytes() throws {
    let bytes = try TestZones.bytes("Europe/Madrid")
    for length in 0..<min(bytes.count, 600) {
      #expect(throws: ZoneRulesFailure.self) { try ZoneRules(name: "x", tzif: Array(bytes.prefix(length))) }
    }
    var dice = Dice(seed: 3)
    for _ in 0..<500 {
      var changed = bytes
      for _ in 0..<3 { changed[.random(in: changed.indices, using: &dice)] = .random(in: 0...255, using: &dice) }
      // Some changes still give rules; those must answer without trapping.
      if let zone = try? ZoneRules(name: "x", tzif: changed) {
        _ = zone.moment(of: WallTime(zone.wallTime(at: .max).day))
        _ = zone.nextTransition(after: .min)
      }
    }
    #expect(throws: ZoneRulesFailure.notTimeZone) { try ZoneRules(name: "x", tzif: Array("no zone".utf8)) }
    #expect(throws: ZoneRulesFailure.tooLarge) {
      try ZoneRules(name: "x", tzif: [UInt8](repeating: 0, count: ZoneRules.fileBytesMax + 1))
    }
    var old = bytes
    old[4] = 0
    #expect(throws: ZoneRulesFailure.versionOne) { try ZoneRules(name: "x", tzif: old) }
  }

  @Test("A file written by hand: one change, then a rule with a day of the year and hours beyond a day")
  func ownFile() throws {
    func fixed(_ value: Int64, _ width: Int) -> [UInt8] {
      (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func header(_ times: Int64) -> [UInt8] {
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        + [0, 0, 0, times, 1 + times, 4].flatMap { fixed($0, 4) }
    }
    let first = header(0) + fixed(0, 4) + [0, 0] + Array("LMT\0".utf8)
    let body =
      fixed(1_000_000_000, 8) + [1] + fixed(-3600, 4) + [0, 0] + fixed(-7200, 4) + [0, 0] + Array("LMT\0".utf8)
    func file(_ rule: String) -> [UInt8] { first + header(1) + body + Array("\n\(rule)\n".utf8) }
    let plain = try ZoneRules(name: "x", tzif: file(""))
    #expect(plain.offsetSeconds(at: 999_999_999_999) == -3600)
    #expect(plain.offsetSeconds(at: 1_000_000_000_000) == -7200)
    #expect(plain.offsetSeconds(at: .max) == -7200)
    let ruled = try ZoneRules(name: "x", tzif: file("<-02>2<-01>,J60/-1,300/26:30"))
    let day = try #require(CivilDate(year: 2028, month: 2, day: 29))
    // J60 is 1 March in a leap year too; one hour before its midnight the clocks go forward.
    let turn = try #require(ruled.nextTransition(after: ruled.moment(of: day, minute: 0)))
    #expect(ruled.wallTime(at: turn).description == "2028-03-01T00:00")
    for wrong in ["CE", "CET", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-25"] {
      #expect(throws: ZoneRulesFailure.footer(wrong)) { try ZoneRules(name: "x", tzif: file(wrong)) }
    }
  }
}
