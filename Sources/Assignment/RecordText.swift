import Helpdesk
import OperationLog

extension RecordWriter {
  /// The canonical text of inputs as they are, each line in its place.
  static func text(_ inputs: DecisionInputs) -> String {
    var writer = RecordWriter(reserving: AssignmentRecord.bytesMax)
    let subject = inputs.rule.choosesAgent ? inputs.tickets[0].ticket : nil
    let chosen = inputs.agents.first?.agent.person
    func place(_ site: EntityID) -> Int? { inputs.sites.firstIndex { $0.site.isSame(as: site) } }
    writer.line { $0.head(rule: inputs.rule, now: inputs.now, policy: inputs.policy) }
    for site in inputs.sites { writer.line { $0.site(site) } }
    for agent in inputs.agents {
      writer.line { $0.agent(agent, subject: subject, place: place(agent.agent.site)) }
    }
    for outlook in inputs.outlooks { writer.line { $0.outlook(outlook, place: place(outlook.outlook.site.site)) } }
    for ticket in inputs.tickets {
      writer.line { $0.ticket(ticket, agent: chosen, place: place(ticket.ticket.custodianSite)) }
    }
    writer.line { $0.omitted(inputs.omitted) }
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension AssignmentRecord {
  /// Reads a canonical text; nil for anything else.
  ///
  /// What no decision depends on (queue, custodian stream, an agent's node) is not in the text and comes back as
  /// nothing.
  package init?(parsing text: String) {
    guard text.utf8.count <= Self.bytesMax else { return nil }
    var reading = RecordReading()
    for line in text.split(separator: "\n") {
      guard reading.take(line.split(separator: " ")) else { return nil }
    }
    guard let record = reading.record, record.text == text else { return nil }
    self = record
  }
}

/// Collects the lines of a record's text; whether their order and form are canonical is decided by writing it again.
private struct RecordReading {
  /// A language that nobody in a record speaks, for the agents who did not speak the requester's.
  private static let language = "?"

  private var hasTitle = false
  private var rule: AssignmentRule?
  private var now: Int64?
  private var policy: AssignmentPolicy?
  private var sites: [SiteKnowledge] = []
  private var agents: [AgentCandidate] = []
  private var outlooks: [SiteCandidate] = []
  private var tickets: [TicketCandidate] = []
  private var usual: EntityID?
  private var declined: [EntityID] = []
  private var speaksNot = false
  private var omitted: Int?

  var record: AssignmentRecord? {
    guard hasTitle, let rule, let now, let policy, let omitted, omitted >= 0, omitted < 1 << 32 else { return nil }
    var tickets = tickets
    switch rule {
    case .arrival, .reOffer, .takeOver:
      guard tickets.count == 1, !agents.isEmpty, outlooks.isEmpty else { return nil }
      tickets[0].ticket.usualAgent = usual
      tickets[0].ticket.declinedBy = declined
      if speaksNot { tickets[0].ticket.language = Self.language }
    case .lateBinding, .rebalance:
      guard agents.count == 1, !tickets.isEmpty, outlooks.isEmpty else { return nil }
    case .push:
      guard agents.isEmpty, tickets.count == 1, !outlooks.isEmpty else { return nil }
    }
    return AssignmentRecord(
      exactly: DecisionInputs(
        rule: rule, now: now, policy: policy, sites: sites, agents: agents, tickets: tickets, outlooks: outlooks,
        omitted: omitted))
  }

  /// False when the line is none of a record's.
  mutating func take(_ words: [Substring]) -> Bool {
    switch (words.first, words.count) {
    case ("relevo-assignment", 2): hasTitle = words[1] == "2"
    case ("rule", 2): rule = AssignmentRule(rawValue: String(words[1]))
    case ("now", 2): now = Int64(words[1])
    case ("policy", 15): policy = AssignmentPolicy(parsing: words.dropFirst().joined(separator: " "))
    case ("omitted", 2): omitted = Int(words[1])
    case ("site", 5): return append(Self.site(words), to: &sites)
    case ("agent", 7): return append(agent(words), to: &agents)
    case ("outlook", 9): return append(outlook(words), to: &outlooks)
    case ("ticket", 11): return append(ticket(words), to: &tickets)
    default: return false
    }
    return true
  }

  private func append<Element>(_ element: Element?, to list: inout [Element]) -> Bool {
    guard let element else { return false }
    list.append(element)
    return true
  }

  private static func site(_ words: [Substring]) -> SiteKnowledge? {
    guard let id = EntityID(hex: String(words[1])), let node = NodeID(hex: String(words[2])), let age = Int64(words[4])
    else { return nil }
    return SiteKnowledge(
      site: id, node: node, isHere: words[3] == "here", isReachable: words[3] != "down", ageMilliseconds: age)
  }

  private mutating func agent(_ words: [Substring]) -> AgentCandidate? {
    let load = words[4].split(separator: "/")
    guard let id = EntityID(hex: String(words[1])), load.count == 2, let open = Int(load[0]),
      let capacity = Int(load[1]), let verdict = Self.verdict(words[6])
    else { return nil }
    let site = site(at: words[2])
    let letters = words[3]
    if letters.contains("u") { usual = id }
    if letters.contains("d") { declined.append(id) }
    if !letters.contains("l") { speaksNot = true }
    let agent = AgentLoad(
      person: id, site: site?.site ?? .zero, node: site?.node ?? .zero, isActive: letters.contains("a"),
      isAvailable: letters.contains("v"), isOnShift: letters.contains("h"), capacity: capacity, openAssigned: open,
      lastAssignedAt: Int64(words[5]), skills: letters.contains("s") ? nil : [],
      languages: letters.contains("l") ? nil : [])
    return AgentCandidate(agent: agent, verdict: verdict)
  }

  private func outlook(_ words: [Substring]) -> SiteCandidate? {
    guard let site = site(at: words[1]), let ahead = Int(words[2]), let handling = Int64(words[3]),
      let agents = Int(words[4]), let free = Int(words[5]), let capacity = Int64(words[7]),
      let verdict = Self.verdict(words[8])
    else { return nil }
    let outlook = SiteOutlook(
      site: site, ticketsAhead: ahead, handlingMilliseconds: handling, eligibleAgents: agents, freeAgents: free,
      onShiftAt: Int64(words[6]), capacityPerMille: capacity)
    return SiteCandidate(outlook: outlook, verdict: verdict)
  }

  private func ticket(_ words: [Substring]) -> TicketCandidate? {
    guard let id = EntityID(hex: String(words[1])), let priority = Priority(name: String(words[3])),
      let created = Int64(words[4]), let hops = Int(words[8]), let verdict = Self.verdict(words[10])
    else { return nil }
    let site = site(at: words[5])?.site ?? .zero
    let ticket = WaitingTicket(
      id: id, number: String(words[2]), priority: priority, createdAt: created, custodianStream: .zero,
      custodianSite: site, category: EntityID(hex: String(words[6])), site: site,
      usualAgent: words[7] == "u" ? agents.first?.agent.person : nil, hops: hops, heldMilliseconds: Int64(words[9]))
    return TicketCandidate(ticket: ticket, verdict: verdict)
  }

  private func site(at word: Substring) -> SiteKnowledge? {
    guard let place = Int(word.dropFirst()), sites.indices.contains(place) else { return nil }
    return sites[place]
  }

  private static func verdict(_ word: Substring) -> Verdict? {
    if let score = Int64(word) { return .eligible(score: score) }
    return Exclusion(rawValue: String(word)).map { .excluded($0) }
  }
}
