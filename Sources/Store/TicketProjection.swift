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

  /// Carries on from a stored row.
  init(carried row: Row) {
    subject = row["subject"]
    lastWord = row["last_word"]
    lastWordAt = row["last_word_at"]
    lastWordBy = row["last_word_by"]
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
    let line = word.split(whereSeparator: \.isNewline).joined(separator: " ")
    if operation.header.happenedAt == lastWordAt, line < lastWord { return }
    lastWord = String(line.prefix(Self.snippetCharacters))
    lastWordAt = operation.header.happenedAt
    lastWordBy = Self.speaker(of: operation, kind)
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
  private static let insert =
    "INSERT INTO ticket (\(columns.joined(separator: ", ")), no, id) VALUES ("
    + Array(repeating: "?", count: columns.count + 2).joined(separator: ", ") + ")"
  private static let update =
    "UPDATE ticket SET " + columns.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE no = ?"

  func write(_ ticket: Ticket, no: Int64?, isNew: Bool, state: [UInt8], _ db: Database) throws {
    let conflicts = ticket.conflicts.reduce(Int64(0)) { $0 | 1 << Int64($1.rawValue) }
    var values: [(any DatabaseValueConvertible)?] = [
      state.blob, ticket.numbers.first ?? "", subject, Int64(ticket.stage.rawValue), Int64(ticket.status.rawValue),
      Int64(ticket.waitingReason?.rawValue ?? 0), Int64(ticket.priority.rawValue), Int64(ticket.urgency.rawValue),
      Int64(ticket.impact.rawValue), ticket.category?.blob, ticket.queue?.blob, Int64(ticket.level),
      ticket.site?.blob, ticket.custodian?.blob, ticket.custodianStream?.blob, ticket.requester?.blob,
      ticket.assignee?.blob, Int64(ticket.channel.rawValue), tagsColumn(ticket.tags), ticket.createdAt,
      ticket.state.updatedAt, ticket.firstAnsweredAt, ticket.resolvedAt, Self.answerDue(ticket), conflicts,
      Int64(ticket.needsReview ? 1 : 0), lastWord, lastWordAt, lastWordBy, no,
    ]
    if isNew { values.append(ticket.id.blob) }
    try db.cachedStatement(sql: isNew ? Self.insert : Self.update).execute(arguments: StatementArguments(values))
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
