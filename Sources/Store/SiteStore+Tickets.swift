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
      let statement = try db.cachedStatement(sql: "SELECT * FROM ticket WHERE id = ?")
      return try Row.fetchOne(statement, arguments: [id.blob]).map(TicketRow.init(row:))
    }
  }

  /// Everything about one ticket; nil when unknown or only later operations of it have arrived.
  package func detail(_ id: EntityID) async throws -> TicketDetail? {
    try await reading { db in try Self.detail(id, db) }
  }

  /// As above, on a connection that is reading already.
  package static func detail(_ id: EntityID, _ db: Database) throws -> TicketDetail? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM ticket WHERE id = ?")
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
      try Row.fetchAll(
        db, sql: "SELECT * FROM ticket WHERE conflicts <> 0 ORDER BY no DESC LIMIT ?", arguments: [min(limit, 200)]
      ).map(TicketRow.init(row:))
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
      let statement = try db.cachedStatement(sql: "SELECT * FROM ticket \(Self.isWaiting)")
      let rows = try Row.fetchCursor(statement, arguments: [Int64(Channel.imported.rawValue), limit])
      var tickets: [TicketRow] = []
      while let row = try rows.next() { tickets.append(TicketRow(row: row)) }
      return tickets
    }
  }

  /// Of `waitingTickets` those about which this node decides, whatever else waits longer.
  package func ownWaitingTickets(limit: Int) async throws -> [TicketRow] {
    try await reading { [self] db in
      let sql = """
        SELECT * FROM ticket WHERE \(Self.waits) AND custodian_stream IN (SELECT id FROM stream WHERE node = ?)
        ORDER BY answer_due LIMIT ?
        """
      return try Row.fetchAll(
        db.cachedStatement(sql: sql), arguments: [Int64(Channel.imported.rawValue), home.node.blob, limit]
      ).map(TicketRow.init(row:))
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
  init(row: Row) {
    let conflictBits: Int64 = row["conflicts"]
    let waiting: Int64 = row["waiting_reason"]
    self.init(
      id: row.identifier("id"), number: row["number"], subject: row["subject"],
      stage: TicketStage(rawValue: UInt64(clamping: row["stage"] as Int64)) ?? .new,
      status: TicketStatus(rawValue: UInt64(clamping: row["status"] as Int64)) ?? .open,
      waitingReason: waiting == 0 ? nil : WaitingReason(rawValue: UInt64(clamping: waiting)),
      priority: Priority(rawValue: UInt64(clamping: row["priority"] as Int64)) ?? .normal,
      urgency: Urgency(rawValue: UInt64(clamping: row["urgency"] as Int64)) ?? .normal,
      impact: Impact(rawValue: UInt64(clamping: row["impact"] as Int64)) ?? .low,
      category: row.optionalIdentifier("category"), queue: row.optionalIdentifier("queue"),
      level: Int(row["level"] as Int64), site: row.optionalIdentifier("site"),
      custodian: row.optionalIdentifier("custodian"), custodianStream: row.optionalIdentifier("custodian_stream"),
      requester: row.optionalIdentifier("requester"), assignee: row.optionalIdentifier("assignee"),
      channel: Channel(rawValue: UInt64(clamping: row["channel"] as Int64)) ?? .portal,
      tags: (row["tags"] as String).split(separator: " ").map(String.init), createdAt: row["created_at"],
      updatedAt: row["updated_at"], answeredAt: row["answered_at"], resolvedAt: row["resolved_at"],
      answerDue: row["answer_due"],
      conflicts: TicketField.disputable.filter { conflictBits & 1 << Int64($0.rawValue) != 0 },
      needsReview: row["review"], lastWord: row["last_word"], lastWordAt: row["last_word_at"],
      lastWordIsRequesters: row["last_word_by"] as Int64 == 2, row: row["no"],
      claimRank: ClaimRank(rawValue: UInt8(clamping: row["claim_rank"] as Int64)), claimedAt: row["claim_at"],
      acceptanceDue: row["claim_due"], hops: Int(row["hops"] as Int64),
      custodyFrom: row.optionalIdentifier("custody_from"), custodyAt: row["custody_at"],
      declinedBy: Self.people(row["declined"]), lapsedFor: Self.people(row["lapsed"]))
  }
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
