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
    "last_word_by", "claim_rank", "claim_at", "claim_due", "hops", "custody_from", "custody_at", "declined", "lapsed",
  ]
  static let insert =
    "INSERT INTO ticket (\(columns.joined(separator: ", ")), no, id) VALUES ("
    + Array(repeating: "?", count: columns.count + 2).joined(separator: ", ") + ")"
  static let update =
    "UPDATE ticket SET " + columns.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE no = ?"

  /// Writes the row; binds in the order of `columns`.
  ///
  /// `number` stands in for the ticket's own where another ticket has the same.
  func write(
    _ ticket: Ticket, no: Int64, number: String? = nil, isNew: Bool, state: [UInt8], _ roster: Roster?,
    _ statements: TicketStatements
  ) throws {
    var shown = row(ticket, no: no, roster)
    if let number { shown.number = number }
    let row = isNew ? statements.insertTicket : statements.updateTicket
    row.bind(state)
    row.bind(shown.number)
    row.bind(shown.subject)
    row.bind(Int64(shown.stage.rawValue))
    row.bind(Int64(shown.status.rawValue))
    row.bind(Int64(shown.waitingReason?.rawValue ?? 0))
    row.bind(Int64(shown.priority.rawValue))
    row.bind(Int64(shown.urgency.rawValue))
    row.bind(Int64(shown.impact.rawValue))
    row.bind(shown.category)
    row.bind(shown.queue)
    row.bind(Int64(shown.level))
    row.bind(shown.site)
    row.bind(shown.custodian)
    row.bind(shown.custodianStream)
    row.bind(shown.requester)
    row.bind(shown.assignee)
    row.bind(Int64(shown.channel.rawValue))
    row.bind(tagsColumn(shown.tags))
    row.bind(shown.createdAt)
    row.bind(shown.updatedAt)
    row.bind(shown.answeredAt)
    row.bind(shown.resolvedAt)
    row.bind(shown.answerDue)
    row.bind(shown.conflicts.reduce(Int64(0)) { $0 | 1 << Int64($1.rawValue) })
    row.bind(Int64(shown.needsReview ? 1 : 0))
    row.bind(lastWord)
    row.bind(lastWordAt)
    row.bind(lastWordBy)
    row.bind(Int64(shown.claimRank?.rawValue ?? 0))
    row.bind(shown.claimedAt)
    row.bind(shown.acceptanceDue)
    row.bind(Int64(shown.hops))
    row.bind(shown.custodyFrom)
    row.bind(shown.custodyAt)
    row.bind(shown.declinedBy.flatMap(\.bytes))
    row.bind(shown.lapsedFor.flatMap(\.bytes))
    row.bind(no)
    if isNew { row.bind(ticket.id) }
    try row.run()
  }

  /// The row as lists read it back; without a roster every minute counts for its deadline.
  func row(_ ticket: Ticket, no: Int64, _ roster: Roster?) -> TicketRow {
    let claim = ticket.assigneeClaim.flatMap { $0.value.identifier == nil ? nil : $0 }
    let custody = ticket.custodyClaim
    return TicketRow(
      id: ticket.id, number: ticket.numbers.first ?? "", subject: subject, stage: ticket.stage, status: ticket.status,
      waitingReason: ticket.waitingReason, priority: ticket.priority, urgency: ticket.urgency, impact: ticket.impact,
      category: ticket.category, queue: ticket.queue, level: ticket.level, site: ticket.site,
      custodian: ticket.custodian, custodianStream: ticket.custodianStream, requester: ticket.requester,
      assignee: ticket.assignee, channel: ticket.channel, tags: ticket.tags, createdAt: ticket.createdAt,
      updatedAt: ticket.state.updatedAt, answeredAt: ticket.firstAnsweredAt, resolvedAt: ticket.resolvedAt,
      answerDue: Self.answerDue(
        since: ticket.createdAt, isAnswered: ticket.firstAnsweredAt != nil, ticket.priority, site: ticket.site, roster),
      conflicts: ticket.conflicts, needsReview: ticket.needsReview,
      lastWord: lastWord, lastWordAt: lastWordAt, lastWordIsRequesters: lastWordBy == 2, row: no,
      claimRank: claim.flatMap { ClaimRank(rawValue: $0.rank) }, claimedAt: claim?.clock.milliseconds,
      acceptanceDue: ticket.acceptanceDue, hops: ticket.hops, custodyFrom: custody?.reference.stream,
      custodyAt: custody?.clock.milliseconds, declinedBy: ticket.declinedBy, lapsedFor: ticket.lapsedFor)
  }

  /// Each tag between spaces, so that one LIKE finds it whole.
  private func tagsColumn(_ tags: [String]) -> String {
    tags.isEmpty ? "" : " " + tags.joined(separator: " ") + " "
  }

  /// When a person should have answered, and once somebody has, when it should be solved: in working time of the site it
  /// concerns, as the pages mark it, or without a roster in minutes of the clock.
  static func answerDue(
    since created: Int64, isAnswered: Bool, _ priority: Priority, site: EntityID?, _ roster: Roster?
  ) -> Int64 {
    let minutes = isAnswered ? priority.solutionTargetMinutes : priority.responseTargetMinutes
    guard let roster else { return created &+ minutes * 60_000 }
    return roster.dueMoment(since: created, workingMinutes: minutes, site: site)
  }
}
