import Assignment
import Dispatch
import Helpdesk
import Logging
import OperationLog
import Store
import Synchronization

/// Plays the tickets of the last week again under a changed policy, with the people and calendars of today.
package final class PolicyTrial: Sendable {
  /// Playing more would take longer than people wait; of more the latest count.
  static let ticketsMax = 3_000
  private static let week: Int64 = 7 * 86_400_000

  /// What a trial came to.
  struct Outcome: Sendable {
    let run: PolicyDryRun
    /// Tickets it was tried on.
    let count: Int
  }

  private let isRunning = Mutex(false)

  package init() {}

  /// Nil when nothing was opened in the week. Throws `CommandRefusal.busy` while another trial runs, so that nobody can
  /// occupy the machine with trials.
  func run(_ proposed: AssignmentPolicy, _ server: ServerContext) async throws -> Outcome? {
    let mayRun = isRunning.withLock { running -> Bool in
      defer { running = true }
      return !running
    }
    guard mayRun else { throw CommandRefusal.busy }
    defer { isRunning.withLock { $0 = false } }
    let now = server.now
    let list = try await server.store.serviceHistories(from: now - Self.week, to: now, ticketsMax: Self.ticketsMax)
    let tickets = list.histories.filter { !$0.isImported }
    guard !tickets.isEmpty else { return nil }
    let present = try await server.policy()
    let world = try await world(tickets, present, server, now)
    guard !world.agents.isEmpty else { return nil }
    let run = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .utility).async {
        continuation.resume(returning: PolicyDryRun(world, present: present, proposed: proposed))
      }
    }
    return Outcome(run: run, count: world.tickets.count)
  }

  private func world(
    _ histories: [ServiceHistory], _ policy: AssignmentPolicy, _ server: ServerContext, _ now: Int64
  ) async throws -> ReplayWorld {
    let names = try await server.directory.names()
    let here = server.store.home.site
    // The first site of a world is the central one.
    let sites = names.sites.map(\.id).filter { $0 != here }
    let known = Set(sites + [here])
    let agents = try await server.store.people(roleAtLeast: .agent, limit: 5_000).compactMap { person -> RosterAgent? in
      guard person.isActive, person.isAvailable, person.capacity > 0, let site = person.site, known.contains(site)
      else {
        return nil
      }
      return RosterAgent(
        person: person.id, site: site, skills: person.skills.isEmpty ? nil : person.skills,
        // A week more, because work that is left over goes on.
        shifts: Self.shifts(names.roster.shift(of: person), from: now - Self.week, to: now + Self.week))
    }
    let tickets = histories.sorted { ($0.openedAt, $0.ticket) < ($1.openedAt, $1.ticket) }.compactMap {
      history -> PastTicket? in
      guard let site = history.site, known.contains(site) else { return nil }
      return PastTicket(
        arrivesAt: history.openedAt, workMilliseconds: policy.handlingMilliseconds, site: site,
        category: history.category, priority: history.priority)
    }
    var world = ReplayWorld(sites: [here] + sites, agents: agents, tickets: tickets)
    world.knowledgeMilliseconds = 5_000
    world.handOverMilliseconds = policy.handOverMilliseconds
    return world
  }

  /// The hours of a shift without the times the person is away, in order and apart.
  static func shifts(_ shift: Shift, from: Int64, to: Int64) -> [Range<Int64>] {
    var shifts: [Range<Int64>] = []
    for span in shift.calendar.spans(from: from, to: to) {
      var start = span.start
      for absence in shift.absences where absence.end > start && absence.start < span.end {
        if absence.start > start { shifts.append(start..<absence.start) }
        start = max(start, absence.end)
      }
      if start < span.end { shifts.append(start..<span.end) }
    }
    return shifts
  }
}
