package import Assignment
package import Helpdesk
package import OperationLog

/// The directory as assignment needs it: who could work, where, when, and by which rules; kept until the directory changes.
package struct DeskStaff: Sendable {
  let sites: [Site]
  /// Agents and leads; administrators get work from automation only where there is nobody else.
  package let workers: [Person]
  let policy: AssignmentPolicy
  /// The node that serves each site.
  package let nodes: [EntityID: NodeID]
  /// True when somebody's languages are set: only then a requester's language is looked up.
  let knowsLanguages: Bool
  private let roster: Roster
  private var presences: [EntityID: Presence] = [:]

  /// Whether somebody works, and until when that holds.
  package struct Presence: Sendable {
    package var isOnShift: Bool
    /// Milliseconds UTC, as is the next one; nil where it is not known.
    package var shiftEnd: Int64?
    package var nextShiftStart: Int64?
    /// Milliseconds UTC; looked at again outside of these two, also when the clock was put back.
    var validFrom: Int64
    var validUntil: Int64
  }

  package init(
    sites: [Site], people: [Person], calendars: [OfficeCalendar], policy: AssignmentPolicy, zones: any ZoneReading
  ) {
    self.sites = sites
    let others = people.filter { $0.role != .admin && $0.isActive }
    workers = others.isEmpty ? people : others
    self.policy = policy
    nodes = Dictionary(
      sites.compactMap { site in site.node.map { (site.id, $0) } }, uniquingKeysWith: { first, _ in first })
    knowsLanguages = workers.contains { !$0.spokenLanguages.isEmpty }
    roster = Roster(sites: sites, calendars: calendars, zones: zones)
  }

  /// Whether the person works now, as the pages say it too (`Roster.shift`).
  package mutating func presence(of person: Person, at now: Int64) -> Presence {
    if let known = presences[person.id], known.validFrom <= now, now < known.validUntil { return known }
    let shift = roster.shift(of: person)
    let isOnShift = shift.isOnShift(at: now)
    let end = isOnShift ? shift.endOfShift(after: now) : nil
    let next = isOnShift ? end.flatMap { shift.nextShift(after: $0) } : shift.nextShift(after: now)
    let found = Presence(
      isOnShift: isOnShift, shiftEnd: end, nextShiftStart: next, validFrom: now,
      validUntil: (isOnShift ? end : next) ?? now + 3_600_000)
    presences[person.id] = found
    return found
  }
}
