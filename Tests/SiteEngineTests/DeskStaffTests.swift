import Assignment
import Helpdesk
import OperationLog
import SiteEngine
import Testing

@Suite("Whom the desk believes to be at work")
struct DeskStaffTests {
  private static let site = EntityID(high: 1, low: 1)
  /// A Saturday night in UTC.
  private static let night: Int64 = 1_779_494_400_000
  private static let day: Int64 = 86_400_000

  private func person(absences: [Absence] = []) -> Person {
    var person = Person(
      id: EntityID(high: 2, low: 1), email: "amina@example.org", name: "Amina", role: .agent, site: Self.site,
      language: "en", isActive: true, isAvailable: true, capacity: 3, passwordHash: nil)
    person.absences = absences
    return person
  }

  @Test("Without hours they are at work, also at night, unless absent; the roster of the pages says the same")
  func withoutHours() throws {
    let sites = [Site(id: Self.site, code: "MAD", name: "Madrid", timeZone: "UTC", node: nil)]
    let roster = Roster(sites: sites, calendars: [], zones: UTCZones())
    let today = ZoneRules.utc.wallTime(at: Self.night).day
    let away = try #require(
      Absence(from: WallTime(today, minute: 0), to: WallTime(today.advanced(byDays: 2), minute: 0), kind: .vacation))
    for person in [person(), person(absences: [away])] {
      for moment in [Self.night, Self.night + 3 * Self.day + 43_200_000] {
        var staff = DeskStaff(
          sites: sites, people: [person], calendars: [], policy: AssignmentPolicy(), zones: UTCZones())
        let presence = staff.presence(of: person, at: moment)
        let shift = roster.shift(of: person)
        #expect(!shift.areHoursSet)
        #expect(presence.isOnShift == shift.isOnShift(at: moment))
        #expect(presence.isOnShift == (moment > Self.night || person.absences.isEmpty))
        #expect(presence.nextShiftStart == (presence.isOnShift ? nil : ZoneRules.utc.moment(of: away.to)))
      }
    }
  }

  @Test("A clock that was ahead and is put back does not keep anybody off shift")
  func putBack() throws {
    var site = Site(id: Self.site, code: "MAD", name: "Madrid", timeZone: "UTC", node: nil)
    let calendar = OfficeCalendar(
      id: EntityID(high: 3, low: 1), key: "mad", name: "Madrid", hours: .standard, timeZone: nil, holidays: [])
    site.calendar = calendar.id
    var staff = DeskStaff(
      sites: [site], people: [person()], calendars: [calendar], policy: AssignmentPolicy(), zones: UTCZones())
    let mondayNoon = Self.night + 2 * Self.day + 43_200_000
    #expect(staff.presence(of: person(), at: mondayNoon).isOnShift)
    #expect(
      !staff.presence(of: person(), at: mondayNoon + 12 * 3_600_000).isOnShift, "the clock jumps half a day ahead")
    #expect(staff.presence(of: person(), at: mondayNoon + 60_000).isOnShift, "and back")
  }
}
