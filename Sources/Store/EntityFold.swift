import Foundation
import GRDB
import Helpdesk
import OperationLog

/// One operation on its way into one entity: the same steps for our own and for peers' operations.
struct EntityFold {
  let id: EntityID
  let kind: EntityKind
  let writer: StoreWriter
  let db: Database
  /// Row number; nil until the entity's first operation is folded in.
  private(set) var no: Int64?
  private(set) var state: EntityState
  private var digestBefore: Hash32?
  private var ticketRow: TicketProjection?

  /// Loads what is folded in so far.
  init(_ id: EntityID, _ kind: EntityKind, writer: StoreWriter, _ db: Database) throws {
    self.id = id
    self.kind = kind
    self.writer = writer
    self.db = db
    state = EntityState()
    let sql =
      kind == .ticket
      ? "SELECT no, state, subject, last_word, last_word_at, last_word_by FROM ticket WHERE id = ?"
      : "SELECT no, state FROM entity WHERE id = ?"
    if let row = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [id.blob]) {
      no = row["no"]
      let bytes: [UInt8] = row.bytes("state")
      state = try EntityState(decoding: bytes)
      digestBefore = writer.powers.hashing.sha256(id.bytes, bytes)
      if kind == .ticket { ticketRow = TicketProjection(carried: row) }
    } else if writer.deferredCount > 0 {
      try noteEarlierDeferred()
    }
  }

  /// Log row, merge, projections, search, digest. Never refuses a validly signed operation.
  mutating func integrate(
    _ operation: FoldableOperation, record: OperationRecord, streamNumber: Int64, texts: [String]
  ) throws {
    let rowID = OperationRowID.make(stream: streamNumber, sequence: operation.reference.sequence)
    let subjectBefore = kind == .ticket ? Ticket(id: id, state: state).subject : nil
    state.fold(operation)
    let isNew = no == nil
    let number = no ?? writer.progress.nextEntity
    if isNew { writer.progress.nextEntity += 1 }
    no = number
    try countEntry(operation, rowID, number)

    try db.cachedStatement(
      sql: "INSERT INTO operation (id, entity, kind, header, salt, text) VALUES (?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      rowID, number, Int64(operation.header.kind), record.header.blob, record.salt.isEmpty ? nil : record.salt.blob,
      record.text?.blob,
    ])
    let bytes = state.encoded()
    if let digestBefore { writer.progress.digest = writer.progress.digest.subtracting(digestBefore) }
    let digest = writer.powers.hashing.sha256(id.bytes, bytes)
    writer.progress.digest = writer.progress.digest.adding(digest)
    digestBefore = digest

    if kind == .ticket {
      try projectTicket(
        operation, number: number, isNew: isNew, bytes: bytes, texts: texts, subjectBefore: subjectBefore)
      if !texts.isEmpty { try index(texts, operation, rowID) }
      writer.group.tickets.insert(id)
    } else {
      try db.cachedStatement(
        sql: """
          INSERT INTO entity (no, id, kind, state) VALUES (?, ?, ?, ?)
          ON CONFLICT (no) DO UPDATE SET state = excluded.state
          """
      ).execute(arguments: [number, id.blob, Int64(kind.rawValue), bytes.blob])
      try DirectoryProjection(id: id, number: number, state: state, writer: writer, db: db).update(kind)
      writer.group.directoryChanged = true
    }
  }

  /// Lets one operation stand for its entry in this entity, whoever else wrote the same (an import repeated at another site).
  ///
  /// Per entity, because somebody may use one key for two tickets at two offices and neither office sees the other's.
  private mutating func countEntry(_ operation: FoldableOperation, _ rowID: Int64, _ number: Int64) throws {
    guard let entry = operation.header.entry else { return }
    let statement = try db.cachedStatement(sql: "SELECT operation FROM entry WHERE id = ? AND entity = ?")
    let hashing = writer.powers.hashing
    let term = Self.entryTerm(entry, operation.reference.dot, hashing)
    guard let standing = try Int64.fetchOne(statement, arguments: [entry.blob, number]) else {
      try db.cachedStatement(sql: "INSERT INTO entry (id, entity, operation) VALUES (?, ?, ?)")
        .execute(arguments: [entry.blob, number, rowID])
      state.countEntry(term, replacing: nil)
      return
    }
    // The earlier clock stands for the entry, then the lower dot: the same choice in whatever order they arrive.
    guard let other = try StoredOperation.fetch(standing, db, writer.streams) else {
      throw StoreFailure(code: .corrupt, description: "The operation behind entry \(entry) cannot be read.")
    }
    let ours = (operation.header.clock, operation.reference.dot)
    guard ours < (other.header.clock, other.reference.dot) else { return }
    try db.execute(
      sql: "UPDATE entry SET operation = ? WHERE id = ? AND entity = ?", arguments: [rowID, entry.blob, number])
    state.countEntry(term, replacing: Self.entryTerm(entry, other.reference.dot, hashing))
  }

  /// What an entry adds to the state's sum while this operation stands for it.
  static func entryTerm(_ entry: EntryID, _ dot: Dot, _ hashing: any Hashing) -> Hash32 {
    var writer = ByteWriter(reserving: 40)
    writer.identifier(entry)
    writer.identifier(dot.stream)
    writer.fixed64(dot.sequence)
    return hashing.sha256(writer.bytes)
  }

  private func index(_ texts: [String], _ operation: FoldableOperation, _ rowID: Int64) throws {
    let joined = texts.joined(separator: "\n")
    let isInternal = OperationKind(rawValue: operation.header.kind)?.isInternal ?? true
    try db.cachedStatement(sql: "INSERT INTO ticket_text (rowid, public_words, internal_words) VALUES (?, ?, ?)")
      .execute(arguments: [rowID, isInternal ? "" : joined, isInternal ? joined : ""])
  }

  // MARK: Tickets

  private mutating func projectTicket(
    _ operation: FoldableOperation, number: Int64, isNew: Bool, bytes: [UInt8], texts: [String],
    subjectBefore: TextReference?
  ) throws {
    let ticket = Ticket(id: id, state: state)
    var projection = ticketRow ?? TicketProjection()
    if let subject = ticket.subject, subject != subjectBefore {
      if subject.dot == operation.reference.dot {
        projection.subject = texts.indices.contains(subject.index) ? texts[subject.index] : ""
      } else {
        projection.subject = try StoredOperation.text(subject, db, writer.streams) ?? ""
      }
    }
    projection.noteWord(operation, texts: texts)
    ticketRow = projection
    if isNew || operation.header.kind == OperationKind.ticketOpened.rawValue {
      for number in ticket.numbers {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO ticket_number (number, ticket) VALUES (?, ?)")
          .execute(arguments: [number, self.no])
      }
    }
    try projection.write(ticket, no: number, isNew: isNew, state: bytes, db)
  }

  // MARK: Deferred operations

  private mutating func noteEarlierDeferred() throws {
    for rowID in try Int64.fetchAll(db, sql: "SELECT operation FROM deferred WHERE entity = ?", arguments: [id.blob]) {
      guard let place = writer.streams.first(where: { $0.value.no == OperationRowID.stream(rowID) }) else { continue }
      let dot = Dot(stream: place.key, sequence: OperationRowID.sequence(rowID))
      state.noteDeferred(DotReference(dot: dot, hashPrefix: 0))
    }
  }

  /// Notes a held but not understood operation in the state of an entity that exists.
  static func noteDeferred(_ dot: Dot, entity: EntityID, writer: StoreWriter, _ db: Database) throws {
    for table in ["ticket", "entity"] {
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT no, state FROM \(table) WHERE id = ?", arguments: [entity.blob])
      else { continue }
      let before: [UInt8] = row.bytes("state")
      var state = try EntityState(decoding: before)
      state.noteDeferred(DotReference(dot: dot, hashPrefix: 0))
      let after = state.encoded()
      let hashing = writer.powers.hashing
      writer.progress.digest = writer.progress.digest
        .subtracting(hashing.sha256(entity.bytes, before)).adding(hashing.sha256(entity.bytes, after))
      try db.execute(
        sql: "UPDATE \(table) SET state = ? WHERE no = ?", arguments: [after.blob, row["no"] as Int64])
    }
  }
}
