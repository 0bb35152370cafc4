import Helpdesk
import OperationLog

/// The rules of assignment: at once to a free agent, otherwise bound late to the agent who becomes free.
///
/// Pure: the same inputs give the same decision on every machine, in whatever order they are listed.
package struct Assigner: Sendable {
  package let policy: AssignmentPolicy

  /// More candidates of a kind are not listed: a record has no room for them.
  package static let candidatesMax = 24

  package init(policy: AssignmentPolicy = AssignmentPolicy()) {
    self.policy = policy
  }

  /// Gives a ticket to a free agent, or nil when nobody is free and it waits at its custodian.
  ///
  /// The rule is `arrival`, `reOffer` or `takeOver`: they choose alike and are told apart in the record.
  package func onArrival(
    _ ticket: WaitingTicket, agents: [AgentLoad], sites: [SiteKnowledge], now: Int64, rule: AssignmentRule = .arrival
  ) -> AssignmentDecision? {
    weighArrival(ticket, agents: agents, sites: sites, now: now, rule: rule).decision
  }

  /// As `onArrival`, with those who were looked at and the reasons.
  ///
  /// A free agent here comes first: least loaded relative to capacity, then the requester's usual agent, then longest
  /// without a new ticket, then by identifier. Otherwise the free agent with the least expected wait at a reachable
  /// neighbour.
  package func weighArrival(
    _ ticket: WaitingTicket, agents: [AgentLoad], sites: [SiteKnowledge], now: Int64, rule: AssignmentRule = .arrival
  ) -> ArrivalChoice {
    var known = SiteLookup(sites)
    var eligible = Shortlist<Ranked>(Self.candidatesMax)
    var others = Shortlist<PassedOver>(Self.candidatesMax)
    let usual = policy.limits.prefersUsualAgent ? ticket.usualAgent : nil
    for index in agents.indices {
      let site = known.knowledge(of: agents[index].site)
      if let reason = exclusion(of: agents[index], at: site, ticket: ticket) {
        others.offer(PassedOver(agents[index].person, agents[index].site, index: index, reason: reason))
      } else if let site {
        eligible.offer(
          Ranked(
            isHere: site.isHere, score: policy.expectedWait(agents[index], at: site),
            isUsual: agents[index].person == usual, last: agents[index].lastAssignedAt ?? .min,
            person: agents[index].person, site: agents[index].site, index: index))
      }
    }
    var candidates: [AgentCandidate] = []
    candidates.reserveCapacity(eligible.kept.count + others.kept.count)
    for one in eligible.kept {
      candidates.append(AgentCandidate(agent: agents[one.index], verdict: .eligible(score: one.score)))
    }
    for one in others.kept {
      candidates.append(AgentCandidate(agent: agents[one.index], verdict: .excluded(one.reason)))
    }
    let omitted = eligible.dropped + others.dropped
    guard let best = eligible.kept.first else {
      return ArrivalChoice(candidates: candidates, omitted: omitted, decision: nil)
    }
    let subject = TicketCandidate(ticket: ticket, verdict: .eligible(score: ticket.overdueRatio(now: now)))
    let inputs = DecisionInputs(
      rule: rule, now: now, policy: policy, sites: sites, agents: candidates, tickets: [subject], omitted: omitted)
    return ArrivalChoice(
      candidates: candidates, omitted: omitted,
      decision: AssignmentDecision(ticket: ticket, agent: agents[best.index], inputs: inputs))
  }

  /// The tickets an agent who became free should ask for, most overdue first: waiting time relative to each ticket's
  /// own target, then priority, then the agent's usual requesters, then age, then identifier; only tickets whose
  /// custodian can be reached.
  package func nextTicket(
    forFreeAgent agent: AgentLoad, waiting: [WaitingTicket], sites: [SiteKnowledge], now: Int64
  ) -> NextTicketChoice {
    choice(.lateBinding, for: agent, among: waiting, sites: sites, now: now) { ticket in
      .eligible(score: ticket.overdueRatio(now: now))
    }
  }

  /// Ranks tickets for one agent, best score first; what the agent cannot do or may not have is passed over.
  func choice(
    _ rule: AssignmentRule, for agent: AgentLoad, among tickets: [WaitingTicket], sites: [SiteKnowledge], now: Int64,
    score: (WaitingTicket) -> Verdict
  ) -> NextTicketChoice {
    var known = SiteLookup(sites)
    let agentExclusion = exclusion(of: agent, at: known.knowledge(of: agent.site), ticket: nil)
    var eligible = Shortlist<RankedTicket>(Self.candidatesMax)
    var excluded = Shortlist<PassedOver>(Self.candidatesMax)
    var unlisted = 0
    if agentExclusion == nil {
      for index in tickets.indices {
        let verdict =
          exclusion(of: tickets[index], for: agent, at: known.knowledge(of: tickets[index].custodianSite))
          .map(Verdict.excluded) ?? score(tickets[index])
        switch verdict {
        case .eligible(let score):
          eligible.offer(
            RankedTicket(tickets[index], score: score, isUsual: isUsual(agent, tickets[index]), index: index))
        // What the agent cannot do says nothing about the choice among the others, so it is only counted.
        case .excluded(.unskilled), .excluded(.language), .excluded(.declined): unlisted += 1
        case .excluded(let reason):
          excluded.offer(PassedOver(tickets[index].id, tickets[index].custodianSite, index: index, reason: reason))
        }
      }
    }
    return NextTicketChoice(
      agentExclusion: agentExclusion,
      candidates: eligible.kept.map {
        TicketCandidate(ticket: tickets[$0.index], verdict: .eligible(score: $0.score))
      },
      excluded: excluded.kept.map { TicketCandidate(ticket: tickets[$0.index], verdict: .excluded($0.reason)) },
      omitted: eligible.dropped + excluded.dropped + unlisted, rule: rule, agent: agent, sites: sites, policy: policy,
      now: now)
  }

  // MARK: Eligibility

  /// Why an agent gets nothing, or not this ticket; nil for an eligible one.
  func exclusion(of agent: AgentLoad, at site: SiteKnowledge?, ticket: WaitingTicket?) -> Exclusion? {
    guard let site else { return .siteUnknown }
    guard site.isReachable else { return .siteUnreachable }
    guard agent.isActive else { return .deactivated }
    guard agent.isPlausible else { return .absurdLoad }
    guard agent.isAvailable else { return .away }
    guard agent.isOnShift else { return .offShift }
    guard agent.capacity > 0 else { return .noCapacity }
    guard agent.openAssigned < agent.capacity else { return .full }
    guard let ticket else { return nil }
    return inability(of: agent, for: ticket)
  }

  private func exclusion(of ticket: WaitingTicket, for agent: AgentLoad, at site: SiteKnowledge?) -> Exclusion? {
    guard let site else { return .siteUnknown }
    guard site.isReachable else { return .siteUnreachable }
    return inability(of: agent, for: ticket)
  }

  private func inability(of agent: AgentLoad, for ticket: WaitingTicket) -> Exclusion? {
    guard agent.isSkilled(for: ticket.category) else { return .unskilled }
    guard agent.speaks(ticket.language) else { return .language }
    return ticket.declinedBy.contains(agent.person) ? .declined : nil
  }

  private func isUsual(_ agent: AgentLoad, _ ticket: WaitingTicket) -> Bool {
    policy.limits.prefersUsualAgent && ticket.usualAgent == agent.person
  }

  // MARK: Order

  private struct Ranked: Ranking {
    let isHere: Bool
    let score: Int64
    let isUsual: Bool
    let last: Int64
    let person: EntityID
    let site: EntityID
    let index: Int

    func precedes(_ other: Ranked) -> Bool {
      if isHere != other.isHere { return isHere }
      if score != other.score { return score < other.score }
      if isUsual != other.isUsual { return isUsual }
      if last != other.last { return last < other.last }
      return Assigner.isBefore((person, site), (other.person, other.site))
    }
  }

  /// Somebody or something not considered, in the order of the identifiers.
  private struct PassedOver: Ranking {
    let names: (EntityID, EntityID)
    let index: Int
    let reason: Exclusion

    init(_ first: EntityID, _ second: EntityID, index: Int, reason: Exclusion) {
      names = (first, second)
      self.index = index
      self.reason = reason
    }

    func precedes(_ other: PassedOver) -> Bool { Assigner.isBefore(names, other.names) }
  }

  /// The order of identifiers without a call into another module for each comparison.
  private static func isBefore(_ left: (EntityID, EntityID), _ right: (EntityID, EntityID)) -> Bool {
    if left.0.high != right.0.high { return left.0.high < right.0.high }
    if left.0.low != right.0.low { return left.0.low < right.0.low }
    if left.1.high != right.1.high { return left.1.high < right.1.high }
    return left.1.low < right.1.low
  }

  private struct RankedTicket: Ranking {
    let score: Int64
    let priority: UInt64
    let isUsual: Bool
    let createdAt: Int64
    let id: EntityID
    let index: Int

    init(_ ticket: WaitingTicket, score: Int64, isUsual: Bool, index: Int) {
      self.score = score
      priority = ticket.priority.rawValue
      self.isUsual = isUsual
      createdAt = ticket.createdAt
      id = ticket.id
      self.index = index
    }

    func precedes(_ other: RankedTicket) -> Bool {
      if score != other.score { return score > other.score }
      if priority != other.priority { return priority < other.priority }
      if isUsual != other.isUsual { return isUsual }
      if createdAt != other.createdAt { return createdAt < other.createdAt }
      return id < other.id
    }
  }

  static func precedes(_ left: AgentLoad, _ right: AgentLoad) -> Bool {
    isBefore((left.person, left.site), (right.person, right.site))
  }
}
