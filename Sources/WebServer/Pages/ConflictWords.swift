import Helpdesk
import OperationLog
import RichText
import Store
import WebPages

/// Shows the values that stand side by side, with who wrote each, where and when.
struct ConflictWords {
  let desk: PageDesk
  let people: [EntityID: Person]

  func strips(_ detail: TicketDetail) -> [ConflictStrip] {
    detail.conflicts.map { conflict in
      ConflictStrip(
        field: conflict.field.name, title: desk.wording.conflictTitle(field: conflict.field.name),
        action: "/tickets/\(detail.row.number)/conflicts/\(conflict.field.name)",
        rendered: Base64URL.encode(detail.version.bytes), key: desk.key(),
        values: conflict.choices.sorted { $0.isDisplayed && !$1.isDisplayed }.map { value($0, conflict.field) })
    }
  }

  private func value(_ choice: FieldConflict.Choice, _ field: TicketField) -> ConflictValue {
    let words = StepWords(desk: desk, people: people)
    return ConflictValue(
      text: choice.text ?? words.text(field, choice.value), post: Self.post(choice, field),
      person: desk.chip(choice.actor, people), site: desk.site(of: choice.node), moment: .at(choice.at, desk.format),
      isShown: choice.isDisplayed)
  }

  /// The value as `FieldChoice` takes it back.
  private static func post(_ choice: FieldConflict.Choice, _ field: TicketField) -> String {
    if let text = choice.text { return text }
    switch (field, choice.value) {
    case (.status, .code(let code)): return (TicketStatus(rawValue: code & 0xff) ?? .open).name
    case (.urgency, .code(let code)): return Urgency(rawValue: code)?.name ?? ""
    case (.impact, .code(let code)): return Impact(rawValue: code)?.name ?? ""
    case (.priority, .code(let code)): return Priority(rawValue: code)?.name ?? ""
    case (_, .identifier(let id)): return id.description
    default: return ""
    }
  }
}
