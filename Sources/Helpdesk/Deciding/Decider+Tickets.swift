package import OperationLog

extension Decider {
  // MARK: Opening

  func open(_ body: OpenTicket, _ request: Request) throws -> Decision {
    let id =
      body.source.map { hashing.entity(source: $0.name, id: $0.id) }
      ?? hashing.entity(actor: request.author.id, key: request.key)
    if let existing = try reading.ticket(id), existing.isOpened { return Decision(drafts: [], entity: id) }
    if body.source != nil { try request.require(.admin) }

    let subject = try clean(body.subject, field: "subject", bytesMax: Limit.subjectBytes, isOneLine: true)
    let description = try clean(
      body.description, field: "description", bytesMax: Limit.descriptionBytes, mayBeEmpty: true)
    let requester = try requester(of: body, request)
    let site = try site(of: body, requester: requester.person)
    if let category = body.category, try reading.category(category) == nil {
      throw CommandRefusal.referenceUnknown(field: "category", value: category.description)
    }
    if let queue = body.queue, try reading.queue(queue) == nil {
      throw CommandRefusal.referenceUnknown(field: "queue", value: queue.description)
    }
    let tags = try cleanTags(body.tags)
    let number = try reading.takeTicketNumber()
    let happened = request.command.occurredAt ?? now

    var changes: [Change] = [
      .set(.subject, .text(0)), .set(.description, .text(1)), .set(.status, .code(TicketStatus.open.rawValue)),
      .set(.urgency, .code(body.urgency.rawValue)), .set(.impact, .code(body.impact.rawValue)),
      .set(.requester, .identifier(requester.id)), .set(.site, .identifier(site)),
      .set(.channel, .code(body.channel.rawValue)), .set(.createdAt, .number(happened)),
      .claim(.custodian, .identifier(reading.home.site), rank: .automatic),
      .claim(.custodianStream, .identifier(EntityID(reading.home.stream)), rank: .automatic),
      .add(.number, Array(number.description.utf8)),
    ]
    if let category = body.category { changes.append(.set(.category, .identifier(category))) }
    if let queue = body.queue { changes.append(.set(.queue, .identifier(queue))) }
    for tag in tags { changes.append(.add(.tag, Array(tag.utf8))) }
    let people = [request.author.person?.email, requester.email].compactMap { $0 }
    let opening = OperationDraft(
      kind: .ticketOpened, entity: id, actor: request.author.id, occurredAt: request.command.occurredAt,
      changes: changes, texts: [subject, description], people: unique(people), observed: ObservedVector())
    return Decision(drafts: requester.drafts + [opening], entity: id)
  }

  private func requester(
    of body: OpenTicket, _ request: Request
  ) throws -> (id: EntityID, email: String, person: Person?, drafts: [OperationDraft]) {
    guard let email = body.requesterEmail else {
      guard let person = request.author.person else { throw CommandRefusal.fieldEmpty(field: "requester") }
      return (person.id, person.email, person, [])
    }
    let normalised = try normalisedEmail(email, field: "requester")
    let id = hashing.person(email: normalised)
    if let person = try reading.person(id) {
      if id != request.author.person?.id { try request.require(.agent) }
      return (id, normalised, person, [])
    }
    try request.require(.agent)
    let site = body.site ?? reading.home.site
    let definition = PersonDefinition(email: normalised, role: .employee, site: site, language: "es")
    return (id, normalised, nil, [try personDraft(id, definition, nil, request)])
  }

  private func site(of body: OpenTicket, requester: Person?) throws -> EntityID {
    guard let site = body.site else { return requester?.site ?? reading.home.site }
    guard try reading.site(site) != nil else {
      throw CommandRefusal.referenceUnknown(field: "site", value: site.description)
    }
    return site
  }

  // MARK: Editing

  func edit(_ id: EntityID, _ edit: TicketEdit, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    let plan = try plan(edit, for: ticket, happened: request.command.occurredAt ?? now)
    try refuseIfChanged(plan.fields, of: ticket, request)
    guard !plan.changes.isEmpty else { throw CommandRefusal.nothingToChange }
    var changes = plan.changes + work(on: ticket, request, givesAway: edit.assignee != nil)
    if edit.assignee != nil { changes.append(.mark(.voice)) }
    let onlyAssigns = plan.fields == [.assignee]
    return one(
      onlyAssigns ? .assigned : .ticketEdited, ticket, request, changes: changes, texts: plan.texts)
  }

  private struct EditPlan {
    var changes: [Change] = []
    var texts: [String] = []
    var fields: [TicketField] = []

    mutating func set(_ field: TicketField, _ value: Value) {
      changes.append(.set(field, value))
      fields.append(field)
    }

    mutating func setText(_ field: TicketField, _ text: String) {
      set(field, .text(texts.count))
      texts.append(text)
    }
  }

  private func plan(_ edit: TicketEdit, for ticket: Ticket, happened: Int64) throws -> EditPlan {
    var plan = EditPlan()
    if let subject = edit.subject {
      plan.setText(
        .subject, try clean(subject, field: "subject", bytesMax: Limit.subjectBytes, isOneLine: true))
    }
    if let description = edit.description {
      plan.setText(
        .description,
        try clean(description, field: "description", bytesMax: Limit.descriptionBytes, mayBeEmpty: true))
    }
    if let status = try statusChange(edit, of: ticket) {
      plan.set(.status, status.value)
      let isSolved = status.status == .resolved || status.status == .closed
      if isSolved { plan.changes.append(.mark(.ending)) }
      if isSolved, !ticket.isClosed { plan.changes.append(.set(.resolvedAt, .number(happened))) }
    }
    if let urgency = edit.urgency { plan.set(.urgency, .code(urgency.rawValue)) }
    if let impact = edit.impact { plan.set(.impact, .code(impact.rawValue)) }
    if let priority = edit.priority { plan.set(.priority, priority.map { .code($0.rawValue) } ?? .none) }
    if let category = edit.category {
      if let category, try reading.category(category) == nil {
        throw CommandRefusal.referenceUnknown(field: "category", value: category.description)
      }
      plan.set(.category, category.map(Value.identifier) ?? .none)
    }
    if let queue = edit.queue {
      if let queue, try reading.queue(queue) == nil {
        throw CommandRefusal.referenceUnknown(field: "queue", value: queue.description)
      }
      plan.set(.queue, queue.map(Value.identifier) ?? .none)
    }
    if let assignee = edit.assignee {
      if let assignee { try requireAgent(assignee) }
      plan.changes.append(.claim(.assignee, assignee.map(Value.identifier) ?? .none, rank: .person))
      plan.fields.append(.assignee)
    }
    if let tags = edit.tags {
      let wanted = try cleanTags(tags)
      let present = ticket.tags
      for tag in wanted where !present.contains(tag) { plan.changes.append(.add(.tag, Array(tag.utf8))) }
      for tag in present where !wanted.contains(tag) { plan.changes.append(.remove(.tag, Array(tag.utf8))) }
    }
    return plan
  }

  private func statusChange(_ edit: TicketEdit, of ticket: Ticket) throws(CommandRefusal) -> (
    status: TicketStatus, value: Value
  )? {
    guard let status = edit.status ?? (edit.waitingReason != nil ? .waiting : nil) else { return nil }
    guard status == .waiting else { return (status, .code(status.rawValue)) }
    guard let reason = edit.waitingReason ?? ticket.waitingReason else { throw .waitingReasonMissing }
    return (status, .code(TicketStatus.waiting.rawValue | reason.rawValue << 8))
  }

  // MARK: Words

  func reply(_ id: EntityID, _ body: String, _ isInternal: Bool, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    let isRequester = ticket.requester == request.author.id
    if isInternal || !isRequester { try request.require(.agent) }
    let text = try clean(body, field: "body", bytesMax: Limit.bodyBytes)
    var changes: [Change] = []
    if isRequester && !isInternal {
      changes.append(.set(.lastWordBy, .code(2)))
      changes.append(.mark(.voice))
      // What they were asked for has come: the ticket no longer waits for them.
      if ticket.status == .waiting, ticket.waitingReason == .requester {
        changes.append(.set(.status, .code(TicketStatus.open.rawValue)))
      }
    } else {
      if !isInternal { try refuseIfSomebodyElses(ticket, request) }
      changes += work(on: ticket, request)
      if !isInternal {
        changes.append(.set(.lastWordBy, .code(1)))
        if ticket.firstAnsweredAt == nil {
          changes.append(.set(.firstAnsweredAt, .number(request.command.occurredAt ?? now)))
        }
      }
    }
    return one(isInternal ? .noted : .replied, ticket, request, changes: changes, texts: [text], isEntry: true)
  }

  // MARK: Assignment

  func assign(_ id: EntityID, to person: EntityID?, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    if let person { try requireAgent(person) }
    try refuseIfChanged([.assignee], of: ticket, request)
    if ticket.assignee == person {
      guard let person else { throw CommandRefusal.nothingToChange }
      throw CommandRefusal.alreadyAssigned(person)
    }
    let changes: [Change] = [
      .claim(.assignee, person.map(Value.identifier) ?? .none, rank: .person), .mark(.voice),
    ]
    return one(.assigned, ticket, request, changes: changes)
  }

  func take(_ id: EntityID, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    guard let person = request.author.person else { throw CommandRefusal.notAllowed(needs: .agent) }
    try refuseIfChanged([.assignee], of: ticket, request)
    if ticket.assignee == person.id { throw CommandRefusal.alreadyAssigned(person.id) }
    let changes: [Change] = [.claim(.assignee, .identifier(person.id), rank: .person), .mark(.voice)]
    return one(.taken, ticket, request, changes: changes)
  }

  func assignAutomatically(
    _ id: EntityID, _ assignment: AutomaticAssignment, _ request: Request
  ) throws -> Decision {
    let ticket = try knownTicket(id)
    guard request.author.isSystem, let custodian = ticket.custodianStream, try reading.decides(for: custodian),
      ticket.assignee == nil, !ticket.isClosed, !ticket.declinedBy.contains(assignment.agent)
    else { throw CommandRefusal.notCustodian }
    try requireAgent(assignment.agent)
    guard assignment.record.utf8.count <= Limit.reasonBytes else {
      throw CommandRefusal.fieldTooLong(field: "record", bytesMax: Limit.reasonBytes)
    }
    let claims = ticket.state.register(TicketField.assignee.rawValue)
    let cause = (claims?.context.bytes ?? []) + (claims?.siblings.flatMap { $0.reference.stream.bytes } ?? [])
    let entry = hashing.entry(rule: assignment.rule, ticket: id, cause: cause)
    if try reading.holdsEntry(entry) { throw CommandRefusal.notCustodian }
    let draft = OperationDraft(
      kind: .assignedAutomatically, entity: id, entry: entry, actor: .zero,
      changes: [.claim(.assignee, .identifier(assignment.agent), rank: .automatic)], texts: [assignment.record],
      observed: ticket.state.vector)
    return Decision(drafts: [draft], entity: id)
  }

  func escalate(_ id: EntityID, _ escalation: Escalation, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    let reason = try clean(escalation.reason, field: "reason", bytesMax: Limit.reasonBytes)
    if ticket.isClosed { throw CommandRefusal.alreadyClosed }
    if let person = escalation.person { try requireAgent(person) }
    try refuseIfChanged([.queue, .assignee], of: ticket, request)
    var changes: [Change] = []
    var level = min(ticket.level + 1, 3)
    if let queue = escalation.queue {
      guard let known = try reading.queue(queue) else {
        throw CommandRefusal.referenceUnknown(field: "to", value: queue.description)
      }
      level = max(known.level, ticket.level)
      changes.append(.set(.queue, .identifier(queue)))
    }
    changes.append(.set(.level, .code(UInt64(level))))
    changes.append(.claim(.assignee, escalation.person.map(Value.identifier) ?? .none, rank: .person))
    changes.append(.mark(.voice))
    changes += work(on: ticket, request, givesAway: true)
    return one(.escalated, ticket, request, changes: changes, texts: [reason], isEntry: true)
  }

  // MARK: Ending and beginning again

  func close(_ id: EntityID, _ resolution: String, _ isFinal: Bool, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    let isRequester = ticket.requester == request.author.id
    if !isRequester { try request.require(.agent) }
    let confirms = isRequester && ticket.status == .resolved
    let text = try clean(
      resolution, field: "resolution", bytesMax: Limit.bodyBytes, mayBeEmpty: isRequester)
    guard ticket.status != .closed else { throw CommandRefusal.alreadyClosed }
    try refuseIfChanged([.status], of: ticket, request)
    let status: TicketStatus = isFinal || confirms ? .closed : .resolved
    var changes: [Change] = [.set(.status, .code(status.rawValue)), .mark(.ending)]
    if !ticket.isClosed { changes.append(.set(.resolvedAt, .number(request.command.occurredAt ?? now))) }
    if !isRequester {
      try refuseIfSomebodyElses(ticket, request)
      changes += work(on: ticket, request)
      changes.append(.set(.lastWordBy, .code(1)))
      if ticket.firstAnsweredAt == nil {
        changes.append(.set(.firstAnsweredAt, .number(request.command.occurredAt ?? now)))
      }
    }
    return one(.closed, ticket, request, changes: changes, texts: [text], isEntry: true)
  }

  func reopen(_ id: EntityID, _ reason: String, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    let isRequester = ticket.requester == request.author.id
    if !isRequester { try request.require(.agent) }
    let text = try clean(reason, field: "reason", bytesMax: Limit.reasonBytes, mayBeEmpty: true)
    guard ticket.isClosed || ticket.needsReview else { throw CommandRefusal.notClosed }
    var changes: [Change] = [.set(.status, .code(TicketStatus.open.rawValue))]
    if isRequester {
      changes.append(.set(.lastWordBy, .code(2)))
      changes.append(.mark(.voice))
    }
    return one(.reopened, ticket, request, changes: changes, texts: [text], isEntry: true)
  }

  // MARK: Shared

  func knownTicket(_ id: EntityID) throws -> Ticket {
    guard let ticket = try reading.ticket(id), ticket.isOpened else { throw CommandRefusal.ticketUnknown }
    return ticket
  }

  func requireAgent(_ id: EntityID) throws {
    guard let person = try reading.person(id), person.isActive, person.role >= .agent else {
      throw CommandRefusal.notAnAgent(id)
    }
  }

  /// Refuses when a field holds a value the author's page did not show.
  func refuseIfChanged(_ fields: [TicketField], of ticket: Ticket, _ request: Request) throws(CommandRefusal) {
    guard request.command.refusesIfChanged, let rendered = request.command.rendered else { return }
    let changed = fields.filter { field in
      ticket.siblings(field).contains { !rendered.covers($0.reference.dot) }
    }
    guard changed.isEmpty else { throw .changedMeanwhile(fields: changed) }
  }

  func one(
    _ kind: OperationKind, _ ticket: Ticket, _ request: Request, changes: [Change], texts: [String] = [],
    isEntry: Bool = false
  ) -> Decision {
    let draft = OperationDraft(
      kind: kind, entity: ticket.id, entry: isEntry ? entry(request) : nil, actor: request.author.id,
      occurredAt: request.command.occurredAt, changes: changes, texts: texts,
      people: texts.isEmpty ? [] : [request.author.person?.email].compactMap { $0 },
      observed: request.command.rendered ?? ticket.state.vector)
    return Decision(drafts: [draft], entity: ticket.id)
  }

  private func cleanTags(_ tags: [String]) throws(CommandRefusal) -> [String] {
    guard tags.count <= Limit.tagsMax else { throw .fieldTooLong(field: "tags", bytesMax: Limit.tagsMax) }
    var result: [String] = []
    for tag in tags {
      let text = try clean(tag, field: "tags", bytesMax: Limit.tagBytes, isOneLine: true).lowercased()
      let joined = String(text.map { $0 == " " ? "-" : $0 })
      if !result.contains(joined) { result.append(joined) }
    }
    return result
  }

  private func unique(_ people: [String]) -> [String] {
    people.enumerated().filter { people.firstIndex(of: $0.element) == $0.offset }.map(\.element)
  }
}

extension Change {
  static func set(_ field: TicketField, _ value: Value) -> Change { .set(tag: field.rawValue, value) }
  static func claim(_ field: TicketField, _ value: Value, rank: ClaimRank) -> Change {
    .claim(tag: field.rawValue, value, rank: rank)
  }
  static func add(_ field: TicketField, _ element: [UInt8]) -> Change { .add(tag: field.rawValue, element) }
  static func remove(_ field: TicketField, _ element: [UInt8]) -> Change { .remove(tag: field.rawValue, element) }
  static func saw(_ field: TicketField, _ element: [UInt8]) -> Change { .saw(tag: field.rawValue, element) }
  static func mark(_ field: TicketField) -> Change { .mark(tag: field.rawValue) }
}

extension EntityID {
  /// A stream as a value of a field.
  package init(_ stream: StreamID) { self.init(high: stream.high, low: stream.low) }
  /// A node as an entity.
  package init(_ node: NodeID) { self.init(high: node.high, low: node.low) }
}
