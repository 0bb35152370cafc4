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

  init(reserving count: Int = 512) { bytes.reserveCapacity(count) }

  /// Takes over lines that were written before.
  mutating func append(_ lines: RecordWriter) { bytes.append(contentsOf: lines.bytes) }

  mutating func append(_ line: RecordLine) { bytes.append(contentsOf: line.bytes) }

  /// Appends what `write` puts on one line.
  mutating func line(_ write: (inout RecordLine) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: RecordLine.bytesMax) { room in
      guard let start = room.baseAddress else { preconditionFailure("room of \(room.count) bytes") }
      var line = RecordLine(start)
      write(&line)
      bytes.append(contentsOf: line.bytes)
    }
  }
}

extension RecordLine {
  mutating func head(rule: AssignmentRule, now: Int64, policy: AssignmentPolicy) {
    text("relevo-assignment 2\nrule ")
    name(rule.rawValue)
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
    word(policy.handlingMilliseconds)
    word(policy.handOverMilliseconds)
    word(policy.agePenaltyPerMille)
    word(limits.workWeightPerMille)
    word(limits.absenceWeightPerMille)
    word(limits.hysteresisPerMille)
    word(limits.hopsMax)
    word(limits.acceptanceMinutesCritical)
    part(limits.acceptanceMinutesHigh)
    part(limits.acceptanceMinutesNormal)
    part(limits.acceptanceMinutesLow)
    word(limits.prefersUsualAgent ? 1 : 0)
    word(limits.takesOverCutOffWork ? 1 : 0)
    word(limits.alarmBelowPerMille)
    part(limits.alarmAbovePerMille)
    part(limits.alarmSamplesMin)
    word(limits.horizonMinutes)
    word(limits.freshMilliseconds)
  }

  mutating func site(_ site: SiteKnowledge) {
    text("site ")
    hex(site.site.high, site.site.low)
    space()
    hex(site.node.high, site.node.low)
    text(site.isHere ? " here " : site.isReachable ? " up " : " down ")
    number(site.ageMilliseconds)
    end()
  }

  /// The subject is the ticket that the agents were weighed for; nil where a ticket was chosen. `place` is the line of the
  /// agent's site, counted from 0; nil for an unknown one.
  mutating func agent(_ candidate: AgentCandidate, subject: WaitingTicket?, place: Int?) {
    text("agent ")
    hex(candidate.agent.person.high, candidate.agent.person.low)
    self.place(place)
    space()
    let start = count
    if candidate.agent.isActive { text("a") }
    if candidate.agent.isAvailable { text("v") }
    if candidate.agent.isOnShift { text("h") }
    if candidate.agent.isSkilled(for: subject?.category) { text("s") }
    if candidate.agent.speaks(subject?.language) { text("l") }
    if let subject {
      if let usual = subject.usualAgent, usual.isSame(as: candidate.agent.person) { text("u") }
      if !subject.declinedBy.isEmpty, subject.declinedBy.contains(candidate.agent.person) { text("d") }
    }
    if count == start { text("-") }
    space()
    number(Int64(candidate.agent.openAssigned))
    text("/")
    number(Int64(candidate.agent.capacity))
    space()
    optional(candidate.agent.lastAssignedAt)
    verdict(candidate.verdict)
  }

  mutating func outlook(_ candidate: SiteCandidate, place: Int?) {
    let outlook = candidate.outlook
    text("outlook")
    self.place(place)
    word(Int64(outlook.ticketsAhead))
    word(outlook.handlingMilliseconds)
    word(Int64(outlook.eligibleAgents))
    word(Int64(outlook.freeAgents))
    space()
    optional(outlook.onShiftAt)
    word(outlook.capacityPerMille)
    verdict(candidate.verdict)
  }

  /// The agent is the one that the ticket was weighed for, `place` the line of its custodian's site.
  mutating func ticket(_ candidate: TicketCandidate, agent: EntityID?, place: Int?) {
    let ticket = candidate.ticket
    text("ticket ")
    hex(ticket.id.high, ticket.id.low)
    space()
    label(ticket.number)
    space()
    name(ticket.priority.name)
    word(ticket.createdAt)
    self.place(place)
    space()
    if let category = ticket.category { hex(category.high, category.low) } else { text("-") }
    text(agent != nil && ticket.usualAgent == agent ? " u " : " - ")
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

  /// A further number of the same word.
  private mutating func part(_ value: Int64) {
    text("/")
    number(value)
  }

  /// Numbers are short upper-case tokens; anything else is left out so that one word stays one word.
  private mutating func label(_ number: String) {
    let start = count
    for each in number.utf8.prefix(40)
    where (65...90).contains(each) || (48...57).contains(each) || each == 45 || each == 46 {
      byte(each)
    }
    if count == start { text("?") }
  }

  private mutating func place(_ place: Int?) {
    text(" @")
    if let place { number(Int64(place)) } else { text("?") }
  }

  private mutating func verdict(_ verdict: Verdict) {
    space()
    switch verdict {
    case .eligible(let score): number(score)
    case .excluded(let reason): name(reason.rawValue)
    }
    end()
  }
}
