import Helpdesk
import OperationLog

/// Writes the lines of a record's text, each ending in a line feed. Words and their order are canonical; version 2.
///
/// ```
/// relevo-assignment 2
/// rule arrival
/// now <ms>
/// policy <policy's canonical text>
/// site <id> <node> here|up|down <age ms>
/// agent <id> @<site line> <letters> <open>/<capacity> <last ms or -> <verdict>
/// outlook @<site line> <ahead> <handling ms> <agents> <free> <on shift ms or -> <capacity ‰> <verdict>
/// ticket <id> <number> <priority> <created ms> @<site line> <category or -> <letters> <hops> <held ms or -> <verdict>
/// omitted <count>
/// ```
/// Site lines count from 0, `?` is an unknown site. An agent's letters are a (active), v (available), h (on shift),
/// s (skilled), l (speaks the language), u (the requester's usual agent), d (declined it); a ticket's are u (the agent
/// is the requester's usual one); `-` for none. A verdict is the score or the name of an `Exclusion`. The first agent,
/// site and ticket are the chosen ones.
struct RecordWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(512) }

  /// Takes over lines that were written before.
  mutating func append(_ lines: [UInt8]) { bytes.append(contentsOf: lines) }

  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  mutating func head(rule: AssignmentRule, now: Int64, policy: AssignmentPolicy) {
    text("relevo-assignment 2\nrule ")
    text(rule.rawValue)
    text("\nnow ")
    number(now)
    text("\npolicy ")
    words(of: policy)
    end()
  }

  /// The policy's canonical text.
  mutating func words(of policy: AssignmentPolicy) {
    let limits = policy.limits
    text("1")
    for value in [
      policy.handlingMilliseconds, policy.handOverMilliseconds, policy.agePenaltyPerMille, limits.workWeightPerMille,
      limits.absenceWeightPerMille, limits.hysteresisPerMille, limits.hopsMax,
    ] { word(value) }
    word(limits.acceptanceMinutesCritical)
    for value in [limits.acceptanceMinutesHigh, limits.acceptanceMinutesNormal, limits.acceptanceMinutesLow] {
      text("/")
      number(value)
    }
    word(limits.prefersUsualAgent ? 1 : 0)
    word(limits.takesOverCutOffWork ? 1 : 0)
    word(limits.alarmBelowPerMille)
    for value in [limits.alarmAbovePerMille, limits.alarmSamplesMin] {
      text("/")
      number(value)
    }
    word(limits.horizonMinutes)
    word(limits.freshMilliseconds)
  }

  mutating func line(_ site: SiteKnowledge) {
    text("site ")
    hex(site.site.high, site.site.low)
    space()
    hex(site.node.high, site.node.low)
    text(site.isHere ? " here " : site.isReachable ? " up " : " down ")
    number(site.ageMilliseconds)
    end()
  }

  /// The subject is the ticket that the agents were weighed for; nil where a ticket was chosen.
  mutating func line(_ candidate: AgentCandidate, subject: WaitingTicket?, sites: [SiteKnowledge]) {
    let agent = candidate.agent
    text("agent ")
    hex(agent.person.high, agent.person.low)
    place(agent.site, sites)
    space()
    let start = bytes.count
    if agent.isActive { text("a") }
    if agent.isAvailable { text("v") }
    if agent.isOnShift { text("h") }
    if agent.isSkilled(for: subject?.category) { text("s") }
    if agent.speaks(subject?.language) { text("l") }
    if let subject {
      if subject.usualAgent == agent.person { text("u") }
      if subject.declinedBy.contains(agent.person) { text("d") }
    }
    if bytes.count == start { text("-") }
    space()
    number(Int64(agent.openAssigned))
    text("/")
    number(Int64(agent.capacity))
    space()
    optional(agent.lastAssignedAt)
    verdict(candidate.verdict)
  }

  mutating func line(_ candidate: SiteCandidate, sites: [SiteKnowledge]) {
    let outlook = candidate.outlook
    text("outlook")
    place(outlook.site.site, sites)
    for value in [
      Int64(outlook.ticketsAhead), outlook.handlingMilliseconds, Int64(outlook.eligibleAgents),
      Int64(outlook.freeAgents),
    ] {
      space()
      number(value)
    }
    space()
    optional(outlook.onShiftAt)
    space()
    number(outlook.capacityPerMille)
    verdict(candidate.verdict)
  }

  /// The agent is the one that the ticket was weighed for.
  mutating func line(_ candidate: TicketCandidate, agent: AgentLoad?, sites: [SiteKnowledge]) {
    let ticket = candidate.ticket
    text("ticket ")
    hex(ticket.id.high, ticket.id.low)
    space()
    label(ticket.number)
    space()
    text(ticket.priority.name)
    space()
    number(ticket.createdAt)
    place(ticket.custodianSite, sites)
    space()
    if let category = ticket.category { hex(category.high, category.low) } else { text("-") }
    text(agent != nil && ticket.usualAgent == agent?.person ? " u " : " - ")
    number(Int64(ticket.hops))
    space()
    optional(ticket.heldMilliseconds)
    verdict(candidate.verdict)
  }

  mutating func omitted(_ count: Int) {
    text("omitted ")
    number(Int64(count))
    end()
  }

  // MARK: Words

  private mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }
  private mutating func space() { bytes.append(0x20) }
  private mutating func end() { bytes.append(0x0A) }

  private mutating func word(_ value: Int64) {
    space()
    number(value)
  }

  private mutating func hex(_ high: UInt64, _ low: UInt64) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
      for place in 0..<16 {
        digits[place] = Self.digit(high, place)
        digits[16 + place] = Self.digit(low, place)
      }
      bytes.append(contentsOf: digits)
    }
  }

  /// The hexadecimal digit at this place from the left.
  private static func digit(_ word: UInt64, _ place: Int) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * place)) & 15
    return value + (value < 10 ? 48 : 87)
  }

  private mutating func number(_ value: Int64) {
    if value >= 0 && value < 10 { return bytes.append(48 + UInt8(truncatingIfNeeded: value)) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = value.magnitude
      var place = 20
      repeat {
        place -= 1
        digits[place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if value < 0 { bytes.append(45) }
      bytes.append(contentsOf: digits[place...])
    }
  }

  private mutating func optional(_ value: Int64?) {
    if let value { number(value) } else { text("-") }
  }

  /// Numbers are short upper-case tokens; anything else is left out so that one word stays one word.
  private mutating func label(_ number: String) {
    let start = bytes.count
    for byte in number.utf8.prefix(40)
    where (65...90).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46 {
      bytes.append(byte)
    }
    if bytes.count == start { text("?") }
  }

  private mutating func place(_ site: EntityID, _ sites: [SiteKnowledge]) {
    text(" @")
    if let index = sites.firstIndex(where: { $0.site == site }) { number(Int64(index)) } else { text("?") }
  }

  private mutating func verdict(_ verdict: Verdict) {
    space()
    switch verdict {
    case .eligible(let score): number(score)
    case .excluded(let reason): text(reason.rawValue)
    }
    end()
  }
}
