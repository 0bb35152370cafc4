import OperationLog

/// Custody and offers: who decides about a ticket, and whether the one to whom it was given takes it.
extension Decider {
  /// Decides the commands of this file; nil for all others.
  func decideCustody(_ request: Request) throws -> Decision? {
    switch request.command.body {
    case .handOver(let id, let handOver): return try self.handOver(id, handOver, request)
    case .handOverAutomatically(let id, let handOver): return try handOverAutomatically(id, handOver, request)
    case .acknowledgeHandOver(let id): return try acknowledgeHandOver(id, request)
    case .takeBackHandOver(let id): return try takeBackHandOver(id, request)
    case .takeOver(let id, let takeOver): return try self.takeOver(id, takeOver, request)
    case .acceptOffer(let id): return try acceptOffer(id, request)
    case .declineOffer(let id, let reason): return try declineOffer(id, reason, request)
    case .withdrawOffer(let id, let reason): return try withdrawOffer(id, reason, request)
    default: return nil
    }
  }

  // MARK: Handing over

  private func handOver(_ id: EntityID, _ handOver: HandOver, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    let reason = try clean(handOver.reason, field: "reason", bytesMax: Limit.reasonBytes)
    if ticket.isClosed { throw CommandRefusal.alreadyClosed }
    guard try mayHandOver(ticket) else {
      throw CommandRefusal.notCustodianSite(try code(of: ticket.custodian))
    }
    let target = try target(handOver.site, from: ticket)
    var changes = custody(of: target, stream: nil, rank: .person)
    if ticket.untouchedClaim != nil { changes += [.claim(.assignee, .none, rank: .person), .mark(.voice)] }
    return one(.handedOver, ticket, request, changes: changes, texts: [reason], isEntry: true)
  }

  private func handOverAutomatically(
    _ id: EntityID, _ handOver: AutomaticHandOver, _ request: Request
  ) throws -> Decision {
    let ticket = try knownTicket(id)
    guard request.author.isSystem, let stream = ticket.custodianStream, try reading.decides(for: stream),
      !ticket.isClosed, !ticket.assigneeHasStarted
    else { throw CommandRefusal.notCustodian }
    guard ticket.hops < Ticket.hopsMax else { throw CommandRefusal.movedTooOften }
    let target = try target(handOver.site, from: ticket)
    guard handOver.record.utf8.count <= Limit.reasonBytes else {
      throw CommandRefusal.fieldTooLong(field: "record", bytesMax: Limit.reasonBytes)
    }
    var changes = custody(of: target, stream: nil, rank: .automatic) + [.mark(.hop)]
    if ticket.untouchedClaim != nil { changes.append(.claim(.assignee, .none, rank: .automatic)) }
    return try byRule(
      .handedOver, ticket, rule: handOver.rule, cause: ticket.custodyClaim, changes: changes, text: handOver.record)
  }

  private func acknowledgeHandOver(_ id: EntityID, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    guard request.author.isSystem, ticket.isHandOverPending, let site = ticket.custodian,
      try reading.decides(for: reading.home.stream), try isServedHere(site)
    else { throw CommandRefusal.notCustodian }
    return try byRule(
      .handOverAcknowledged, ticket, rule: "hand-over/acknowledged", cause: ticket.custodyClaim,
      changes: custody(of: site, stream: reading.home.stream, rank: .automatic))
  }

  private func takeBackHandOver(_ id: EntityID, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    guard request.author.isSystem, ticket.isHandOverPending, try mayHandOver(ticket) else {
      throw CommandRefusal.notCustodian
    }
    return try byRule(
      .handOverTakenBack, ticket, rule: "hand-over/taken-back", cause: ticket.custodyClaim,
      changes: custody(of: reading.home.site, stream: reading.home.stream, rank: .automatic))
  }

  private func takeOver(_ id: EntityID, _ takeOver: TakeOver, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    let reason = try clean(takeOver.reason, field: "reason", bytesMax: Limit.reasonBytes)
    if ticket.isClosed { throw CommandRefusal.alreadyClosed }
    if try isHere(ticket) { throw CommandRefusal.alreadyCustodian }
    if takeOver.isCustodianReachable { throw CommandRefusal.custodianReachable(try code(of: ticket.custodian)) }
    let rank: ClaimRank = request.author.isSystem ? .automatic : .person
    var changes = custody(of: reading.home.site, stream: reading.home.stream, rank: rank)
    if request.author.isSystem {
      // A rule moves what nobody has, and no oftener than any rule may.
      guard ticket.assignee == nil, try reading.decides(for: reading.home.stream) else {
        throw CommandRefusal.notCustodian
      }
      guard ticket.hops < Ticket.hopsMax else { throw CommandRefusal.movedTooOften }
      changes.append(.mark(.hop))
      return try byRule(
        .takenOver, ticket, rule: "take-over/unreachable", cause: ticket.custodyClaim, changes: changes, text: reason)
    }
    if let person = request.author.person, ticket.assignee != person.id {
      changes += [.claim(.assignee, .identifier(person.id), rank: .person), .mark(.voice)]
    }
    return one(.takenOver, ticket, request, changes: changes, texts: [reason], isEntry: true)
  }

  // MARK: Offers

  private func acceptOffer(_ id: EntityID, _ request: Request) throws -> Decision {
    let ticket = try heldTicket(id, request)
    guard ticket.untouchedClaim != nil else { throw CommandRefusal.nothingToChange }
    var decision = one(.offerAccepted, ticket, request, changes: work(on: ticket, request))
    // What they accept is the offer as it stands, whatever their page showed.
    decision.drafts[0].observed = ticket.state.vector
    return decision
  }

  private func declineOffer(_ id: EntityID, _ reason: String, _ request: Request) throws -> Decision {
    let ticket = try heldTicket(id, request)
    let text = try clean(reason, field: "reason", bytesMax: Limit.reasonBytes)
    guard ticket.untouchedClaim != nil else { throw CommandRefusal.workStarted }
    var decision = one(
      .offerDeclined, ticket, request,
      changes: [
        .claim(.assignee, .none, rank: .automatic), .add(.declined, request.author.id.bytes),
      ], texts: [text], isEntry: true)
    decision.drafts[0].observed = ticket.state.vector
    return decision
  }

  private func withdrawOffer(_ id: EntityID, _ reason: WithdrawalReason, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    guard request.author.isSystem, let stream = ticket.custodianStream, try reading.decides(for: stream),
      let claim = ticket.untouchedClaim, let person = claim.value.identifier
    else { throw CommandRefusal.notCustodian }
    var changes: [Change] = [.claim(.assignee, .none, rank: .automatic)]
    if reason == .expired { changes += [.mark(.lapse), .add(.lapsed, person.bytes)] }
    return try byRule(
      .offerWithdrawn, ticket, rule: "offer/withdrawn", cause: claim, changes: changes, text: reason.rawValue)
  }

  /// The ticket, for the one to whom it is given; anybody else is told who has it.
  private func heldTicket(_ id: EntityID, _ request: Request) throws -> Ticket {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    guard let person = request.author.person else { throw CommandRefusal.notOffered(nil) }
    if ticket.isClosed { throw CommandRefusal.alreadyClosed }
    guard ticket.assignee == person.id else {
      let holder = try holder(of: ticket)
      throw ticket.lostClaim(of: person.id) != nil
        ? CommandRefusal.claimLost(holder) : CommandRefusal.notOffered(holder)
    }
    return ticket
  }

  // MARK: Words that somebody else's claim stops

  /// Throws when the author's words would reach a requester whom a colleague is serving, and the author cannot know.
  func refuseIfSomebodyElses(_ ticket: Ticket, _ request: Request) throws {
    guard let check = request.command.wordCheck, let author = request.author.person else { return }
    let rendered = request.command.rendered
    if ticket.assignee != author.id, check.heldClaim || ticket.lostClaim(of: author.id) != nil {
      let isKnown = ticket.assigneeClaim.map { rendered?.covers($0.reference.dot) ?? false } ?? false
      // A page that still believes to have it is out of date, even where parts of it were brought up to date since.
      if check.heldClaim || !isKnown { throw CommandRefusal.claimLost(try holder(of: ticket)) }
    }
    if check.stopsAtAnswers, let rendered {
      let answers = ticket.siblings(.lastWordBy).filter { $0.value.code == 1 && !rendered.covers($0.reference.dot) }
      if !answers.isEmpty { throw CommandRefusal.answeredMeanwhile }
    }
  }

  /// That the author has worked on it; nothing where they know that somebody else has it, because a colleague's help
  /// must not turn the winner round.
  ///
  /// The first work on one's own ticket is a claim of its own: it stands beside the claim of whoever takes the ticket at the
  /// same time, and beats it. `givesAway` is true for what changes the assignee itself.
  func work(on ticket: Ticket, _ request: Request, givesAway: Bool = false) -> [Change] {
    let author = request.author.id
    if ticket.lostClaim(of: author) != nil { return [] }
    var changes: [Change] = [.saw(.work, author.bytes)]
    if !givesAway, ticket.assignee == author, !ticket.assigneeHasStarted {
      changes.append(.claim(.assignee, .identifier(author), rank: .started))
    }
    // Work under a custody that moved makes it the stronger one, should it turn out to be forked.
    if ticket.hasMoved, let stream = ticket.custodianStream { changes.append(.saw(.work, EntityID(stream).bytes)) }
    return changes
  }

  // MARK: Shared

  private func custody(of site: EntityID, stream: StreamID?, rank: ClaimRank) -> [Change] {
    [
      .claim(.custodian, .identifier(site), rank: rank),
      .claim(.custodianStream, stream.map { .identifier(EntityID($0)) } ?? .none, rank: rank),
    ]
  }

  /// True at the custodian, and while a hand-over is unanswered at the office that made it.
  private func mayHandOver(_ ticket: Ticket) throws -> Bool {
    if let stream = ticket.custodianStream { return try reading.decides(for: stream) }
    guard let claim = ticket.custodyClaim else { return false }
    return try reading.decides(for: claim.reference.stream)
  }

  private func isHere(_ ticket: Ticket) throws -> Bool {
    guard let stream = ticket.custodianStream else { return false }
    return try reading.decides(for: stream)
  }

  private func isServedHere(_ site: EntityID) throws -> Bool {
    if let node = try reading.site(site)?.node { return node == reading.home.node }
    return site == reading.home.site
  }

  private func target(_ site: EntityID, from ticket: Ticket) throws -> EntityID {
    guard let known = try reading.site(site) else {
      throw CommandRefusal.referenceUnknown(field: "site", value: site.description)
    }
    guard site != ticket.custodian, try !isServedHere(site) || ticket.isHandOverPending else {
      throw CommandRefusal.alreadyCustodian
    }
    // Nobody there could say that they have it.
    guard known.node != nil else { throw CommandRefusal.referenceUnknown(field: "site", value: known.code) }
    return site
  }

  private func code(of site: EntityID?) throws -> String {
    try site.flatMap { try reading.site($0)?.code } ?? "?"
  }

  /// Who has it now; nil for nobody.
  private func holder(of ticket: Ticket) throws -> ClaimHolder? {
    guard let id = ticket.assignee else { return nil }
    let person = try reading.person(id)
    let name = person.map { $0.name.isEmpty ? $0.email : $0.name } ?? "?"
    return ClaimHolder(person: id, name: name, site: try code(of: person?.site))
  }

  /// An operation of a rule, whose name follows from the rule, the ticket and the claim that caused it: doing it again is the
  /// same operation.
  private func byRule(
    _ kind: OperationKind, _ ticket: Ticket, rule: String, cause: Sibling?, changes: [Change], text: String? = nil
  ) throws -> Decision {
    var writer = ByteWriter(reserving: 32)
    if let cause = cause?.reference {
      writer.identifier(cause.stream)
      writer.fixed64(cause.sequence)
      // Two copies of a node write two claims at one place, and each is answered for itself.
      writer.fixed32(cause.hashPrefix)
    }
    let entry = hashing.entry(rule: rule, ticket: ticket.id, cause: writer.bytes)
    if try reading.holdsEntry(entry) { throw CommandRefusal.notCustodian }
    let draft = OperationDraft(
      kind: kind, entity: ticket.id, entry: entry, actor: .zero, changes: changes, texts: text.map { [$0] } ?? [],
      observed: ticket.state.vector)
    return Decision(drafts: [draft], entity: ticket.id)
  }
}
