import OperationLog

/// Work that was assigned and lies untouched: offered again, or taken by somebody who became free.
extension Assigner {
  /// Which of the assigned tickets have to be offered again, in the order of their identifiers.
  ///
  /// Only what no person has worked on; what a person gave to somebody only when that agent is gone for good.
  /// An agent who is not listed is left alone: nothing is known of them.
  package func reOffers(_ work: [AssignedWork], agents: [AgentLoad], now: Int64) -> [ReOffer] {
    let known = Dictionary(agents.map { ($0.person, $0) }) { Self.precedes($0, $1) ? $0 : $1 }
    var surplus: [EntityID: Int] = [:]
    for agent in known.values where agent.capacity > 0 && agent.isPlausible && agent.openAssigned > agent.capacity {
      surplus[agent.person] = agent.openAssigned - agent.capacity
    }
    // The latest assignment goes back first.
    let latestFirst = work.sorted { ($1.assignedAt, $1.ticket.id) < ($0.assignedAt, $0.ticket.id) }
    var found: [ReOffer] = []
    for item in latestFirst where !item.isStarted {
      guard let agent = known[item.agent] else { continue }
      if let reason = reason(item, agent, now: now) {
        found.append(ReOffer(work: item, reason: reason))
      } else if !item.isAccepted, !item.isByPerson, let left = surplus[item.agent], left > 0 {
        surplus[item.agent] = left - 1
        found.append(ReOffer(work: item, reason: .overCapacity))
      }
    }
    return found.sorted { $0.work.ticket.id < $1.work.ticket.id }
  }

  private func reason(_ item: AssignedWork, _ agent: AgentLoad, now: Int64) -> ReOfferReason? {
    if !agent.isActive { return .deactivated }
    if item.isByPerson { return nil }
    if !agent.isAvailable { return .away }
    if !agent.isOnShift { return .offShift }
    let (waited, overflow) = now.subtractingReportingOverflow(item.assignedAt)
    let isLate = overflow ? now > item.assignedAt : waited > policy.acceptanceMilliseconds(item.ticket.priority)
    return !item.isAccepted && isLate ? .notAccepted : nil
  }

  /// What an agent who became free, or whose link healed, could take from behind other agents' work: most gained first.
  ///
  /// Only untouched work assigned by a rule, only for a gain above the hysteresis and the hand-over cost, and only
  /// while the ticket may move by itself.
  package func rebalance(
    forFreeAgent agent: AgentLoad, assigned: [AssignedWork], agents: [AgentLoad], sites: [SiteKnowledge], now: Int64
  ) -> NextTicketChoice {
    let known = Dictionary(agents.map { ($0.person, $0) }) { Self.precedes($0, $1) ? $0 : $1 }
    let tickets = assigned.compactMap { item -> WaitingTicket? in
      guard !item.isStarted, !item.isAccepted, !item.isByPerson, item.agent != agent.person,
        let holder = known[item.agent]
      else { return nil }
      var ticket = item.ticket
      let ahead = Int64(min(max(0, holder.openAssigned - 1), 1_000_000))
      ticket.heldMilliseconds =
        ahead * policy.handlingMilliseconds / Int64(min(max(1, holder.capacity), 1_000_000))
      return ticket
    }
    return chooseRebalance(agent, tickets, sites: sites, now: now)
  }

  /// As `rebalance`, from tickets that say how long they would lie where they are.
  func chooseRebalance(
    _ agent: AgentLoad, _ tickets: [WaitingTicket], sites: [SiteKnowledge], now: Int64
  ) -> NextTicketChoice {
    choice(.rebalance, for: agent, among: tickets, sites: sites, now: now) { ticket in
      guard ticket.hops < policy.limits.hopsMax else { return .excluded(.hopLimit) }
      let held = max(0, ticket.heldMilliseconds ?? 0)
      let cost = ticket.custodianSite == agent.site ? 0 : policy.handOverMilliseconds
      return policy.isWorthMoving(from: held, to: cost) ? .eligible(score: held - cost) : .excluded(.noGain)
    }
  }
}
