package import Helpdesk

/// Who gets which ticket, by which rule, and why.
package struct AssignmentDecision: Hashable, Sendable {
  package let ticket: WaitingTicket
  package let agent: AgentLoad
  /// The inputs and scores, from which the same decision follows again.
  package let reasons: AssignmentRecord

  package var rule: AssignmentRule { reasons.rule }
  /// The canonical text of the reasons, at most `AssignmentRecord.bytesMax` bytes.
  package var record: String { reasons.text }

  /// The command's body for the custodian.
  package var assignment: AutomaticAssignment {
    AutomaticAssignment(agent: agent.person, rule: rule.rawValue, record: record)
  }
}

/// What came of a ticket's arrival.
package struct ArrivalChoice: Hashable, Sendable {
  /// Everybody who was looked at: the eligible ones best first, then the others with the reason.
  package let candidates: [AgentCandidate]
  /// Nil when nobody is free: the ticket waits at its custodian.
  package let decision: AssignmentDecision?
}

/// What an agent who became free could take.
package struct NextTicketChoice: Hashable, Sendable {
  /// Why the agent gets nothing, nil when the agent is free.
  package let agentExclusion: Exclusion?
  /// The eligible tickets, most overdue first: ask their custodians in this order.
  package let candidates: [TicketCandidate]
  /// The tickets that were passed over, in the order of their identifiers.
  package let excluded: [TicketCandidate]

  let agent: AgentLoad
  let sites: [SiteKnowledge]
  let policy: AssignmentPolicy
  let now: Int64

  /// The decision that gives the agent the candidate at this place, with those before it gone; nil beyond the last.
  package func decision(at place: Int) -> AssignmentDecision? {
    guard candidates.indices.contains(place), let site = SiteKnowledge.index(sites)[agent.site] else { return nil }
    let rest = Array(candidates[place...])
    let agentCandidate = AgentCandidate(
      agent: agent, verdict: .eligible(score: policy.expectedWait(agent, at: site)))
    let isUnskilled = excluded.count { $0.verdict == .excluded(.unskilled) }
    // What the agent does not know how to do says nothing about the choice among the others, so it is only counted.
    let passedOver = excluded.filter { $0.verdict != .excluded(.unskilled) }
    let record = AssignmentRecord(
      rule: .lateBinding, now: now, policy: policy, sites: sites, agents: [agentCandidate],
      tickets: rest + passedOver, omitted: place + isUnskilled)
    return AssignmentDecision(ticket: rest[0].ticket, agent: agent, reasons: record)
  }
}
