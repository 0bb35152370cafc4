package import OperationLog

/// A text field's value: which segment of which operation holds it.
package struct TextReference: Hashable, Sendable {
  package let dot: Dot
  package let index: Int

  package init(dot: Dot, index: Int) {
    self.dot = dot
    self.index = index
  }
}

/// A ticket as people see it, derived from its merged state; every node derives the same.
package struct Ticket: Sendable {
  package let id: EntityID
  package let state: EntityState

  package init(id: EntityID, state: EntityState) {
    self.id = id
    self.state = state
  }

  /// False while only later operations of it have arrived.
  package var isOpened: Bool { state.register(TicketField.createdAt.rawValue) != nil }

  /// The displayed number, and every other one it was given, earliest first.
  package var numbers: [String] {
    state.elements(TicketField.number.rawValue)
      .compactMap { element -> (HybridTime, DotReference, String)? in
        guard let first = element.register.earliest else { return nil }
        return (first.clock, first.reference, String(decoding: element.element, as: UTF8.self))
      }
      .sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }
      .map(\.2)
  }

  package var subject: TextReference? { textReference(.subject) }
  package var description: TextReference? { textReference(.description) }

  package var requester: EntityID? { value(.requester)?.identifier }
  package var site: EntityID? { value(.site)?.identifier }
  package var category: EntityID? { value(.category)?.identifier }
  package var queue: EntityID? { value(.queue)?.identifier }
  /// 1…3, whatever a peer wrote.
  package var level: Int { Int(min(max(value(.level)?.code ?? 1, 1), 3)) }
  package var channel: Channel { value(.channel)?.code.flatMap(Channel.init(rawValue:)) ?? .portal }
  package var urgency: Urgency { value(.urgency)?.code.flatMap(Urgency.init(rawValue:)) ?? .normal }
  package var impact: Impact { value(.impact)?.code.flatMap(Impact.init(rawValue:)) ?? .low }
  package var priorityOverride: Priority? { value(.priority)?.code.flatMap(Priority.init(rawValue:)) }
  package var priority: Priority { priorityOverride ?? Priority(impact: impact, urgency: urgency) }
  package var tags: [String] {
    state.members(TicketField.tag.rawValue).map { String(decoding: $0, as: UTF8.self) }
  }

  package var createdAt: Int64 {
    state.register(TicketField.createdAt.rawValue)?.siblings.compactMap(\.value.number).min() ?? 0
  }
  /// The first public word of an agent, milliseconds UTC.
  package var firstAnsweredAt: Int64? {
    state.register(TicketField.firstAnsweredAt.rawValue)?.siblings.compactMap(\.value.number).min()
  }
  package var resolvedAt: Int64? {
    switch status {
    case .resolved, .closed: value(.resolvedAt)?.number
    case .open, .waiting: nil
    }
  }
  package var lastWordIsRequesters: Bool { value(.lastWordBy)?.code == 2 }

  // MARK: Status

  /// The winner leans to the visible side: open before waiting before resolved before closed.
  private var statusWinner: Sibling? {
    state.register(TicketField.status.rawValue)?.siblings.max {
      (-Int64(clamping: ($0.value.code ?? 0) & 0xff), $0.clock, $0.reference)
        < (-Int64(clamping: ($1.value.code ?? 0) & 0xff), $1.clock, $1.reference)
    }
  }

  /// What the status register says, before unseen words are considered.
  private var writtenStatus: TicketStatus {
    statusWinner?.value.code.flatMap { TicketStatus(rawValue: $0 & 0xff) } ?? .open
  }

  /// True when it was resolved or closed by somebody who had not seen a requester's word or a reassignment: stays
  /// open.
  ///
  /// What the closing person had seen is asked of the closing operation itself: the register's context also holds
  /// what earlier writers had seen, and their operations may have arrived here before the words they answered.
  package var needsReview: Bool {
    guard writtenStatus == .resolved || writtenStatus == .closed,
      let register = state.register(TicketField.status.rawValue)
    else { return false }
    // The winner leans to the visible side, so every sibling of a resolved or closed winner is an ending too.
    let endings = register.siblings.map { sibling in
      let seen = state.register(TicketField.ending.rawValue, Self.mark(of: sibling.reference.dot))?.context
      return (dot: sibling.reference.dot, seen: seen ?? register.context)
    }
    return state.elements(TicketField.voice.rawValue).contains { voice in
      guard let dot = Self.dot(ofMark: voice.element) else { return false }
      return !endings.contains { ending in
        ending.dot == dot || ending.seen.covers(dot) || voice.register.context.covers(ending.dot)
      }
    }
  }

  package var status: TicketStatus { needsReview ? .open : writtenStatus }

  package var waitingReason: WaitingReason? {
    guard status == .waiting, let code = statusWinner?.value.code else { return nil }
    return WaitingReason(rawValue: code >> 8)
  }

  package var stage: TicketStage {
    switch status {
    case .waiting: return .waiting
    case .resolved: return .resolved
    case .closed: return .closed
    case .open:
      guard assignee != nil else { return .new }
      return assigneeHasStarted ? .inProgress : .assigned
    }
  }

  package var isClosed: Bool { status == .resolved || status == .closed }

  // MARK: Claims

  /// The assignee claim that wins: started work, then a person's claim, then an automatic one; the earlier clock;
  /// the stream.
  package var assigneeClaim: Sibling? {
    state.register(TicketField.assignee.rawValue)?.siblings.min { claimOrder($0) < claimOrder($1) }
  }

  package var assignee: EntityID? { assigneeClaim?.value.identifier }

  /// True when the assignee has worked on it knowing the assignment.
  package var assigneeHasStarted: Bool { assigneeClaim.map(hasStarted) ?? false }

  /// Concurrent claims of other people that lost, in dot order: each of them is told.
  package var lostClaims: [Sibling] {
    guard let winner = assigneeClaim, let register = state.register(TicketField.assignee.rawValue) else { return [] }
    return register.siblings.filter { $0.value != winner.value && $0.value.identifier != nil }
  }

  /// True when somebody worked on it knowing the claim: the person for an assignment, anybody for a custody, under the
  /// name of its stream.
  package func hasStarted(_ claim: Sibling) -> Bool {
    guard let person = claim.value.identifier else { return false }
    if claim.rank == ClaimRank.started.rawValue { return true }
    return state.register(TicketField.work.rawValue, person.bytes)?.context.covers(claim.reference.dot) ?? false
  }

  /// Less is stronger; the same at every node.
  func claimOrder(_ claim: Sibling) -> (Int, HybridTime, DotReference) {
    let strength = hasStarted(claim) ? 3 : Int(claim.rank)
    return (-strength, claim.clock, claim.reference)
  }

  // MARK: Conflicts

  /// Fields in which several people's values stand side by side, in tag order.
  package var conflicts: [TicketField] {
    TicketField.disputable.filter { state.register($0.rawValue)?.isDisputed ?? false }
  }

  /// The values side by side, in dot order; empty when the field was never written.
  package func siblings(_ field: TicketField) -> [Sibling] { state.register(field.rawValue)?.siblings ?? [] }

  private func value(_ field: TicketField) -> Value? { state.value(field.rawValue) }

  private func textReference(_ field: TicketField) -> TextReference? {
    guard let sibling = state.register(field.rawValue)?.latest, case .text(let index) = sibling.value else {
      return nil
    }
    return TextReference(dot: sibling.reference.dot, index: index)
  }

  private static func mark(of dot: Dot) -> [UInt8] {
    var writer = ByteWriter(reserving: 24)
    writer.identifier(dot.stream)
    writer.fixed64(dot.sequence)
    return writer.bytes
  }

  private static func dot(ofMark element: [UInt8]) -> Dot? {
    guard element.count == 24, let stream = StreamID(bytes: element.prefix(16)) else { return nil }
    return Dot(stream: stream, sequence: element.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
