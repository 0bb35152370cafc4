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
  /// On arrival the agents in order, the chosen one first; for late binding the one agent.
  package let agents: [AgentCandidate]
  /// On arrival the one ticket; for late binding the tickets in order, the chosen one first.
  package let tickets: [TicketCandidate]
  /// Candidates that were considered but are not listed.
  package let omitted: Int

  package var chosenAgent: EntityID { agents[0].agent.person }
  package var chosenTicket: EntityID { tickets[0].ticket.id }

  /// Keeps what fits; both lists hold at least the chosen one, which comes first.
  init(
    rule: AssignmentRule, now: Int64, policy: AssignmentPolicy, sites: [SiteKnowledge], agents: [AgentCandidate],
    tickets: [TicketCandidate], omitted: Int
  ) {
    precondition(!agents.isEmpty && !tickets.isEmpty, "a decision has an agent and a ticket")
    var room = Room(rule: rule, now: now, policy: policy, known: sites)
    var keptAgents = [agents[0]]
    var keptTickets = [tickets[0]]
    room.take(agents[0])
    room.take(tickets[0])
    for candidate in agents.dropFirst() {
      guard room.fits(candidate) else { break }
      keptAgents.append(candidate)
    }
    for candidate in tickets.dropFirst() {
      guard room.fits(candidate) else { break }
      keptTickets.append(candidate)
    }
    self.rule = rule
    self.now = now
    self.policy = policy
    self.sites = room.sites
    self.agents = keptAgents
    self.tickets = keptTickets
    self.omitted = omitted + agents.count - keptAgents.count + tickets.count - keptTickets.count
  }

  /// Takes over what a text says.
  init(
    rule: AssignmentRule, now: Int64, policy: AssignmentPolicy, exactSites sites: [SiteKnowledge],
    agents: [AgentCandidate], tickets: [TicketCandidate], omitted: Int
  ) {
    self.rule = rule
    self.now = now
    self.policy = policy
    self.sites = sites
    self.agents = agents
    self.tickets = tickets
    self.omitted = omitted
  }

  /// Decides again from the recorded inputs; nil when nothing would be assigned. The same text means the same
  /// decision.
  package func replayed() -> AssignmentRecord? {
    let assigner = Assigner(policy: policy)
    let again: AssignmentRecord?
    switch rule {
    case .arrival:
      again =
        assigner.onArrival(tickets[0].ticket, agents: agents.map(\.agent), sites: sites, now: now)?.reasons
    case .lateBinding:
      again =
        assigner.nextTicket(
          forFreeAgent: agents[0].agent, waiting: tickets.map(\.ticket), sites: sites, now: now
        ).decision(at: 0)?.reasons
    }
    guard let again else { return nil }
    return AssignmentRecord(
      rule: rule, now: now, policy: policy, exactSites: again.sites, agents: again.agents, tickets: again.tickets,
      omitted: again.omitted + omitted)
  }
}

/// Counts the bytes of a record while its candidates are chosen.
private struct Room {
  private var left: Int
  private let known: [EntityID: SiteKnowledge]
  private(set) var sites: [SiteKnowledge] = []

  init(rule: AssignmentRule, now: Int64, policy: AssignmentPolicy, known: [SiteKnowledge]) {
    // The longest form of the "omitted" and "chosen" lines is kept free.
    left = AssignmentRecord.bytesMax - RecordText.head(rule: rule, now: now, policy: policy).utf8.count - 112
    self.known = SiteKnowledge.index(known)
  }

  mutating func take(_ candidate: AgentCandidate) { _ = fits(candidate) }
  mutating func take(_ candidate: TicketCandidate) { _ = fits(candidate) }

  mutating func fits(_ candidate: AgentCandidate) -> Bool {
    fits(candidate.agent.site) { RecordText.line(candidate, sites: $0) }
  }

  mutating func fits(_ candidate: TicketCandidate) -> Bool {
    fits(candidate.ticket.custodianSite) { RecordText.line(candidate, sites: $0) }
  }

  private mutating func fits(_ site: EntityID, _ line: ([SiteKnowledge]) -> String) -> Bool {
    var named = sites
    var needed = 0
    if let knowledge = known[site], !named.contains(where: { $0.site == site }) {
      needed += RecordText.line(knowledge).utf8.count
      named.append(knowledge)
    }
    needed += line(named).utf8.count
    guard needed <= left else { return false }
    left -= needed
    sites = named
    return true
  }
}
