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
    let hasChosen = inputs.rule == .push ? !inputs.outlooks.isEmpty : !inputs.agents.isEmpty
    precondition(hasChosen && !inputs.tickets.isEmpty, "a decision has a ticket and a chosen one")
    let subject = inputs.rule.choosesAgent ? inputs.tickets[0].ticket : nil
    var room = Room(inputs, subject: subject)
    var agents: [AgentCandidate] = []
    var tickets: [TicketCandidate] = []
    var outlooks: [SiteCandidate] = []
    if let chosen = inputs.agents.first, room.fits(chosen) { agents.append(chosen) }
    if let chosen = inputs.outlooks.first, room.fits(chosen) { outlooks.append(chosen) }
    if room.fits(inputs.tickets[0], agent: agents.first?.agent) { tickets.append(inputs.tickets[0]) }
    for candidate in inputs.agents.dropFirst() {
      guard room.fits(candidate) else { break }
      agents.append(candidate)
    }
    for candidate in inputs.outlooks.dropFirst() {
      guard room.fits(candidate) else { break }
      outlooks.append(candidate)
    }
    for candidate in inputs.tickets.dropFirst() {
      guard room.fits(candidate, agent: agents.first?.agent) else { break }
      tickets.append(candidate)
    }
    rule = inputs.rule
    now = inputs.now
    policy = inputs.policy
    sites = room.sites
    omitted =
      inputs.omitted + inputs.agents.count - agents.count + inputs.tickets.count - tickets.count
      + inputs.outlooks.count - outlooks.count
    text = room.text(omitted: omitted)
    self.agents = agents
    self.tickets = tickets
    self.outlooks = outlooks
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

/// Writes the lines of a record while its candidates are chosen, as long as there is room.
private struct Room {
  private var left: Int
  private let known: [SiteKnowledge]
  private let subject: WaitingTicket?
  private(set) var sites: [SiteKnowledge] = []
  private var head = RecordWriter()
  private var siteLines = RecordWriter()
  private var agentLines = RecordWriter()
  private var outlookLines = RecordWriter()
  private var ticketLines = RecordWriter()
  private var writer = RecordWriter()

  init(_ inputs: DecisionInputs, subject: WaitingTicket?) {
    head.head(rule: inputs.rule, now: inputs.now, policy: inputs.policy)
    // The longest form of the "omitted" line is kept free.
    left = AssignmentRecord.bytesMax - head.bytes.count - 30
    known = inputs.sites
    self.subject = subject
  }

  mutating func fits(_ candidate: AgentCandidate) -> Bool {
    let subject = subject
    guard fits(candidate.agent.site, { $0.line(candidate, subject: subject, sites: $1) }) else { return false }
    agentLines.append(writer.bytes)
    return true
  }

  mutating func fits(_ candidate: TicketCandidate, agent: AgentLoad?) -> Bool {
    guard fits(candidate.ticket.custodianSite, { $0.line(candidate, agent: agent, sites: $1) }) else { return false }
    ticketLines.append(writer.bytes)
    return true
  }

  mutating func fits(_ candidate: SiteCandidate) -> Bool {
    guard fits(candidate.outlook.site.site, { $0.line(candidate, sites: $1) }) else { return false }
    outlookLines.append(writer.bytes)
    return true
  }

  /// Leaves the line itself in `writer`; the line of a site that is new goes to the sites'.
  private mutating func fits(_ site: EntityID, _ write: (inout RecordWriter, [SiteKnowledge]) -> Void) -> Bool {
    let count = sites.count
    writer.clear()
    if !sites.contains(where: { $0.site == site }), let knowledge = SiteKnowledge.best(of: site, in: known) {
      writer.line(knowledge)
      sites.append(knowledge)
    }
    let siteLine = writer.bytes
    writer.clear()
    write(&writer, sites)
    guard siteLine.count + writer.bytes.count <= left else {
      sites.removeLast(sites.count - count)
      return false
    }
    left -= siteLine.count + writer.bytes.count
    siteLines.append(siteLine)
    return true
  }

  mutating func text(omitted: Int) -> String {
    for lines in [siteLines, agentLines, outlookLines, ticketLines] { head.append(lines.bytes) }
    head.omitted(omitted)
    return String(decoding: head.bytes, as: UTF8.self)
  }
}
