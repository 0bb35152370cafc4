import Helpdesk
import Testing

@Suite("Hours, holidays and absences as people and machines write them")
struct WeeklyHoursTests {
  @Test(
    "Hours are read as written, and written as they are read",
    arguments: [
      ("mon-fri 09:00-18:00", "mon-fri 09:00-18:00"),
      ("Mon-Thu 9:00-14:00 15:00-18:00; fri 09:00-15:00", "mon-thu 09:00-14:00 15:00-18:00, fri 09:00-15:00"),
      ("sat-sun 22:00-06:00", "sat-sun 22:00-06:00"), ("sun-mon 10:00–12:00", "mon 10:00-12:00, sun 10:00-12:00"),
      ("mon 09:00-12:00 11:00-13:00", "mon 09:00-13:00"), ("always", "always"), ("24/7", "always"),
      ("mon-sun 00:00-24:00", "always"), ("", "never"), ("wed 10:00-10:00", "wed 10:00-10:00"),
      ("monday 22:00-00:00", "mon 22:00-24:00"),
    ])
  func text(written: String, shown: String) throws {
    let hours = try WeeklyHours(text: written)
    #expect(hours.description == shown)
    #expect(try WeeklyHours(text: shown == "never" ? "" : shown) == hours)
    #expect(WeeklyHours(bytes: hours.bytes) == hours)
  }

  @Test("What is wrong with hours is said of the very word")
  func faults() {
    func fault(_ text: String) -> WeeklyHoursFault? {
      do throws(WeeklyHoursFault) {
        _ = try WeeklyHours(text: text)
        return nil
      } catch { return error }
    }
    #expect(fault("lunes 09:00-18:00") == .dayUnknown("lunes"))
    #expect(fault("mon-fri 9-18") == .rangeUnreadable("9-18"))
    #expect(fault("mon 25:00-26:00") == .rangeUnreadable("25:00-26:00"))
    #expect(fault("mon 09:60-10:00") == .rangeUnreadable("09:60-10:00"))
    #expect(fault("mon-tue-wed 09:00-10:00") == .dayUnknown("mon-tue-wed"))
    let seven = (1...7).map { "0\($0):00-0\($0):30" }.joined(separator: " ")
    #expect(fault("tue \(seven)") == .rangesTooMany(day: "tue"))
    #expect(WeeklyHours(bytes: [1, 0, 0]) == nil)
    #expect(WeeklyHours(bytes: WeeklyHours.standard.bytes + [0]) == nil)
  }

  @Test("Elements of sets give back what they stand for, in order of time")
  func elements() throws {
    let day = try #require(CivilDate(text: "1969-12-31"))
    let afternoon = try #require(MinuteRange(text: "14:00-24:00"))
    let before = try #require(Holiday(date: day, name: "Nochevieja", minutes: afternoon))
    let after = try #require(Holiday(date: day.advanced(byDays: 1), name: "Año Nuevo"))
    for holiday in [before, after] { #expect(Holiday(element: holiday.element) == holiday) }
    #expect([after, before].sorted() == [before, after])
    #expect(Holiday(element: [1, 2, 3]) == nil)
    let absence = try #require(
      Absence(from: WallTime(day, minute: 600), to: WallTime(day.advanced(byDays: 3)), kind: .training))
    #expect(Absence(element: absence.element) == absence)
    #expect(Absence(element: absence.element + [0]) == nil)
    #expect(Absence(from: WallTime(day), to: WallTime(day), kind: .away) == nil)
    #expect(Absence(from: WallTime(day), to: WallTime(day.advanced(byDays: 731)), kind: .away) != nil)
    #expect(Absence(from: WallTime(day), to: WallTime(day.advanced(byDays: 732)), kind: .away) == nil)
  }

  @Test("Dates are read and written exactly, and there is no 29 February in an ordinary year")
  func dates() throws {
    for text in ["0000-03-01", "1970-01-01", "2000-02-29", "2028-02-29", "9999-12-31"] {
      #expect(CivilDate(text: text)?.description == text)
    }
    for text in [
      "2026-02-29", "2026-13-01", "2026-00-10", "26-01-01", "2026-1-1", "2026-01-01T00:00", "", "２026-01-01",
    ] {
      #expect(CivilDate(text: text) == nil, "\(text)")
    }
    #expect(CivilDate(text: "2026-11-23")?.weekday == 1)
    #expect(WallTime(text: "2026-11-23T24:00") == nil)
  }
}
