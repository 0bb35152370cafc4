import OperationLog

/// What a site has to offer one ticket: the work ahead of it there and who will be on shift, as old as `site` says.
package struct SiteOutlook: Hashable, Sendable {
  package var site: SiteKnowledge
  /// Open tickets of the ticket's priority or higher in queues that its eligible agents serve.
  package var ticketsAhead: Int
  /// Expected work on one of them, learned for the category and the site; milliseconds.
  package var handlingMilliseconds: Int64
  /// Agents who could take the ticket some day: skill, language, active, with capacity.
  package var eligibleAgents: Int
  /// Of these the ones who are on shift and would begin at once.
  package var freeAgents: Int
  /// When the first of them is on shift, milliseconds UTC, not after now for at once; nil when that is not known.
  package var onShiftAt: Int64?
  /// How many of them are on shift on average over the policy's horizon from then, in thousandths of an agent.
  package var capacityPerMille: Int64

  package init(
    site: SiteKnowledge, ticketsAhead: Int, handlingMilliseconds: Int64 = AssignmentPolicy.handlingMillisecondsDefault,
    eligibleAgents: Int, freeAgents: Int, onShiftAt: Int64?, capacityPerMille: Int64
  ) {
    self.site = site
    self.ticketsAhead = ticketsAhead
    self.handlingMilliseconds = handlingMilliseconds
    self.eligibleAgents = eligibleAgents
    self.freeAgents = freeAgents
    self.onShiftAt = onShiftAt
    self.capacityPerMille = capacityPerMille
  }

  /// Looks at the agents of this site among those given.
  package init(
    _ site: SiteKnowledge, for ticket: WaitingTicket, agents: some Sequence<AgentLoad>, ticketsAhead: Int,
    handlingMilliseconds: Int64 = AssignmentPolicy.handlingMillisecondsDefault,
    policy: AssignmentPolicy = AssignmentPolicy(), now: Int64
  ) {
    let horizon = policy.limits.horizonMinutes * 60_000
    let able = agents.filter { agent in
      agent.site == site.site && agent.isActive && agent.capacity > 0 && agent.isPlausible
        && agent.isSkilled(for: ticket.category) && agent.speaks(ticket.language)
        && !ticket.declinedBy.contains(agent.person)
    }
    let first = able.compactMap { Self.presence(of: $0, from: now)?.lowerBound }.min()
    var sum: Int64 = 0
    if let first {
      let end = min(first, .max - horizon) + horizon
      for agent in able {
        guard let presence = Self.presence(of: agent, from: now) else { continue }
        let from = min(max(presence.lowerBound, first), end)
        sum += max(0, min(presence.upperBound, end) - from)
      }
    }
    self.init(
      site: site, ticketsAhead: ticketsAhead, handlingMilliseconds: handlingMilliseconds, eligibleAgents: able.count,
      freeAgents: able.count { $0.isFree }, onShiftAt: first, capacityPerMille: sum * 1000 / horizon)
  }

  /// When the agent is there next: now until the shift's end, or the next shift; nil when no such time is known, as of somebody
  /// who is away.
  private static func presence(of agent: AgentLoad, from now: Int64) -> ClosedRange<Int64>? {
    if agent.isOnShift && agent.isAvailable { return now...max(now, agent.shiftEnd ?? .max) }
    guard agent.isAvailable, let start = agent.nextShiftStart else { return nil }
    return max(start, now)...Int64.max
  }

  /// False for figures no office has; such a site is left out, and somebody is told.
  package var isPlausible: Bool {
    ticketsAhead >= 0 && ticketsAhead <= 1_000_000 && eligibleAgents >= 0 && eligibleAgents <= 100_000
      && freeAgents >= 0 && freeAgents <= eligibleAgents && handlingMilliseconds > 0 && capacityPerMille >= 0
      && capacityPerMille <= 100_000_000
  }
}

/// A site that was considered for a ticket.
package struct SiteCandidate: Hashable, Sendable {
  package var outlook: SiteOutlook
  /// For an eligible site the expected wait there in milliseconds, less is better.
  package var verdict: Verdict

  package init(outlook: SiteOutlook, verdict: Verdict) {
    self.outlook = outlook
    self.verdict = verdict
  }
}
