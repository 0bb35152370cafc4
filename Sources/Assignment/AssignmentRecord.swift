package import OperationLog

/// The recorded inputs and scores of one decision: kept with the assignment, shown as "why here", and replayable.
///
/// When not everything fits, the candidates at the end of the order are left out and counted; the chosen one is
/// always in.
package struct AssignmentRecord: Hashable, Sendable {
  /// The text of a record has at most so many bytes.
  package static let bytesMax = 2_000

  package let rule: AssignmentRule
  /// When it was decided, milliseconds UTC.
  package let now: Int64
  package let policy: AssignmentPolicy
  /// What was known of the sites that the candidates belong to, in the order they are first named.
  package let sites: [SiteKnowledge]
  /// Where an agent was chosen the agents in order, the chosen one first; where a ticket was chosen the one agent; for
  /// a push nobody.
  package let agents: [AgentCandidate]
  /// Where a ticket was chosen the tickets in order, the chosen one first; otherwise the one ticket.
  package let tickets: [TicketCandidate]
  /// For a push the sites in order, the chosen one first.
  package let outlooks: [SiteCandidate]
  /// Candidates that were considered but are not listed.
  package let omitted: Int
  /// The canonical text, at most `bytesMax` bytes of ASCII.
  package let text: String

  /// Nil for a push.
  package var chosenAgent: EntityID? { agents.first?.agent.person }
  package var chosenTicket: EntityID { tickets[0].ticket.id }
  /// Where the ticket goes: the chosen agent's site, or the new custodian.
  package var chosenSite: EntityID? { outlooks.first?.outlook.site.site ?? agents.first?.agent.site }

  /// Keeps what fits; the chosen ones come first.
  init(_ inputs: DecisionInputs) {
    var fitting = RecordFitting(inputs)
    rule = inputs.rule
    now = inputs.now
    policy = inputs.policy
    sites = fitting.sites
    agents = Array(inputs.agents.prefix(fitting.agents))
    tickets = Array(inputs.tickets.prefix(fitting.tickets))
    outlooks = Array(inputs.outlooks.prefix(fitting.outlooks))
    omitted = fitting.omitted
    text = fitting.finish()
  }

  /// The text alone, for whoever writes the decision down.
  static func text(_ inputs: DecisionInputs) -> String {
    var fitting = RecordFitting(inputs)
    return fitting.finish()
  }

  /// Takes over what a text says.
  init(exactly inputs: DecisionInputs) {
    rule = inputs.rule
    now = inputs.now
    policy = inputs.policy
    sites = inputs.sites
    agents = inputs.agents
    tickets = inputs.tickets
    outlooks = inputs.outlooks
    omitted = inputs.omitted
    text = RecordWriter.text(inputs)
  }

  /// Decides again from the recorded inputs; nil when nothing would be assigned. The same text means the same
  /// decision.
  package func replayed() -> AssignmentRecord? {
    let assigner = Assigner(policy: policy)
    let again: AssignmentRecord?
    switch rule {
    case .arrival, .reOffer, .takeOver:
      again =
        assigner.onArrival(tickets[0].ticket, agents: agents.map(\.agent), sites: sites, now: now, rule: rule)?.reasons
    case .lateBinding:
      again =
        assigner.nextTicket(
          forFreeAgent: agents[0].agent, waiting: tickets.map(\.ticket), sites: sites, now: now
        ).decision(at: 0)?.reasons
    case .rebalance:
      again =
        assigner.chooseRebalance(agents[0].agent, tickets.map(\.ticket), sites: sites, now: now).decision(at: 0)?
        .reasons
    case .push:
      again = assigner.choosePush(tickets[0].ticket, outlooks: outlooks.map(\.outlook), now: now).decision?.reasons
    }
    guard let again else { return nil }
    return AssignmentRecord(
      exactly: DecisionInputs(
        rule: rule, now: now, policy: policy, sites: again.sites, agents: again.agents, tickets: again.tickets,
        outlooks: again.outlooks, omitted: again.omitted + omitted))
  }
}
