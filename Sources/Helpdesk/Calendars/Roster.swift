package import OperationLog

/// Who works when: the directory's sites, calendars and absences, brought together with the rules of the time zones.
///
/// A site without a calendar is open as `WeeklyHours.standard` says, in its own zone: "always" would promise help at night.
/// Its people count as at work all the same: hours that nobody chose must not keep tickets from them.
package struct Roster: Sendable {
  private let sites: [EntityID: Site]
  private let siteCalendars: [EntityID: WorkingCalendar]
  private let calendars: [EntityID: OfficeCalendar]
  private let zones: any ZoneReading

  package init(sites: [Site], calendars: [OfficeCalendar], zones: any ZoneReading) {
    let byID = Dictionary(calendars.map { ($0.id, $0) }) { first, _ in first }
    self.sites = Dictionary(sites.map { ($0.id, $0) }) { first, _ in first }
    self.calendars = byID
    self.zones = zones
    siteCalendars = self.sites.mapValues { site in
      Self.working(site.calendar.flatMap { byID[$0] }, zone: site.timeZone, zones)
    }
  }

  /// The hours of a site; the standard ones in UTC while it is not known.
  package func calendar(of site: EntityID?) -> WorkingCalendar {
    site.flatMap { siteCalendars[$0] } ?? WorkingCalendar(hours: .standard, zone: .utc)
  }

  /// True when the site's hours are what somebody set, not the standard ones.
  package func hasOwnCalendar(_ site: Site) -> Bool { site.calendar.flatMap { calendars[$0] } != nil }

  /// The shift of a person: their own calendar, else their site's; in the calendar's zone, else their site's.
  ///
  /// Where nobody has set any hours they work around the clock unless they are absent, and the shift says so
  /// (`Shift.areHoursSet`).
  package func shift(of person: Person) -> Shift {
    let site = person.site.flatMap { sites[$0] }
    guard let own = person.calendar.flatMap({ calendars[$0] }) else {
      let usual = calendar(of: person.site)
      if let site, hasOwnCalendar(site) { return Shift(calendar: usual, absences: person.absences) }
      return Shift(
        calendar: WorkingCalendar(hours: .always, zone: usual.zone), absences: person.absences, areHoursSet: false)
    }
    let zone = site?.timeZone
    return Shift(calendar: Self.working(own, zone: zone ?? "UTC", zones), absences: person.absences)
  }

  package func isOnShift(_ person: Person, at moment: Int64) -> Bool { shift(of: person).isOnShift(at: moment) }

  package func nextShift(of person: Person, after moment: Int64) -> Int64? {
    shift(of: person).nextShift(after: moment)
  }

  /// The time people work in each step, in milliseconds; those deactivated or not available do not count.
  package func capacityOutlook(
    _ people: [Person], from: Int64, stepMilliseconds: Int64, steps: Int
  ) -> [Int64] {
    let shifts = people.filter { $0.isActive && $0.isAvailable }.map(shift)
    return CapacityOutlook.personTime(shifts, from: from, stepMilliseconds: stepMilliseconds, steps: steps)
  }

  /// When so many working minutes of a site have passed since a moment; by the clock alone when it is never open.
  package func dueMoment(since moment: Int64, workingMinutes: Int64, site: EntityID?) -> Int64 {
    let milliseconds = min(max(0, workingMinutes), 1 << 32) * 60_000
    return calendar(of: site).adding(milliseconds, to: moment) ?? moment &+ milliseconds
  }

  private static func working(
    _ calendar: OfficeCalendar?, zone: String, _ zones: any ZoneReading
  ) -> WorkingCalendar {
    WorkingCalendar(
      hours: calendar?.hours ?? .standard, zone: zones.rules(calendar?.timeZone ?? zone) ?? .utc,
      holidays: calendar?.holidays ?? [])
  }
}
