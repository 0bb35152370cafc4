import Helpdesk
import OperationLog

/// The lines of a record's text, each ending in a line feed. Words and their order are canonical; version 1.
///
/// ```
/// relevo-assignment 1
/// rule arrival
/// now <ms>
/// policy <handling ms> <hand-over ms> <age penalty ‰>
/// site <id> <node> here|up|down <age ms>
/// agent <id> @<site line> <letters> <open>/<capacity> <last ms or -> <verdict>
/// ticket <id> <number> <priority> <created ms> @<site line> <category or -> <verdict>
/// omitted <count>
/// ```
/// Site lines count from 0, `?` is an unknown site; letters are a (active), v (available), s (skilled), or `-` for none.
/// A verdict is the score or the name of an `Exclusion`. The first agent and the first ticket are the chosen ones.
enum RecordText {
  static let title = "relevo-assignment 1"

  static func head(rule: AssignmentRule, now: Int64, policy: AssignmentPolicy) -> String {
    """
    \(title)
    rule \(rule.rawValue)
    now \(now)
    policy \(policy.handlingMilliseconds) \(policy.handOverMilliseconds) \(policy.agePenaltyPerMille)

    """
  }

  static func line(_ site: SiteKnowledge) -> String {
    let state = site.isHere ? "here" : site.isReachable ? "up" : "down"
    return "site \(site.site) \(site.node) \(state) \(site.ageMilliseconds)\n"
  }

  static func line(_ candidate: AgentCandidate, sites: [SiteKnowledge]) -> String {
    let agent = candidate.agent
    var letters = agent.isActive ? "a" : ""
    if agent.isAvailable { letters += "v" }
    if candidate.verdict != .excluded(.unskilled) { letters += "s" }
    if letters.isEmpty { letters = "-" }
    let last = agent.lastAssignedAt.map { String($0) } ?? "-"
    return "agent \(agent.person) \(place(agent.site, sites)) \(letters) \(agent.openAssigned)/\(agent.capacity) "
      + "\(last) \(text(candidate.verdict))\n"
  }

  static func line(_ candidate: TicketCandidate, sites: [SiteKnowledge]) -> String {
    let ticket = candidate.ticket
    let category = ticket.category.map(\.description) ?? "-"
    return "ticket \(ticket.id) \(number(ticket.number)) \(ticket.priority.name) \(ticket.createdAt) "
      + "\(place(ticket.custodianSite, sites)) \(category) \(text(candidate.verdict))\n"
  }

  /// Numbers are short upper-case tokens; anything else is left out so that one word stays one word.
  private static func number(_ number: String) -> String {
    let kept = number.utf8.prefix(40).filter { byte in
      (65...90).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46
    }
    return kept.isEmpty ? "?" : String(decoding: kept, as: UTF8.self)
  }

  private static func place(_ site: EntityID, _ sites: [SiteKnowledge]) -> String {
    sites.firstIndex { $0.site == site }.map { "@\($0)" } ?? "@?"
  }

  private static func text(_ verdict: Verdict) -> String {
    switch verdict {
    case .eligible(let score): String(score)
    case .excluded(let reason): reason.rawValue
    }
  }
}

// MARK: - Reading

extension AssignmentRecord {
  /// The canonical text, at most `bytesMax` bytes of ASCII.
  package var text: String {
    var text = RecordText.head(rule: rule, now: now, policy: policy)
    for site in sites { text += RecordText.line(site) }
    for agent in agents { text += RecordText.line(agent, sites: sites) }
    for ticket in tickets { text += RecordText.line(ticket, sites: sites) }
    return text + "omitted \(omitted)\n"
  }

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
  private var hasTitle = false
  private var rule: AssignmentRule?
  private var now: Int64?
  private var policy: AssignmentPolicy?
  private var sites: [SiteKnowledge] = []
  private var agents: [AgentCandidate] = []
  private var tickets: [TicketCandidate] = []
  private var omitted: Int?

  var record: AssignmentRecord? {
    guard hasTitle, let rule, let now, let policy, let omitted, omitted >= 0, omitted < 1 << 32 else { return nil }
    let isWhole = rule == .arrival ? tickets.count == 1 && !agents.isEmpty : agents.count == 1 && !tickets.isEmpty
    guard isWhole else { return nil }
    return AssignmentRecord(
      rule: rule, now: now, policy: policy, exactSites: sites, agents: agents, tickets: tickets, omitted: omitted)
  }

  /// False when the line is none of a record's.
  mutating func take(_ words: [Substring]) -> Bool {
    switch (words.first, words.count) {
    case ("relevo-assignment", 2): hasTitle = words[1] == "1"
    case ("rule", 2): rule = AssignmentRule(rawValue: String(words[1]))
    case ("now", 2): now = Int64(words[1])
    case ("policy", 4): policy = Self.policy(words)
    case ("omitted", 2): omitted = Int(words[1])
    case ("site", 5): return append(Self.site(words), to: &sites)
    case ("agent", 7): return append(agent(words), to: &agents)
    case ("ticket", 8): return append(ticket(words), to: &tickets)
    default: return false
    }
    return true
  }

  private func append<Element>(_ element: Element?, to list: inout [Element]) -> Bool {
    guard let element else { return false }
    list.append(element)
    return true
  }

  private static func policy(_ words: [Substring]) -> AssignmentPolicy? {
    guard let handling = Int64(words[1]), let handOver = Int64(words[2]), let penalty = Int64(words[3]) else {
      return nil
    }
    return AssignmentPolicy(
      handlingMilliseconds: handling, handOverMilliseconds: handOver, agePenaltyPerMille: penalty)
  }

  private static func site(_ words: [Substring]) -> SiteKnowledge? {
    guard let id = EntityID(hex: String(words[1])), let node = NodeID(hex: String(words[2])), let age = Int64(words[4])
    else { return nil }
    return SiteKnowledge(
      site: id, node: node, isHere: words[3] == "here", isReachable: words[3] != "down", ageMilliseconds: age)
  }

  private func agent(_ words: [Substring]) -> AgentCandidate? {
    let load = words[4].split(separator: "/")
    guard let id = EntityID(hex: String(words[1])), load.count == 2, let open = Int(load[0]),
      let capacity = Int(load[1]), let verdict = Self.verdict(words[6])
    else { return nil }
    let site = site(at: words[2])
    let agent = AgentLoad(
      person: id, site: site?.site ?? .zero, node: site?.node ?? .zero, isActive: words[3].contains("a"),
      isAvailable: words[3].contains("v"), capacity: capacity, openAssigned: open, lastAssignedAt: Int64(words[5]),
      skills: words[3].contains("s") ? nil : [])
    return AgentCandidate(agent: agent, verdict: verdict)
  }

  private func ticket(_ words: [Substring]) -> TicketCandidate? {
    guard let id = EntityID(hex: String(words[1])), let priority = Priority(name: String(words[3])),
      let created = Int64(words[4]), let verdict = Self.verdict(words[7])
    else { return nil }
    let site = site(at: words[5])?.site ?? .zero
    let ticket = WaitingTicket(
      id: id, number: String(words[2]), priority: priority, createdAt: created, custodianStream: .zero,
      custodianSite: site, category: EntityID(hex: String(words[6])), site: site)
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
