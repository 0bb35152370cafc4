package import Assignment
import Helpdesk
package import OperationLog
import Replication
package import Store
import Synchronization

/// What people are told about waiting, reckoned as the decisions are.
extension AssignmentDesk {
  /// Pages that are shown within this time share one look at everything that waits.
  static let expectationMilliseconds: Int64 = 5_000
  /// Waiting tickets that count in an expectation.
  static let expectedAheadMax = 2_000

  /// When a person answers a ticket that nobody has answered yet; nil where no honest time can be told.
  ///
  /// A ticket that somebody has follows the work of that agent; one that waits is answered where the expected wait is least.
  package func expectedAnswer(for row: TicketRow) async throws -> ExpectedAnswer? {
    let seen = try await expectationSituation()
    let ticket = expected(row)
    if let agent = row.assignee.flatMap({ id in seen.agents.first { $0.person == id } }), agent.isActive,
      let wait = wait(for: ticket, with: agent, seen)
    {
      return ExpectedAnswer(now: seen.now, wait: wait)
    }
    return ExpectedAnswer(now: seen.now, wait: leastWait(for: ticket, seen))
  }

  /// The expected wait of a ticket of normal priority that comes now, by the site it comes to, milliseconds; sites where
  /// nobody is known to come are left out.
  package func expectedWaits() async throws -> [EntityID: Int64] {
    let seen = try await expectationSituation()
    func wait(at outlook: SiteOutlook, isThere: Bool) -> Int64? {
      var outlook = outlook
      outlook.site.isHere = isThere
      return ExpectedWait(at: outlook, policy: seen.policy, now: seen.now)?.milliseconds
    }
    let all = outlooks(for: expected(.probe(at: seen.now, site: store.home.site)), seen)
    // The same for every site that a ticket could leave; its own wait is never more than this wait with a hand-over.
    let elsewhere = all.filter(\.site.isReachable).compactMap { wait(at: $0, isThere: false) }.min()
    var waits: [EntityID: Int64] = [:]
    for outlook in all {
      let here = wait(at: outlook, isThere: true)
      waits[outlook.site.site] = outlook.site.isReachable ? [here, elsewhere].compactMap(\.self).min() : here
    }
    return waits
  }

  private func expectationSituation() async throws -> Situation {
    let now = clock.now
    let known = state.withLock { $0.expectation.flatMap { now - $0.at < Self.expectationMilliseconds ? $0 : nil } }
    if var found = known?.situation {
      found.now = clock.wall
      return found
    }
    var found = try await situation()
    // What has arrived here says exactly what comes before a ticket; a neighbour's sum does not.
    found.loads = [:]
    found.waiting = try await waiting(found, limit: Self.expectedAheadMax)
    state.withLock { $0.expectation = (now, found) }
    return found
  }

  private func expected(_ row: TicketRow) -> WaitingTicket {
    let custodian = row.custodian ?? store.home.site
    return WaitingTicket(
      id: row.id, number: row.number, priority: row.priority, createdAt: row.createdAt,
      custodianStream: row.custodianStream ?? store.home.stream, custodianSite: custodian, category: row.category,
      queue: row.queue, site: row.site ?? custodian, hops: row.hops, declinedBy: row.declinedBy)
  }

  /// At the ticket's custodian, or where it could go from there and would be answered sooner.
  private func leastWait(for ticket: WaitingTicket, _ situation: Situation) -> ExpectedWait? {
    var before = situation
    before.waiting = situation.waiting.filter { $0.createdAt <= ticket.createdAt }
    // From a custodian that is cut off nothing can go anywhere.
    let mayLeave = situation.sites.contains { $0.site == ticket.custodianSite && $0.isReachable }
    let waits = outlooks(for: ticket, before).compactMap { outlook -> ExpectedWait? in
      let isThere = outlook.site.site == ticket.custodianSite
      guard isThere || (mayLeave && outlook.site.isReachable) else { return nil }
      var outlook = outlook
      outlook.site.isHere = isThere
      return ExpectedWait(at: outlook, policy: situation.policy, now: situation.now)
    }
    return waits.min { $0.milliseconds < $1.milliseconds }
  }

  /// Behind the other work of the agent who has it; nil when nobody knows when the agent is there.
  private func wait(for ticket: WaitingTicket, with agent: AgentLoad, _ situation: Situation) -> ExpectedWait? {
    let isPresent = agent.isOnShift && agent.isAvailable
    let start = isPresent ? situation.now : agent.isAvailable ? agent.nextShiftStart : nil
    guard let start, let site = situation.sites.first(where: { $0.site == agent.site }) else { return nil }
    var there = site
    there.isHere = true
    let handling = state.withLock { $0.handling }
      .milliseconds(
        category: ticket.category, site: agent.site, otherwise: situation.policy.handlingMilliseconds)
    let outlook = SiteOutlook(
      site: there, ticketsAhead: min(max(0, agent.openAssigned - 1), 1_000_000), handlingMilliseconds: handling,
      eligibleAgents: 1, freeAgents: 0, onShiftAt: start,
      capacityPerMille: Int64(min(max(1, agent.capacity), 100_000)) * 1000)
    return ExpectedWait(at: outlook, policy: situation.policy, now: situation.now)
  }
}
