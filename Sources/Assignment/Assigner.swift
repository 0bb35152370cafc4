import Helpdesk
import OperationLog

/// The first form of assignment: at once to a free agent, otherwise bound late to the agent who becomes free.
///
/// Pure: the same inputs give the same decision on every machine, in whatever order they are listed.
package struct Assigner: Sendable {
  package let policy: AssignmentPolicy

  package init(policy: AssignmentPolicy = AssignmentPolicy()) {
    self.policy = policy
  }

  /// Gives a new ticket to a free agent, or nil when nobody is free and it waits at its custodian.
  package func onArrival(
    _ ticket: WaitingTicket, agents: [AgentLoad], sites: [SiteKnowledge], now: Int64
  ) -> AssignmentDecision? {
    weighArrival(ticket, agents: agents, sites: sites, now: now).decision
  }

  /// As `onArrival`, with everybody who was looked at and the reasons.
  ///
  /// A free agent here comes first: least loaded relative to capacity, then longest without a new ticket, then by
  /// identifier. Otherwise the free agent with the least expected wait at a reachable neighbour.
  package func weighArrival(
    _ ticket: WaitingTicket, agents: [AgentLoad], sites: [SiteKnowledge], now: Int64
  ) -> ArrivalChoice {
    let known = SiteKnowledge.index(sites)
    var eligible: [Ranked] = []
    var others: [AgentCandidate] = []
    for agent in agents {
      let site = known[agent.site]
      if let site, exclusion(of: agent, at: site, category: ticket.category) == nil {
        eligible.append(Ranked(agent: agent, isHere: site.isHere, score: policy.expectedWait(agent, at: site)))
      } else {
        let reason = exclusion(of: agent, at: site, category: ticket.category) ?? .siteUnknown
        others.append(AgentCandidate(agent: agent, verdict: .excluded(reason)))
      }
    }
    eligible.sort()
    others.sort { Self.precedes($0.agent, $1.agent) }
    let candidates =
      eligible.map { AgentCandidate(agent: $0.agent, verdict: .eligible(score: $0.score)) } + others
    guard let best = eligible.first else { return ArrivalChoice(candidates: candidates, decision: nil) }
    let subject = TicketCandidate(ticket: ticket, verdict: .eligible(score: ticket.overdueRatio(now: now)))
    let record = AssignmentRecord(
      rule: .arrival, now: now, policy: policy, sites: sites, agents: candidates, tickets: [subject], omitted: 0)
    return ArrivalChoice(
      candidates: candidates,
      decision: AssignmentDecision(ticket: ticket, agent: best.agent, reasons: record))
  }

  /// The tickets an agent who became free should ask for, most overdue first: waiting time relative to each ticket's
  /// own target, then priority, then age, then identifier; only tickets whose custodian can be reached.
  package func nextTicket(
    forFreeAgent agent: AgentLoad, waiting: [WaitingTicket], sites: [SiteKnowledge], now: Int64
  ) -> NextTicketChoice {
    let known = SiteKnowledge.index(sites)
    let agentExclusion = exclusion(of: agent, at: known[agent.site], category: nil)
    var eligible: [TicketCandidate] = []
    var excluded: [TicketCandidate] = []
    if agentExclusion == nil {
      for ticket in waiting {
        if let reason = exclusion(of: ticket, for: agent, at: known[ticket.custodianSite]) {
          excluded.append(TicketCandidate(ticket: ticket, verdict: .excluded(reason)))
        } else {
          eligible.append(TicketCandidate(ticket: ticket, verdict: .eligible(score: ticket.overdueRatio(now: now))))
        }
      }
    }
    eligible.sort(by: Self.isMoreOverdue)
    excluded.sort { $0.ticket.id < $1.ticket.id }
    return NextTicketChoice(
      agentExclusion: agentExclusion, candidates: eligible, excluded: excluded, agent: agent, sites: sites,
      policy: policy, now: now)
  }

  // MARK: Eligibility

  private func exclusion(of agent: AgentLoad, at site: SiteKnowledge?, category: EntityID?) -> Exclusion? {
    guard let site else { return .siteUnknown }
    guard site.isReachable else { return .siteUnreachable }
    guard agent.isActive else { return .deactivated }
    guard agent.isAvailable else { return .away }
    guard agent.capacity > 0 else { return .noCapacity }
    guard agent.openAssigned < agent.capacity else { return .full }
    return agent.isSkilled(for: category) ? nil : .unskilled
  }

  private func exclusion(of ticket: WaitingTicket, for agent: AgentLoad, at site: SiteKnowledge?) -> Exclusion? {
    guard let site else { return .siteUnknown }
    guard site.isReachable else { return .siteUnreachable }
    return agent.isSkilled(for: ticket.category) ? nil : .unskilled
  }

  // MARK: Order

  private struct Ranked: Comparable {
    let agent: AgentLoad
    let isHere: Bool
    let score: Int64

    static func < (left: Ranked, right: Ranked) -> Bool {
      if left.isHere != right.isHere { return left.isHere }
      if left.score != right.score { return left.score < right.score }
      let leftLast = left.agent.lastAssignedAt ?? .min
      let rightLast = right.agent.lastAssignedAt ?? .min
      if leftLast != rightLast { return leftLast < rightLast }
      return Assigner.precedes(left.agent, right.agent)
    }
  }

  private static func precedes(_ left: AgentLoad, _ right: AgentLoad) -> Bool {
    (left.person, left.site) < (right.person, right.site)
  }

  private static func isMoreOverdue(_ left: TicketCandidate, _ right: TicketCandidate) -> Bool {
    if case .eligible(let leftScore) = left.verdict, case .eligible(let rightScore) = right.verdict,
      leftScore != rightScore
    {
      return leftScore > rightScore
    }
    let (leftTicket, rightTicket) = (left.ticket, right.ticket)
    return (leftTicket.priority.rawValue, leftTicket.createdAt, leftTicket.id)
      < (rightTicket.priority.rawValue, rightTicket.createdAt, rightTicket.id)
  }
}
