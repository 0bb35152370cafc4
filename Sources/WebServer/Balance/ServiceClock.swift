package import Helpdesk
package import OperationLog

/// Measures time as the people of a site live it: their working hours, never shortened by a link that was down.
package struct ServiceClock: Sendable {
  private let roster: Roster?
  private let sitesWithCalendar: Set<EntityID>

  /// A clock over the calendars of these sites.
  package init(roster: Roster, sites: [Site]) {
    self.roster = roster
    sitesWithCalendar = Set(sites.filter { roster.hasOwnCalendar($0) }.map(\.id))
  }

  private init() {
    roster = nil
    sitesWithCalendar = []
  }

  /// Every hour counts.
  package static let always = ServiceClock()

  /// True when somebody has set the working hours of the site; otherwise the standard ones count.
  package func hasCalendar(_ site: EntityID?) -> Bool { site.map { sitesWithCalendar.contains($0) } ?? false }

  /// Milliseconds at work between two moments (milliseconds UTC).
  package func milliseconds(_ site: EntityID?, from: Int64, to: Int64) -> Int64 {
    let (elapsed, overflow) = to.subtractingReportingOverflow(from)
    guard !overflow, elapsed > 0 else { return 0 }
    guard let roster else { return elapsed }
    return min(max(0, roster.calendar(of: site).workingTime(from: from, to: to)), elapsed)
  }
}
