import Helpdesk
import OperationLog
import Store

/// Writes tickets as the API shows them.
struct TicketJSON {
  /// Sites, categories and queues by name.
  let names: DirectoryNames
  /// Everybody the tickets name, as far as known.
  let people: [EntityID: Person]

  /// Everybody a list of tickets names.
  static func people(in rows: [TicketRow]) -> Set<EntityID> {
    var ids: Set<EntityID> = []
    for row in rows {
      if let requester = row.requester { ids.insert(requester) }
      if let assignee = row.assignee { ids.insert(assignee) }
    }
    return ids
  }

  /// Everybody a ticket and its history name.
  static func people(in detail: TicketDetail) -> Set<EntityID> {
    var ids = people(in: [detail.row])
    for step in detail.history {
      ids.insert(step.actor)
      for change in step.changes where change.field == .assignee || change.field == .requester {
        if let id = change.to.identifier { ids.insert(id) }
      }
    }
    for conflict in detail.conflicts { for choice in conflict.choices { ids.insert(choice.actor) } }
    ids.remove(.zero)
    return ids
  }

  // MARK: Tickets

  /// One line of a list.
  func summary(_ row: TicketRow, into json: inout JSONWriter) {
    json.object { json in fields(row, into: &json) }
  }

  /// The whole ticket; employees see no internal words.
  func ticket(_ detail: TicketDetail, viewer: Viewer, heldAt sites: [String], into json: inout JSONWriter) {
    json.object { json in
      fields(detail.row, into: &json)
      json.member("description", detail.description)
      json.key("numbers")
      json.strings(detail.ticket.numbers)
      json.key("lost_claims")
      json.array(detail.ticket.lostClaims.compactMap { $0.value.identifier }) { json, id in
        json.object { json in
          json.member("id", id.description)
          json.member("name", people[id]?.name)
          json.member("email", people[id]?.email)
        }
      }
      json.key("replicated")
      json.object { json in
        json.member("copies", sites.count)
        json.key("sites")
        json.strings(sites)
      }
      json.key("replies")
      json.array(Self.words(in: detail, viewer: viewer)) { json, step in word(step, into: &json) }
    }
  }

  private func fields(_ row: TicketRow, into json: inout JSONWriter) {
    json.member("id", row.id.description)
    json.member("number", row.number)
    json.member("subject", row.subject)
    json.member("status", row.status.name)
    json.member("stage", row.stage.name)
    json.member("waiting_reason", row.waitingReason?.name)
    json.member("priority", row.priority.name)
    json.member("urgency", row.urgency.name)
    json.member("impact", row.impact.name)
    json.member("category", names.category(row.category)?.key)
    json.member("queue", names.queue(row.queue)?.name)
    json.member("level", row.level)
    person("requester", row.requester, into: &json)
    person("assignee", row.assignee, into: &json)
    json.member("site", names.site(row.site)?.code)
    json.member("custodian", names.site(row.custodian)?.code)
    json.key("custody")
    json.object { json in
      json.member("site", names.site(row.custodian)?.code)
      json.member("pending", row.isHandOverPending)
      json.member("since", moment: row.custodyAt)
      json.member("hops", row.hops)
    }
    claim(row, into: &json)
    json.member("channel", row.channel.name)
    json.key("tags")
    json.strings(row.tags)
    json.member("created_at", moment: row.createdAt)
    json.member("updated_at", moment: row.updatedAt)
    json.member("first_human_reply_at", moment: row.answeredAt)
    json.member("resolved_at", moment: row.resolvedAt)
    json.key("due")
    json.object { json in
      json.member("answer_by", moment: names.answerBy(row))
      json.member("solve_by", moment: names.solveBy(row))
    }
    json.key("conflicts")
    json.strings(row.conflicts.map(\.name))
    json.member("needs_review", row.needsReview)
  }

  /// How the assignee got it, and whether they have answered; `null` while nobody has it.
  private func claim(_ row: TicketRow, into json: inout JSONWriter) {
    json.key("claim")
    guard row.assignee != nil, let rank = row.claimRank else {
      json.null()
      return
    }
    json.object { json in
      json.member("by", rank == .automatic ? "rule" : "person")
      json.member("at", moment: row.claimedAt)
      json.member("accepted", row.acceptanceDue == nil)
      json.member("accept_by", moment: row.offeredTo == nil ? nil : row.acceptanceDue)
    }
  }

  /// A person by identifier; only the identifier while nothing else of them has arrived, `null` for nobody.
  func person(_ key: StaticString, _ id: EntityID?, into json: inout JSONWriter) {
    json.key(key)
    guard let id, id != .zero else {
      json.null()
      return
    }
    let known = people[id]
    json.object { json in
      json.member("id", id.description)
      json.member("name", known?.name)
      json.member("email", known?.email)
    }
  }

  // MARK: Words

  /// What people said, in order: replies, notes, and the words of closing, reopening and escalating.
  static func words(in detail: TicketDetail, viewer: Viewer) -> [HistoryStep] {
    detail.history.filter { step in
      switch step.kind {
      case .replied, .closed, .reopened: step.isErased || step.texts?.first?.isEmpty == false
      case .noted, .escalated: viewer.isAgent
      case .stepImported: viewer.isAgent && (step.isErased || step.texts?.first?.isEmpty == false)
      default: false
      }
    }
  }

  /// One said thing.
  func word(_ step: HistoryStep, into json: inout JSONWriter) {
    json.object { json in
      json.member("id", step.entry?.description ?? Self.name(of: step.dot))
      json.member("kind", Self.wordKind(step.kind))
      json.member("visibility", step.kind.isInternal ? "internal" : "public")
      person("author", step.actor, into: &json)
      json.member("at", moment: step.at)
      json.member("site", names.site(of: step.node)?.code)
      json.member("body", step.isErased ? nil : step.texts?.first)
      json.member("erased", step.isErased)
    }
  }

  private static func wordKind(_ kind: OperationKind) -> String {
    switch kind {
    case .noted: "note"
    case .closed: "resolution"
    case .reopened: "reopening"
    case .escalated: "escalation"
    case .stepImported: "imported"
    default: "reply"
    }
  }

  /// An operation's place, as events and history name it: `STREAM:SEQUENCE`.
  static func name(of dot: Dot) -> String { "\(dot.stream):\(dot.sequence)" }
}
