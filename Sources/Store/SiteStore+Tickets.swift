import Foundation
package import GRDB
package import Helpdesk
package import OperationLog

extension SiteStore {
  /// What a list is asked for, beside the search itself.
  package struct ListScope: Hashable, Sendable {
    /// "me" in the search; nil for the console.
    package var viewer: EntityID?
    /// True when only the viewer's own requests may be seen, and internal words not searched.
    package var ownOnly: Bool
    package var now: Int64
    /// At most this many, 1…200.
    package var limit: Int
    /// `TicketList.next` of the page before.
    package var after: String?

    package init(viewer: EntityID?, ownOnly: Bool, now: Int64, limit: Int = 50, after: String? = nil) {
      self.viewer = viewer
      self.ownOnly = ownOnly
      self.now = now
      self.limit = min(max(limit, 1), 200)
      self.after = after
    }
  }

  /// Tickets that fit, the most pressing first where only open ones are asked for, else the newest first.
  package func tickets(_ search: TicketSearch, _ scope: ListScope) async throws -> TicketList {
    let query = TicketQuery(search, scope, hashing: powers.hashing)
    return try await reading { db in try query.page(db) }
  }

  /// How many fit, up to 10,000.
  package func count(_ search: TicketSearch, _ scope: ListScope) async throws -> Int {
    let query = TicketQuery(search, scope, hashing: powers.hashing)
    return try await reading { db in try query.count(db) }
  }

  /// The ticket with this number (in either case) or identifier; nil when unknown.
  ///
  /// Throws `CommandRefusal.valueUnknown` with the numbers to choose from when a clone gave the number out twice.
  package func ticketID(_ name: String) async throws -> EntityID? {
    if let id = EntityID(hex: name) {
      return try await reading { db in
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM ticket WHERE id = ?"), arguments: [id.blob]) != nil
          ? id : nil
      }
    }
    guard let number = TicketNumber(name)?.description else { return nil }
    return try await reading { db in
      let sql = """
        SELECT t.id, t.number FROM ticket_number n JOIN ticket t ON t.no = n.ticket WHERE n.number = ?
        ORDER BY t.number LIMIT 20
        """
      let rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [number])
      guard rows.count < 2 else {
        throw CommandRefusal.valueUnknown(field: "ticket", value: number, choices: rows.map { $0["number"] })
      }
      return rows.first?.optionalIdentifier("id")
    }
  }

  package func row(_ id: EntityID) async throws -> TicketRow? {
    try await reading { db in
      try TicketRow.fetchAll(db, "WHERE id = ?", [id.blob]).first
    }
  }

  /// Everything about one ticket; nil when unknown or only later operations of it have arrived.
  package func detail(_ id: EntityID) async throws -> TicketDetail? {
    try await reading { db in try Self.detail(id, db) }
  }

  /// As above, on a connection that is reading already.
  package static func detail(_ id: EntityID, _ db: Database) throws -> TicketDetail? {
    let statement = try db.cachedStatement(sql: "SELECT \(TicketRow.columns), state FROM ticket WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id.blob]) else { return nil }
    let ticket = Ticket(id: id, state: try EntityState(decoding: row.bytes("state")))
    guard ticket.isOpened else { return nil }
    let log = try db.cachedStatement(
      sql: """
        SELECT o.id, o.header, o.salt, o.text, s.id AS stream, s.node AS node FROM operation o
        JOIN stream s ON s.no = o.id >> 40 WHERE o.entity = ? ORDER BY o.id
        """)
    let operations = try Row.fetchAll(log, arguments: [row["no"] as Int64])
    var history: [HistoryStep] = []
    var byDot: [Dot: (StoredOperation, NodeID)] = [:]
    for operation in operations {
      guard let stored = StoredOperation(row: operation, stream: operation.identifier("stream")) else { continue }
      byDot[stored.reference.dot] = (stored, operation.identifier("node"))
      if let entry = stored.header.entry, try !standsFor(entry, row["no"], operation["id"], db) { continue }
      history.append(HistoryStep(stored, node: operation.identifier("node")))
    }
    history.sort { ($0.lamport, $0.at, $0.dot) < ($1.lamport, $1.at, $1.dot) }
    HistoryStep.fillFrom(&history)
    let description = ticket.description.flatMap { reference in
      byDot[reference.dot]?.0.texts.flatMap { $0.indices.contains(reference.index) ? $0[reference.index] : nil }
    }
    return TicketDetail(
      row: TicketRow(row: row), ticket: ticket, description: description ?? "", history: history,
      conflicts: ticket.conflicts.map { conflict($0, ticket, byDot) })
  }

  private static func standsFor(_ entry: EntryID, _ ticket: Int64, _ rowID: Int64, _ db: Database) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT operation FROM entry WHERE id = ? AND entity = ?")
    return try Int64.fetchOne(statement, arguments: [entry.blob, ticket]) ?? rowID == rowID
  }

  private static func conflict(
    _ field: TicketField, _ ticket: Ticket, _ operations: [Dot: (StoredOperation, NodeID)]
  ) -> FieldConflict {
    let siblings = ticket.siblings(field)
    let displayed: Sibling? =
      field == .status
      ? siblings.first { ($0.value.code ?? 0) & 0xff == ticket.status.rawValue }
      : ticket.state.register(field.rawValue)?.latest
    let choices = siblings.map { sibling -> FieldConflict.Choice in
      let source = operations[sibling.reference.dot]
      var text: String?
      if case .text(let index) = sibling.value, let texts = source?.0.texts, texts.indices.contains(index) {
        text = texts[index]
      }
      return FieldConflict.Choice(
        value: sibling.value, text: text, actor: source?.0.header.actor ?? .zero, node: source?.1 ?? .zero,
        at: source?.0.header.happenedAt ?? sibling.clock.milliseconds, isDisplayed: sibling == displayed)
    }
    return FieldConflict(field: field, choices: choices)
  }

  /// Tickets with open conflicts, newest first.
  package func conflictedTickets(limit: Int) async throws -> [TicketRow] {
    try await reading { db in
      try TicketRow.fetchAll(db, "WHERE conflicts <> 0 ORDER BY no DESC LIMIT ?", [min(limit, 200)])
    }
  }

  /// How many tickets have open conflicts.
  package func conflictCount() async throws -> Int {
    try await reading { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM ticket WHERE conflicts <> 0") ?? 0 }
  }

  /// The same tickets as `waitingTickets`, by identifier alone.
  package func waitingTicketIDs(limit: Int) async throws -> [EntityID] {
    try await reading { db in
      let statement = try db.cachedStatement(sql: "SELECT id FROM ticket \(Self.isWaiting)")
      return try Data.fetchAll(statement, arguments: [Int64(Channel.imported.rawValue), limit])
        .compactMap { EntityID(blob: $0) }
    }
  }

  private static let isWaiting = "WHERE \(waits) ORDER BY answer_due LIMIT ?"
  private static let waits = "status < 2 AND assignee IS NULL AND number <> '' AND channel <> ?"

  /// This node is the custodian, on whichever of its streams; takes its identifier.
  static let isOurs = "custodian_stream IN (SELECT id FROM stream WHERE node = ?)"

  /// How many tickets wait for an agent of which this site is the custodian.
  package func waitingCount() async throws -> Int {
    try await reading { db in
      let sql = "SELECT count(*) FROM ticket WHERE \(Self.waits) AND custodian = ?"
      let arguments: StatementArguments = [Int64(Channel.imported.rawValue), self.home.site.blob]
      return try Int.fetchOne(db.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }
  }

  /// Waiting, unassigned open tickets, for assignment: oldest due first, at most `limit`.
  package func waitingTickets(limit: Int) async throws -> [TicketRow] {
    try await reading { db in
      try TicketRow.fetchAll(db, Self.isWaiting, [Int64(Channel.imported.rawValue), limit])
    }
  }

  /// Of `waitingTickets` those about which this node decides, whatever else waits longer.
  package func ownWaitingTickets(limit: Int) async throws -> [TicketRow] {
    try await reading { [self] db in
      try TicketRow.fetchAll(
        db, "WHERE \(Self.waits) AND \(Self.isOurs) ORDER BY answer_due LIMIT ?",
        [Int64(Channel.imported.rawValue), home.node.blob, limit])
    }
  }

  /// Open tickets per assignee.
  package func openCountsByAssignee() async throws -> [EntityID: Int] {
    try await reading { db in
      var counts: [EntityID: Int] = [:]
      let sql = """
        SELECT assignee, count(*) AS n FROM ticket WHERE status < 2 AND assignee IS NOT NULL AND status = 0
        GROUP BY assignee
        """
      for row in try Row.fetchAll(db.cachedStatement(sql: sql)) {
        counts[row.identifier("assignee")] = Int(row["n"] as Int64)
      }
      return counts
    }
  }

  /// Open tickets per site: all, and those nobody has.
  package func openCountsBySite() async throws -> [EntityID: (open: Int, unassigned: Int)] {
    try await reading { db in
      var counts: [EntityID: (open: Int, unassigned: Int)] = [:]
      let sql = """
        SELECT site, count(*) AS n, sum(assignee IS NULL) AS u FROM ticket
        WHERE status < 2 AND site IS NOT NULL GROUP BY site
        """
      for row in try Row.fetchAll(db, sql: sql) {
        counts[row.identifier("site")] = (Int(row["n"] as Int64), Int(row["u"] as Int64))
      }
      return counts
    }
  }
}

extension TicketRow {
  /// What a list reads of a ticket, in the order of `init(row:)`: all but the state, which is by far the longest.
  static let columns = """
    id, number, subject, stage, status, waiting_reason, priority, urgency, impact, category, queue, level, site,
    custodian, custodian_stream, requester, assignee, channel, tags, created_at, updated_at, answered_at,
    resolved_at, answer_due, conflicts, review, last_word, last_word_at, last_word_by, no, claim_rank, claim_at,
    claim_due, hops, custody_from, custody_at, declined, lapsed
    """

  /// The tickets a query gives; only what is always the same text may be cached, since no statement is ever forgotten.
  static func fetchAll(
    _ db: Database, _ rest: String, _ arguments: StatementArguments, isCached: Bool = true
  ) throws -> [TicketRow] {
    let sql = "SELECT \(columns) FROM ticket \(rest)"
    let statement = try isCached ? db.cachedStatement(sql: sql) : db.makeStatement(sql: sql)
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    var tickets: [TicketRow] = []
    while let row = try rows.next() { tickets.append(TicketRow(row: row)) }
    return tickets
  }

  /// A row that begins with `columns`: by place, since a list reads forty values a ticket and a name is found by comparing.
  init(row: Row) {
    var next = RowReader(row)
    self.init(
      id: next.identifier() ?? .zero, number: next.text(), subject: next.text(),
      stage: TicketStage(rawValue: next.code()) ?? .new, status: TicketStatus(rawValue: next.code()) ?? .open,
      waitingReason: WaitingReason(rawValue: next.code()), priority: Priority(rawValue: next.code()) ?? .normal,
      urgency: Urgency(rawValue: next.code()) ?? .normal, impact: Impact(rawValue: next.code()) ?? .low,
      category: next.identifier(), queue: next.identifier(), level: Int(next.number()), site: next.identifier(),
      custodian: next.identifier(), custodianStream: next.identifier(), requester: next.identifier(),
      assignee: next.identifier(), channel: Channel(rawValue: next.code()) ?? .portal,
      tags: next.text().split(separator: " ").map(String.init), createdAt: next.number(), updatedAt: next.number(),
      answeredAt: next.optionalNumber(), resolvedAt: next.optionalNumber(), answerDue: next.number(),
      conflicts: Self.fields(next.number()), needsReview: next.number() != 0, lastWord: next.text(),
      lastWordAt: next.number(), lastWordIsRequesters: next.number() == 2, row: next.number(),
      claimRank: ClaimRank(rawValue: UInt8(clamping: next.number())), claimedAt: next.optionalNumber(),
      acceptanceDue: next.optionalNumber(), hops: Int(next.number()), custodyFrom: next.identifier(),
      custodyAt: next.optionalNumber(), declinedBy: Self.people(next.bytes()), lapsedFor: Self.people(next.bytes()))
  }

  private static func fields(_ bits: Int64) -> [TicketField] {
    bits == 0 ? [] : TicketField.disputable.filter { bits & 1 << Int64($0.rawValue) != 0 }
  }
}

/// Takes the values of a row one after the other.
private struct RowReader {
  private let row: Row
  private var index = 0

  init(_ row: Row) { self.row = row }

  private mutating func step() -> Int {
    defer { index += 1 }
    return index
  }

  mutating func number() -> Int64 { row[step()] }
  mutating func optionalNumber() -> Int64? { row[step()] }
  mutating func code() -> UInt64 { UInt64(clamping: number()) }
  mutating func text() -> String { row[step()] }
  mutating func bytes() -> Data { row[step()] }
  mutating func identifier<ID: SixteenByteIdentifier>() -> ID? { ID(blob: row[step()] as Data?) }
}

extension TicketRow {
  /// People one after the other, 16 bytes each; what is left over at the end is nobody.
  fileprivate static func people(_ bytes: Data) -> [EntityID] {
    let all = [UInt8](bytes)
    return stride(from: 0, to: all.count - all.count % 16, by: 16).compactMap { EntityID(bytes: all[$0..<$0 + 16]) }
  }
}

extension HistoryStep {
  init(_ stored: StoredOperation, node: NodeID) {
    var changes: [FieldChange] = []
    for change in stored.changes {
      switch change {
      case .set(let tag, let value), .claim(let tag, let value, _):
        guard let field = TicketField(rawValue: tag), Self.shown.contains(field) else { continue }
        changes.append(FieldChange(field: field, from: nil, to: value, element: nil, isRemoval: false))
      case .add(let tag, let element), .remove(let tag, let element):
        guard TicketField(rawValue: tag) == .tag else { continue }
        var isRemoval = false
        if case .remove = change { isRemoval = true }
        changes.append(
          FieldChange(
            field: .tag, from: nil, to: .none, element: String(decoding: element, as: UTF8.self), isRemoval: isRemoval))
      case .saw, .mark: continue
      }
    }
    self.init(
      dot: stored.reference.dot, lamport: stored.header.lamport, at: stored.header.happenedAt,
      kind: OperationKind(rawValue: stored.header.kind) ?? .ticketEdited, actor: stored.header.actor, node: node,
      entry: stored.header.entry, changes: changes, texts: stored.texts,
      isErased: stored.texts == nil && stored.header.textCommitment != nil)
  }

  private static let shown: [TicketField] = TicketField.disputable + [.level, .assignee, .custodian]

  /// Fills each move's "from" with what the step before left, in display order.
  static func fillFrom(_ history: inout [HistoryStep]) {
    var latest: [TicketField: Value] = [:]
    for step in history.indices {
      for change in history[step].changes.indices {
        let field = history[step].changes[change].field
        if field == .tag { continue }
        history[step].changes[change].from = latest[field]
        latest[field] = history[step].changes[change].to
      }
      // Whoever begins claims anew what was theirs already; that moves nothing.
      if history[step].kind != .taken, history[step].kind != .assigned {
        history[step].changes.removeAll { $0.field == .assignee && $0.from == $0.to }
      }
    }
  }
}
