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
  /// What is folded in so far; a directory entity is worked on in the same way, and written at once.
  let entity: WorkingTicket
  /// Digest term of the stored row of a directory entity.
  private var termBefore: Hash32?

  /// Loads what is folded in so far.
  init(_ id: EntityID, _ kind: EntityKind, writer: StoreWriter, _ db: Database) throws {
    self.id = id
    self.kind = kind
    self.writer = writer
    self.db = db
    if kind == .ticket {
      if let known = try writer.workingTicket(id, db) {
        entity = known
        return
      }
      entity = WorkingTicket(id)
    } else {
      entity = WorkingTicket(id)
      let statement = try db.cachedStatement(sql: "SELECT no, state FROM entity WHERE id = ?")
      if let row = try Row.fetchOne(statement, arguments: [id.blob]) {
        let bytes: [UInt8] = row.bytes("state")
        entity.no = row["no"]
        entity.state = try EntityState(decoding: bytes)
        termBefore = writer.powers.hashing.sha256(id.bytes, bytes)
        return
      }
    }
    if writer.deferredCount > 0 { try noteEarlierDeferred() }
  }

  /// What of the entity is folded in: what an author at this node has seen unless they say otherwise.
  var vector: ObservedVector { entity.state.vector }

  /// Log row, merge, projections, search, digest. Never refuses a validly signed operation.
  func integrate(
    _ arrived: FoldableOperation, record: OperationRecord, streamNumber: Int64, texts: [String]
  ) throws {
    let bugs = writer.powers.plantedBugs
    let operation = bugs.isEmpty ? arrived : arrived.misread(by: bugs, entity.state)
    let rowID = OperationRowID.make(stream: streamNumber, sequence: operation.reference.sequence)
    let subjectBefore = kind == .ticket ? Ticket(id: id, state: entity.state).subject : nil
    entity.state.fold(operation)
    let isNew = entity.no == nil
    let number = entity.no ?? writer.progress.nextEntity
    if isNew { writer.progress.nextEntity += 1 }
    entity.no = number
    try countEntry(operation, rowID, number)

    let insert = try writer.statements(db).insertOperation
    insert.bind(rowID)
    insert.bind(number)
    insert.bind(Int64(operation.header.kind))
    insert.bind(record.header)
    insert.bind(record.salt.isEmpty ? nil : record.salt)
    insert.bind(record.text)
    try insert.run()

    if kind == .ticket {
      try noteWords(of: operation, texts: texts, subjectBefore: subjectBefore)
      if !texts.isEmpty { try index(texts, operation, rowID) }
      if isNew || operation.header.kind == OperationKind.ticketOpened.rawValue { try writeNumbers(number) }
      writer.noteChange(of: entity)
    } else {
      try writeDirectoryEntity(number)
    }
  }

  func writeDirectoryEntity(_ number: Int64) throws {
    let bytes = entity.state.encoded()
    let term = writer.powers.hashing.sha256(id.bytes, bytes)
    if let termBefore { writer.progress.digest = writer.progress.digest.subtracting(termBefore) }
    writer.progress.digest = writer.progress.digest.adding(term)
    try db.cachedStatement(
      sql: """
        INSERT INTO entity (no, id, kind, state) VALUES (?, ?, ?, ?)
        ON CONFLICT (no) DO UPDATE SET state = excluded.state
        """
    ).execute(arguments: [number, id.blob, Int64(kind.rawValue), bytes.blob])
    try DirectoryProjection(id: id, number: number, state: entity.state, writer: writer, db: db).update(kind)
    writer.group.directoryChanged = true
  }

  /// Lets one operation stand for its entry in this entity, whoever else wrote the same (an import repeated at another site).
  ///
  /// Per entity, because somebody may use one key for two tickets at two offices and neither office sees the other's.
  func countEntry(_ operation: FoldableOperation, _ rowID: Int64, _ number: Int64) throws {
    guard let entry = operation.header.entry else { return }
    let statements = try writer.statements(db)
    let hashing = writer.powers.hashing
    let term = Self.entryTerm(entry, operation.reference.dot, hashing)
    statements.insertEntry.bind(entry)
    statements.insertEntry.bind(number)
    statements.insertEntry.bind(rowID)
    // Nearly always it is the first; asking before would cost each of them a search.
    if try statements.insertEntry.run() > 0 {
      entity.state.countEntry(term, replacing: nil)
      return
    }
    statements.entryStanding.bind(entry)
    statements.entryStanding.bind(number)
    guard let standing = try statements.entryStanding.first({ $0.number(0) }) else { return }
    if writer.powers.plantedBugs.contains(.foldTwice) { return entity.state.countEntry(term, replacing: nil) }
    // The earlier clock stands for the entry, then the lower dot: the same choice in whatever order they arrive.
    guard let other = try StoredOperation.fetch(standing, db, writer.streams) else {
      throw StoreFailure(code: .corrupt, description: "The operation behind entry \(entry) cannot be read.")
    }
    let ours = (operation.header.clock, operation.reference.dot)
    guard ours < (other.header.clock, other.reference.dot) else { return }
    try db.execute(
      sql: "UPDATE entry SET operation = ? WHERE id = ? AND entity = ?", arguments: [rowID, entry.blob, number])
    entity.state.countEntry(term, replacing: Self.entryTerm(entry, other.reference.dot, hashing))
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
    let insert = try writer.statements(db).insertWords
    insert.bind(rowID)
    insert.bind(isInternal ? "" : joined)
    insert.bind(isInternal ? joined : "")
    try insert.run()
  }

  /// Remembers subject and latest word, which the row shows beside the merged fields.
  func noteWords(
    of operation: FoldableOperation, texts: [String], subjectBefore: TextReference?
  ) throws {
    if let subject = Ticket(id: id, state: entity.state).subject, subject != subjectBefore {
      if subject.dot == operation.reference.dot {
        entity.projection.subject = texts.indices.contains(subject.index) ? texts[subject.index] : ""
      } else {
        entity.projection.subject = try StoredOperation.text(subject, db, writer.streams) ?? ""
      }
    }
    entity.projection.noteWord(operation, texts: texts)
  }

  func writeNumbers(_ number: Int64) throws {
    let statements = try writer.statements(db)
    for text in Ticket(id: id, state: entity.state).numbers {
      statements.insertNumber.bind(text)
      statements.insertNumber.bind(number)
      try statements.insertNumber.run()
      statements.numberElsewhere.bind(text)
      statements.numberElsewhere.bind(number)
      if try statements.numberElsewhere.first({ _ in true }) != nil { try writer.shareNumber(text, db) }
    }
  }

  // MARK: Deferred operations

  func noteEarlierDeferred() throws {
    let deferred = try db.cachedStatement(sql: "SELECT operation FROM deferred WHERE entity = ?")
    for rowID in try Int64.fetchAll(deferred, arguments: [id.blob]) {
      guard let place = writer.streams.first(where: { $0.value.no == OperationRowID.stream(rowID) }) else { continue }
      let dot = Dot(stream: place.key, sequence: OperationRowID.sequence(rowID))
      entity.state.noteDeferred(DotReference(dot: dot, hashPrefix: 0))
    }
  }

  /// Notes a held but not understood operation in the state of an entity that exists.
  static func noteDeferred(_ dot: Dot, entity: EntityID, writer: StoreWriter, _ db: Database) throws {
    if let ticket = try writer.workingTicket(entity, db) {
      ticket.state.noteDeferred(DotReference(dot: dot, hashPrefix: 0))
      writer.noteChange(of: ticket)
    }
    guard
      let row = try Row.fetchOne(db, sql: "SELECT no, state FROM entity WHERE id = ?", arguments: [entity.blob])
    else { return }
    let before: [UInt8] = row.bytes("state")
    var state = try EntityState(decoding: before)
    state.noteDeferred(DotReference(dot: dot, hashPrefix: 0))
    let after = state.encoded()
    let hashing = writer.powers.hashing
    writer.progress.digest = writer.progress.digest
      .subtracting(hashing.sha256(entity.bytes, before)).adding(hashing.sha256(entity.bytes, after))
    try db.execute(sql: "UPDATE entity SET state = ? WHERE no = ?", arguments: [after.blob, row["no"] as Int64])
  }
}
