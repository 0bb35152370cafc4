import OperationLog

extension Decider {
  /// A person's choice among values that stand side by side; it replaces all of them its author had seen.
  func resolveConflict(_ id: EntityID, _ choice: FieldChoice, _ request: Request) throws -> Decision {
    let ticket = try knownTicket(id)
    try request.require(.agent)
    let field = choice.field
    guard TicketField.disputable.contains(field), ticket.conflicts.contains(field) else {
      throw CommandRefusal.notInConflict(field: field.name)
    }
    var texts: [String] = []
    let value = try value(choice, ticket, &texts)
    var changes: [Change] = [.set(field, value)] + work(on: ticket, request)
    if field == .status, let code = value.code, code & 0xff >= TicketStatus.resolved.rawValue {
      changes.append(.mark(.ending))
      if ticket.resolvedAt == nil { changes.append(.set(.resolvedAt, .number(now))) }
    }
    return one(.conflictResolved, ticket, request, changes: changes, texts: texts)
  }

  private func value(_ choice: FieldChoice, _ ticket: Ticket, _ texts: inout [String]) throws -> Value {
    switch choice.field {
    case .subject:
      texts = [try clean(choice.value, field: "value", bytesMax: Limit.subjectBytes, isOneLine: true)]
      return .text(0)
    case .description:
      texts = [try clean(choice.value, field: "value", bytesMax: Limit.descriptionBytes, mayBeEmpty: true)]
      return .text(0)
    case .status:
      let status: TicketStatus = try named(choice.value)
      guard status == .waiting else { return .code(status.rawValue) }
      let reasons = ticket.siblings(.status).compactMap { $0.value.code.map { $0 >> 8 } }.filter { $0 > 0 }
      return .code(TicketStatus.waiting.rawValue | (reasons.first ?? WaitingReason.colleague.rawValue) << 8)
    case .urgency: return .code((try named(choice.value) as Urgency).rawValue)
    case .impact: return .code((try named(choice.value) as Impact).rawValue)
    case .priority:
      return choice.value.isEmpty ? .none : .code((try named(choice.value) as Priority).rawValue)
    case .category, .queue:
      if choice.value.isEmpty { return .none }
      guard let id = EntityID(hex: choice.value), try isKnown(id, choice.field) else {
        throw CommandRefusal.referenceUnknown(field: "value", value: choice.value)
      }
      return .identifier(id)
    default: throw CommandRefusal.notInConflict(field: choice.field.name)
    }
  }

  private func isKnown(_ id: EntityID, _ field: TicketField) throws -> Bool {
    if field == .category { return try reading.category(id) != nil }
    return try reading.queue(id) != nil
  }

  private func named<Code: NamedCode>(_ text: String) throws(CommandRefusal) -> Code {
    guard let code = Code(name: text) else {
      throw .valueUnknown(field: "value", value: String(text.prefix(100)), choices: Code.names)
    }
    return code
  }

  // MARK: Imports

  /// One step of a history that happened elsewhere, at its original time; repeated imports add nothing.
  func importStep(_ id: EntityID, _ step: ImportedStep, _ request: Request) throws -> Decision {
    try request.require(.admin)
    let ticket = try knownTicket(id)
    let entry = hashing.entry(source: step.source.name, id: step.source.id)
    if try reading.holdsEntry(entry) { return Decision(drafts: [], entity: id) }
    let happened = request.command.occurredAt ?? now
    let text = try clean(step.text, field: "text", bytesMax: Limit.reasonBytes, mayBeEmpty: true)
    var changes: [Change] = []
    if let status = step.edit.status {
      let reason = status == .waiting ? (step.edit.waitingReason ?? .colleague).rawValue << 8 : 0
      if ticket.status != status || ticket.waitingReason != step.edit.waitingReason {
        changes.append(.set(.status, .code(status.rawValue | reason)))
        if status == .resolved || status == .closed {
          changes.append(.mark(.ending))
          if !ticket.isClosed { changes.append(.set(.resolvedAt, .number(happened))) }
        }
      }
    }
    if let impact = step.edit.impact, impact != ticket.impact { changes.append(.set(.impact, .code(impact.rawValue))) }
    if let queue = step.edit.queue, queue != ticket.queue {
      changes.append(.set(.queue, queue.map(Value.identifier) ?? .none))
    }
    if let level = step.level, level != ticket.level { changes.append(.set(.level, .code(UInt64(clamping: level)))) }
    if let assignee = step.edit.assignee, assignee != ticket.assignee {
      changes.append(.claim(.assignee, assignee.map(Value.identifier) ?? .none, rank: .person))
    }
    if let person = step.person { changes.append(.saw(.work, person.bytes)) }
    let draft = OperationDraft(
      kind: .stepImported, entity: id, entry: entry, actor: step.person ?? .zero, occurredAt: happened,
      changes: changes, texts: [text], observed: ticket.state.vector)
    return Decision(drafts: [draft], entity: id)
  }
}
