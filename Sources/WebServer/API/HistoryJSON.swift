import Helpdesk
import OperationLog
import Store

/// Writes a ticket's history: who, when, where, what, from, to, in values people and programs can read.
struct HistoryJSON {
  /// Names of people and places.
  let ticket: TicketJSON
  /// Who reads.
  let viewer: Viewer
  /// The text each text field had before the step being written.
  private var texts: [TicketField: String] = [:]

  /// The history of one ticket for one reader.
  init(_ ticket: TicketJSON, viewer: Viewer) {
    self.ticket = ticket
    self.viewer = viewer
  }

  /// All steps the viewer may see, in causal order.
  mutating func write(_ history: [HistoryStep], into json: inout JSONWriter) {
    var shown: [(step: HistoryStep, moves: [Move])] = []
    for step in history {
      let moves = moves(of: step)
      // Employees see that their ticket moved, never the words among colleagues.
      if !viewer.isAgent, step.kind == .noted || step.kind == .stepImported { continue }
      shown.append((step, moves))
    }
    json.array(shown) { json, entry in write(entry.step, entry.moves, into: &json) }
  }

  private struct Move {
    let field: TicketField
    let from: String?
    let to: String?
  }

  private func write(_ step: HistoryStep, _ moves: [Move], into json: inout JSONWriter) {
    let mayRead = viewer.isAgent || !step.kind.isInternal
    json.object { json in
      json.member("operation", TicketJSON.name(of: step.dot))
      ticket.person("who", step.actor, into: &json)
      json.member("when", moment: step.at)
      json.member("where", ticket.names.site(of: step.node)?.code)
      json.member("what", Self.name(of: step.kind))
      json.key("changes")
      json.array(moves) { json, move in
        json.object { json in
          json.member("field", move.field.name)
          json.member("from", move.from)
          json.member("to", move.to)
        }
      }
      json.member("text", mayRead && Self.hasWords(step) ? step.texts?.first : nil)
      json.member("erased", step.isErased)
    }
  }

  private mutating func moves(of step: HistoryStep) -> [Move] {
    step.changes.map { change in
      guard change.field != .tag else {
        return Move(
          field: .tag, from: change.isRemoval ? change.element : nil, to: change.isRemoval ? nil : change.element)
      }
      guard case .text(let index) = change.to else {
        return Move(
          field: change.field, from: change.from.flatMap { text($0, change.field) }, to: text(change.to, change.field))
      }
      let to = step.texts.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      let from = texts[change.field]
      texts[change.field] = to
      return Move(field: change.field, from: from, to: to)
    }
  }

  /// A value as the rest of the API writes it; nil for none.
  func text(_ value: Value, _ field: TicketField) -> String? {
    switch (field, value) {
    case (.status, .code(let code)): TicketStatus(rawValue: code & 0xff)?.name
    case (.urgency, .code(let code)): Urgency(rawValue: code)?.name
    case (.impact, .code(let code)): Impact(rawValue: code)?.name
    case (.priority, .code(let code)): Priority(rawValue: code)?.name
    case (.channel, .code(let code)): Channel(rawValue: code)?.name
    case (.category, .identifier(let id)): ticket.names.category(id)?.key ?? id.description
    case (.queue, .identifier(let id)): ticket.names.queue(id)?.name ?? id.description
    case (.site, .identifier(let id)), (.custodian, .identifier(let id)): ticket.names.site(id)?.code ?? id.description
    case (.assignee, .identifier(let id)), (.requester, .identifier(let id)): ticket.people[id]?.email ?? id.description
    case (_, .code(let code)): String(code)
    case (_, .number(let number)): String(number)
    case (_, .identifier(let id)): id.description
    case (_, .none), (_, .text), (_, .bytes): nil
    }
  }

  /// Openings and edits carry their texts in the changed fields; an automatic assignment's record is not prose.
  private static func hasWords(_ step: HistoryStep) -> Bool {
    switch step.kind {
    // A rule's hand-over carries the record of its decision.
    case .handedOver: step.actor != .zero
    case .replied, .noted, .escalated, .closed, .reopened, .stepImported, .takenOver, .offerDeclined, .offerWithdrawn:
      true
    default: false
    }
  }

  /// What happened, as the API names it.
  static func name(of kind: OperationKind) -> String {
    switch kind {
    case .ticketOpened: "opened"
    case .replied: "replied"
    case .noted: "noted"
    case .assigned: "assigned"
    case .taken: "taken"
    case .escalated: "escalated"
    case .closed: "closed"
    case .reopened: "reopened"
    case .conflictResolved: "conflict_resolved"
    case .assignedAutomatically: "assigned_automatically"
    case .stepImported: "imported"
    case .handedOver: "handed_over"
    case .handOverAcknowledged: "hand_over_acknowledged"
    case .handOverTakenBack: "hand_over_taken_back"
    case .takenOver: "taken_over"
    case .offerAccepted: "offer_accepted"
    case .offerDeclined: "offer_declined"
    case .offerWithdrawn: "offer_withdrawn"
    default: "edited"
    }
  }
}
