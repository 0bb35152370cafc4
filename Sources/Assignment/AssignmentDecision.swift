package import Helpdesk
import OperationLog

/// What a decision was made from; its record is written from it when it is asked for.
struct DecisionInputs: Hashable, Sendable {
  var rule: AssignmentRule
  var now: Int64
  var policy: AssignmentPolicy
  var sites: [SiteKnowledge]
  var agents: [AgentCandidate] = []
  var tickets: [TicketCandidate]
  var outlooks: [SiteCandidate] = []
  var omitted: Int
}

/// Who gets which ticket, by which rule, and why.
package struct AssignmentDecision: Hashable, Sendable {
  package let ticket: WaitingTicket
  package let agent: AgentLoad
  let inputs: DecisionInputs

  package var rule: AssignmentRule { inputs.rule }
  /// The inputs and scores, from which the same decision follows again.
  package var reasons: AssignmentRecord { AssignmentRecord(inputs) }
  /// The canonical text of the reasons, at most `AssignmentRecord.bytesMax` bytes.
  package var record: String { AssignmentRecord.text(inputs) }

  /// The command's body for the custodian.
  package var assignment: AutomaticAssignment {
    AutomaticAssignment(agent: agent.person, rule: rule.rawValue, record: record)
  }
}

/// To which site a ticket's custody moves, and why.
package struct PushDecision: Hashable, Sendable {
  package let ticket: WaitingTicket
  /// The new custodian.
  package let site: SiteKnowledge
  /// What the requester is spared, milliseconds.
  package let gainMilliseconds: Int64
  let inputs: DecisionInputs

  package var rule: AssignmentRule { inputs.rule }
  /// The inputs and scores, from which the same decision follows again.
  package var reasons: AssignmentRecord { AssignmentRecord(inputs) }
  /// The canonical text of the reasons, at most `AssignmentRecord.bytesMax` bytes.
  package var record: String { AssignmentRecord.text(inputs) }
}

/// What came of a ticket's arrival.
package struct ArrivalChoice: Hashable, Sendable {
  /// Who was looked at: the eligible ones best first, then the others with the reason; at most
  /// `Assigner.candidatesMax` of each.
  package let candidates: [AgentCandidate]
  /// How many more were looked at.
  package let omitted: Int
  /// Nil when nobody is free: the ticket waits at its custodian.
  package let decision: AssignmentDecision?
}

/// What came of looking for a site where a ticket is answered sooner.
package struct PushChoice: Hashable, Sendable {
  /// Why the ticket stays without looking at the sites, nil when they were looked at.
  package let exclusion: Exclusion?
  /// The sites that were looked at, best first, then the others with the reason; at most `Assigner.candidatesMax` of
  /// each.
  package let candidates: [SiteCandidate]
  /// True when the knowledge was stale, so that the better of two drawn sites was taken.
  package let isDrawn: Bool
  /// Nil when the ticket stays.
  package let decision: PushDecision?
}

/// What an agent who became free could take.
package struct NextTicketChoice: Hashable, Sendable {
  /// Why the agent gets nothing, nil when the agent is free.
  package let agentExclusion: Exclusion?
  /// The eligible tickets, best first: ask their custodians in this order; at most `Assigner.candidatesMax`.
  package let candidates: [TicketCandidate]
  /// Tickets that were passed over for another reason than the agent's ability, in the order of their identifiers.
  package let excluded: [TicketCandidate]
  /// How many more were looked at.
  package let omitted: Int

  let rule: AssignmentRule
  let agent: AgentLoad
  let sites: [SiteKnowledge]
  let policy: AssignmentPolicy
  let now: Int64

  /// The decision that gives the agent the candidate at this place, with those before it gone; nil beyond the last.
  package func decision(at place: Int) -> AssignmentDecision? {
    guard candidates.indices.contains(place), let site = SiteKnowledge.index(sites)[agent.site] else { return nil }
    let agentCandidate = AgentCandidate(
      agent: agent, verdict: .eligible(score: policy.expectedWait(agent, at: site)))
    let inputs = DecisionInputs(
      rule: rule, now: now, policy: policy, sites: sites, agents: [agentCandidate],
      tickets: candidates[place...] + excluded, omitted: place + omitted)
    return AssignmentDecision(ticket: candidates[place].ticket, agent: agent, inputs: inputs)
  }
}
