import Helpdesk
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Says a step of the history in a sentence.
struct StepWords {
  let desk: PageDesk
  let people: [EntityID: Person]

  /// What the requester is told of a step that is no message; nil for internal ones.
  func publicEvent(_ step: HistoryStep) -> EventLine? {
    switch step.kind {
    case .taken: return line("event_took", step, icon: "person")
    case .assigned, .assignedAutomatically:
      guard let to = assignee(step) else { return nil }
      return line("event_assigned_public", step, ["to": to], icon: "person")
    case .closed: return line(isFinal(step) ? "event_closed" : "event_resolved", step, icon: "check")
    case .reopened: return line("event_reopened", step, icon: "reopen")
    default: return nil
    }
  }

  /// Every step for agents, as one line.
  func event(_ step: HistoryStep) -> EventLine {
    switch step.kind {
    case .ticketOpened: return line("event_opened", step, icon: "dot")
    case .replied: return line("event_replied", step, icon: "reply")
    case .noted: return line("event_noted", step, icon: "note")
    case .taken: return line("event_took", step, icon: "person")
    case .assigned, .assignedAutomatically:
      guard let to = assignee(step) else { return line("event_unassigned", step, icon: "person") }
      return line("event_assigned", step, ["to": to], icon: "person")
    case .escalated:
      let to = step.changes.first { $0.field == .queue }.map { text($0.field, $0.to) } ?? assignee(step)
      return line(
        "event_escalated", step,
        ["to": to ?? desk.wording.text("second_level"), "reason": step.texts?.first ?? ""], icon: "escalate")
    case .closed: return line(isFinal(step) ? "event_closed" : "event_resolved", step, icon: "check")
    case .reopened: return line("event_reopened", step, icon: "reopen")
    case .conflictResolved:
      let change = step.changes.first
      return line(
        "event_decided", step,
        ["field": field(change), "to": change.map { text($0.field, $0.to, step) } ?? ""], icon: "merge")
    case .stepImported:
      return line("event_imported", step, ["text": step.texts?.first ?? ""], icon: "dot")
    case .handedOver, .handOverAcknowledged, .handOverTakenBack, .takenOver, .offerAccepted, .offerDeclined,
      .offerWithdrawn:
      return moved(step)
    default: return edited(step)
    }
  }

  /// A step of its custody, or the answer to an offer.
  private func moved(_ step: HistoryStep) -> EventLine {
    let to = step.changes.first { $0.field == .custodian }?.to.identifier.map { desk.site($0).name } ?? "?"
    let words = ["to": to, "reason": step.texts?.first ?? ""]
    let isByRule = step.actor == .zero
    switch step.kind {
    case .handedOver:
      return line(isByRule ? "event_handed_over_by_rule" : "event_handed_over", step, words, icon: "escalate")
    case .handOverAcknowledged: return line("event_hand_over_acknowledged", step, words, icon: "check")
    case .handOverTakenBack: return line("event_hand_over_taken_back", step, words, icon: "reopen")
    case .takenOver:
      return line(isByRule ? "event_taken_over_by_rule" : "event_taken_over", step, words, icon: "escalate")
    case .offerAccepted: return line("event_offer_accepted", step, icon: "check")
    case .offerDeclined: return line("event_offer_declined", step, words, icon: "person")
    default:
      let reason = WithdrawalReason(rawValue: step.texts?.first ?? "") ?? .expired
      return line("event_withdrawn_\(reason.rawValue)", step, icon: "person")
    }
  }

  private func edited(_ step: HistoryStep) -> EventLine {
    guard let change = step.changes.first else { return line("event_edited", step, icon: "edit") }
    if change.field == .tag {
      let tags = step.changes.filter { $0.field == .tag && $0.isRemoval == change.isRemoval }.compactMap(\.element)
      let key = change.isRemoval ? "event_untagged" : "event_tagged"
      return line(key, step, ["tag": tags.joined(separator: ", ")], icon: "edit")
    }
    if change.field == .status {
      return line("event_status", step, ["status": text(.status, change.to)], icon: "edit")
    }
    if change.field == .assignee {
      guard let to = assignee(step) else { return line("event_unassigned", step, icon: "person") }
      return line("event_assigned", step, ["to": to], icon: "person")
    }
    return line("event_set", step, ["field": field(change), "to": text(change.field, change.to, step)], icon: "edit")
  }

  /// The fields that the history list tells about; the others say what the step's own line says.
  private static let told: Set<TicketField> = [
    .subject, .status, .urgency, .impact, .priority, .category, .queue, .level, .requester, .site, .assignee,
  ]

  /// "from → to" for each field, for the history list.
  func changes(_ step: HistoryStep) -> String? {
    let parts = step.changes.filter { Self.told.contains($0.field) }.map { change in
      let to = text(change.field, change.to, step)
      guard let from = change.from, case .text = from else {
        let before = change.from.map { text(change.field, $0) }
        return "\(desk.wording.field(change.field.name)): " + (before.map { "\($0) → " } ?? "") + to
      }
      return "\(desk.wording.field(change.field.name)): \(to)"
    }
    return parts.isEmpty || step.kind == .ticketOpened ? nil : parts.joined(separator: " · ")
  }

  // MARK: Values

  /// A field's value in the reader's words.
  func text(_ field: TicketField, _ value: Value, _ step: HistoryStep? = nil) -> String {
    switch (field, value) {
    case (.priority, .none): return desk.wording.text("priority_derived")
    case (.assignee, .none): return desk.wording.text("assignee_nobody")
    case (_, .none): return desk.wording.text("value_none")
    case (_, .text(let index)):
      guard let texts = step?.texts, texts.indices.contains(index) else { return "…" }
      return RichText.plainText(of: texts[index], charactersMax: 120)
    case (.status, .code(let code)):
      let status = TicketStatus(rawValue: code & 0xff) ?? .open
      let reason = WaitingReason(rawValue: code >> 8)
      return status == .open
        ? desk.wording.text("status_open")
        : desk.wording.status(status.name, waitingReason: status == .waiting ? reason?.name : nil).label
    case (.urgency, .code(let code)): return desk.wording.text("urgency_\(Urgency(rawValue: code)?.name ?? "normal")")
    case (.impact, .code(let code)): return desk.wording.text("impact_\(Impact(rawValue: code)?.name ?? "low")")
    case (.priority, .code(let code)):
      return desk.wording.priority((Priority(rawValue: code) ?? .normal).pageCode).label
    case (.category, .identifier(let id)): return desk.names.category(id).map(desk.label) ?? "?"
    case (.queue, .identifier(let id)): return desk.names.queue(id)?.name ?? "?"
    case (.assignee, .identifier(let id)): return desk.name(id, people)
    case (.custodian, .identifier(let id)), (.site, .identifier(let id)): return desk.site(id).name
    case (_, .code(let code)): return String(code)
    case (_, .number(let number)): return desk.format.number(number)
    default: return "?"
    }
  }

  private func assignee(_ step: HistoryStep) -> String? {
    step.changes.last { $0.field == .assignee }?.to.identifier.map { desk.name($0, people) }
  }

  private func field(_ change: HistoryStep.FieldChange?) -> String {
    change.map { desk.wording.field($0.field.name) } ?? ""
  }

  private func isFinal(_ step: HistoryStep) -> Bool {
    step.changes.last { $0.field == .status }?.to.code == TicketStatus.closed.rawValue
  }

  private func line(
    _ key: String, _ step: HistoryStep, _ arguments: [String: String] = [:], icon: String
  ) -> EventLine {
    let name = desk.name(step.actor, people)
    return EventLine(
      text: desk.wording.event(key, arguments.merging(["name": name]) { first, _ in first }),
      moment: .at(step.at, desk.format), icon: icon)
  }
}

extension Priority {
  /// The code pages use: their most pressing word is "urgent".
  var pageCode: String { self == .critical ? "urgent" : name }
}
