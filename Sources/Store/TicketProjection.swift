import Foundation
import GRDB
import Helpdesk
import OperationLog

/// The columns of a ticket's row that are not derived from its merged state alone: its words.
struct TicketProjection {
  static let snippetCharacters = 140

  var subject = ""
  var lastWord = ""
  var lastWordAt: Int64 = 0
  /// 1 an agent, 2 the requester, 0 nobody yet.
  var lastWordBy: Int64 = 0

  init() {}

  /// Carries on from a stored row, its columns as `TicketStatements.ticketCarried` names them.
  init(carried columns: PreparedStatement.Columns) {
    subject = columns.text(2)
    lastWord = columns.text(3)
    lastWordAt = columns.number(4)
    lastWordBy = columns.number(5)
  }

  /// Remembers the latest public word; which one that is does not depend on the order of arrival.
  mutating func noteWord(_ operation: FoldableOperation, texts: [String]) {
    guard let kind = OperationKind(rawValue: operation.header.kind) else { return }
    let word: String?
    switch kind {
    case .ticketOpened: word = texts.count > 1 ? texts[1] : nil
    case .replied, .closed, .reopened: word = texts.first
    default: return
    }
    guard let word, !word.isEmpty, operation.header.happenedAt >= lastWordAt else { return }
    let line = Self.oneLine(word)
    if operation.header.happenedAt == lastWordAt, line < lastWord { return }
    lastWord = Self.snippet(line)
    lastWordAt = operation.header.happenedAt
    lastWordBy = Self.speaker(of: operation, kind)
  }

  /// With spaces for line breaks. Most words have none, which their bytes tell much sooner than their characters.
  private static func oneLine(_ word: String) -> String {
    // 0xc2 and 0xe2 begin the other breaks, U+0085, U+2028 and U+2029.
    let mayBreak = word.utf8.contains { (byte: UInt8) -> Bool in
      (byte >= 0x0a && byte <= 0x0d) || byte == 0xc2 || byte == 0xe2
    }
    return mayBreak ? word.split(whereSeparator: \.isNewline).joined(separator: " ") : word
  }

  /// The first characters; in plain ASCII without line breaks a byte is a character.
  private static func snippet(_ line: String) -> String {
    if line.utf8.count <= snippetCharacters { return line }
    if line.utf8.prefix(snippetCharacters + 1).allSatisfy({ (byte: UInt8) in byte >= 0x20 && byte < 0x7f }) {
      return String(Substring(line.utf8.prefix(snippetCharacters)))
    }
    return String(line.prefix(snippetCharacters))
  }

  /// Told by the operation alone: the ticket's requester may not be known yet when a reply arrives before the opening.
  private static func speaker(of operation: FoldableOperation, _ kind: OperationKind) -> Int64 {
    for change in operation.changes {
      switch change {
      case .set(TicketField.lastWordBy.rawValue, .code(let code)): return code == 2 ? 2 : 1
      case .set(TicketField.requester.rawValue, let requester):
        return requester.identifier == operation.header.actor ? 2 : 1
      default: continue
      }
    }
    // An agent who closes says so; what is left is the requester's own closing, or an agent who reopens.
    return kind == .closed ? 2 : 1
  }

  private static let columns = [
    "state", "number", "subject", "stage", "status", "waiting_reason", "priority", "urgency", "impact", "category",
    "queue", "level", "site", "custodian", "custodian_stream", "requester", "assignee", "channel", "tags", "created_at",
    "updated_at", "answered_at", "resolved_at", "answer_due", "conflicts", "review", "last_word", "last_word_at",
    "last_word_by",
  ]
  static let insert =
    "INSERT INTO ticket (\(columns.joined(separator: ", ")), no, id) VALUES ("
    + Array(repeating: "?", count: columns.count + 2).joined(separator: ", ") + ")"
  static let update =
    "UPDATE ticket SET " + columns.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE no = ?"

  /// Writes the row; binds in the order of `columns`.
  func write(_ ticket: Ticket, no: Int64, isNew: Bool, state: [UInt8], _ statements: TicketStatements) throws {
    let row = isNew ? statements.insertTicket : statements.updateTicket
    row.bind(state)
    row.bind(ticket.numbers.first ?? "")
    row.bind(subject)
    row.bind(Int64(ticket.stage.rawValue))
    row.bind(Int64(ticket.status.rawValue))
    row.bind(Int64(ticket.waitingReason?.rawValue ?? 0))
    row.bind(Int64(ticket.priority.rawValue))
    row.bind(Int64(ticket.urgency.rawValue))
    row.bind(Int64(ticket.impact.rawValue))
    row.bind(ticket.category)
    row.bind(ticket.queue)
    row.bind(Int64(ticket.level))
    row.bind(ticket.site)
    row.bind(ticket.custodian)
    row.bind(ticket.custodianStream)
    row.bind(ticket.requester)
    row.bind(ticket.assignee)
    row.bind(Int64(ticket.channel.rawValue))
    row.bind(tagsColumn(ticket.tags))
    row.bind(ticket.createdAt)
    row.bind(ticket.state.updatedAt)
    row.bind(ticket.firstAnsweredAt)
    row.bind(ticket.resolvedAt)
    row.bind(Self.answerDue(ticket))
    row.bind(ticket.conflicts.reduce(Int64(0)) { $0 | 1 << Int64($1.rawValue) })
    row.bind(Int64(ticket.needsReview ? 1 : 0))
    row.bind(lastWord)
    row.bind(lastWordAt)
    row.bind(lastWordBy)
    row.bind(no)
    if isNew { row.bind(ticket.id) }
    try row.run()
  }

  /// Each tag between spaces, so that one LIKE finds it whole.
  private func tagsColumn(_ tags: [String]) -> String {
    tags.isEmpty ? "" : " " + tags.joined(separator: " ") + " "
  }

  /// When a person should have answered: until then from opening, afterwards when it should be solved.
  private static func answerDue(_ ticket: Ticket) -> Int64 {
    let minutes =
      ticket.firstAnsweredAt == nil ? ticket.priority.responseTargetMinutes : ticket.priority.solutionTargetMinutes
    return ticket.createdAt &+ minutes * 60_000
  }
}
