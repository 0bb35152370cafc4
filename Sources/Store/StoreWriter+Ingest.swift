import Foundation
import GRDB
import Helpdesk
import OperationLog

extension StoreWriter {
  /// Runs of streams nobody vouches for yet are kept up to this many bytes.
  static let heldBytesMax = 64 * 1024 * 1024
  /// And at most so many of them, because each is looked at again with every change of the directory.
  static let heldRunsMax = 4_096

  /// Takes in a peer's run inside the group's transaction: origin, chain, signature, texts, then the same fold as our own.
  func ingest(_ prepared: PreparedRun, _ db: Database) throws -> IngestOutcome {
    do {
      return try take(prepared, db)
    } catch let refusal as RunRefusal {
      if case .unknownStream = refusal { return try hold(prepared.run, db) }
      return .refused(refusal)
    }
  }

  private func take(_ arrived: PreparedRun, _ db: Database) throws -> IngestOutcome {
    var prepared = arrived
    var run = prepared.run
    guard !run.records.isEmpty, run.first > 0, run.first <= OperationRowID.sequenceMax,
      run.last <= OperationRowID.sequenceMax
    else {
      throw RunRefusal.malformed
    }
    if isOfBranch(run) { return try takeBranch(run, db) }
    let whole = run
    let stream = try stream(of: run, db)
    let held = stream.chain.sequence
    if run.last <= held {
      return try isHeld(run.head, db) ? .alreadyHeld(through: held) : takeBranch(whole, db)
    }
    guard run.first <= held + 1 else { throw RunRefusal.gap(expected: held + 1, got: run.first) }
    if run.first <= held {
      run.records.removeFirst(Int(held + 1 - run.first))
      run.first = held + 1
      prepared = PreparedRun(unprepared: run)
    }
    // As a result instead of a `catch` with a pattern: the compiler (6.3) never ends on that one.
    let verified = Result { () throws(RunRefusal) in
      if let hashes = prepared.hashes(from: stream.chain) { return hashes }
      return try run.verifyChain(from: stream.chain, hashing: powers.hashing)
    }
    if case .failure(.chainBroken) = verified, held > 0 { return try takeBranch(whole, db) }
    let hashes = try verified.get()
    guard
      run.head.isValid(cluster: identity.cluster, publicKey: stream.publicKey, verifier: powers.verifier)
        || powers.plantedBugs.contains(.skipSignatures)
    else {
      throw RunRefusal.signatureWrong(Dot(stream: run.stream, sequence: run.last))
    }
    if prepared.understood.isEmpty {
      try verifyTexts(run.records, stream: run.stream, first: run.first)
    } else if let dot = prepared.alteredText {
      throw RunRefusal.textAltered(dot)
    }
    if held == 0, streams[run.stream] == nil { try register(run.stream, stream, db) }
    guard let registered = streams[run.stream] else { throw RunRefusal.unknownStream(run.stream) }
    for (index, record) in run.records.enumerated() {
      let sequence = run.first + UInt64(index)
      let reference = DotReference(
        dot: Dot(stream: run.stream, sequence: sequence), hashPrefix: hashes[index].prefix)
      let understood = hasBranches || prepared.understood.isEmpty ? nil : prepared.understood[index]
      _ = try fold(record, reference, understood, streamNumber: registered.no, db)
    }
    streams[run.stream]?.chain = StreamChain(
      stream: run.stream, sequence: run.last, hash: run.head.hash)
    group.streams.insert(run.stream)
    try store(run.head, streamNumber: registered.no, db)
    return .stored(through: run.last)
  }

  /// Checks every text against the commitment in its header.
  func verifyTexts(_ records: [OperationRecord], stream: StreamID, first: UInt64) throws(RunRefusal) {
    if let dot = powers.firstAlteredText(in: records, stream: stream, first: first) { throw .textAltered(dot) }
  }

  /// The stream a run belongs to; a new one is named by its first operation and vouched for by the directory.
  private func stream(of run: OperationRun, _ db: Database) throws -> StreamRow {
    if let known = streams[run.stream] { return known }
    guard run.first == 1, let first = run.records.first else { throw RunRefusal.unknownStream(run.stream) }
    let opening: (node: NodeID, publicKey: [UInt8])
    do {
      let header = try OperationHeader(decoding: first.header)
      guard header.kind == OperationKind.streamOpened.rawValue else { throw RunRefusal.malformed }
      opening = try Self.opening(of: run.stream, Facts.decode(header.facts), powers.hashing)
    } catch is ByteDecodingFailure {
      throw RunRefusal.malformed
    }
    guard try isAdmitted(opening.node, db) else { throw RunRefusal.unknownStream(run.stream) }
    return StreamRow(
      no: 0, node: opening.node, publicKey: opening.publicKey,
      chain: StreamChain(stream: run.stream, hashing: powers.hashing))
  }

  /// Checks that a stream's name follows from the key and nonce its first operation discloses.
  private static func opening(
    of stream: StreamID, _ changes: [Change], _ hashing: any Hashing
  ) throws(RunRefusal) -> (node: NodeID, publicKey: [UInt8]) {
    var publicKey: [UInt8] = []
    var nonce: [UInt8] = []
    for change in changes {
      guard case .set(let tag, .bytes(let bytes)) = change else { continue }
      if tag == DirectoryField.Stream.publicKey { publicKey = bytes }
      if tag == DirectoryField.Stream.nonce { nonce = bytes }
    }
    let node = hashing.node(publicKey: publicKey)
    guard publicKey.count == 32, nonce.count == 16, hashing.stream(node: node, nonce: nonce) == stream else {
      throw .malformed
    }
    return (node, publicKey)
  }

  private func isAdmitted(_ node: NodeID, _ db: Database) throws -> Bool {
    if node == identity.node { return true }
    let sql = "SELECT 1 FROM node WHERE id = :id UNION ALL SELECT 1 FROM bootstrap_node WHERE id = :id"
    return try Int.fetchOne(db.cachedStatement(sql: sql), arguments: ["id": node.blob]) != nil
  }

  private func register(_ id: StreamID, _ stream: StreamRow, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO stream (id, node, public_key, head, hash) VALUES (?, ?, ?, 0, ?)")
      .execute(arguments: [id.blob, stream.node.blob, stream.publicKey.blob, stream.chain.hash.blob])
    streams[id] = StreamRow(
      no: db.lastInsertedRowID, node: stream.node, publicKey: stream.publicKey, chain: stream.chain)
  }

  /// Folds one operation of a peer in and gives its entity; what cannot be understood is kept whole, marked deferred.
  func fold(
    _ record: OperationRecord, _ reference: DotReference,
    _ prepared: Result<UnderstoodOperation, UnderstoodOperation.Obstacle>? = nil, streamNumber: Int64, _ db: Database
  ) throws -> EntityID? {
    let understood: UnderstoodOperation
    let signed = hasBranches ? streams[reference.stream]?.rootSequence(of: reference.sequence) : reference.sequence
    do throws(UnderstoodOperation.Obstacle) {
      if let prepared {
        understood = try prepared.get()
      } else {
        understood = try UnderstoodOperation(
          record, sequence: signed ?? reference.sequence, without: powers.kindsNotUnderstood)
      }
    } catch {
      if powers.plantedBugs.contains(.dropUnknownKinds) { return nil }
      let rowID = OperationRowID.make(stream: streamNumber, sequence: reference.sequence)
      if let header = error.header { follow(header) }
      try deferOperation(
        reference.dot, rowID, record, entity: error.header?.entity ?? .zero, reason: error.reason, db)
      // What others had seen of it can be told although nobody here can read it.
      return error.header?.entity
    }
    try fold(understood, record, reference, streamNumber: streamNumber, db)
    return understood.header.entity
  }

  /// Lets the clocks follow what a peer's operation says.
  private func follow(_ header: OperationHeader) {
    progress.lamport = min(max(progress.lamport, header.lamport), OperationHeader.lamportMax - 1)
    let wall = powers.plantedBugs.contains(.followEveryClock) ? header.clock.milliseconds : powers.wallClock()
    progress.clock.follow(header.clock, wallMilliseconds: wall)
  }

  /// Folds in what is understood.
  func fold(
    _ understood: UnderstoodOperation, _ record: OperationRecord, _ reference: DotReference, streamNumber: Int64,
    _ db: Database
  ) throws {
    var header = understood.header
    follow(header)
    if hasBranches { header.observed = try branching(db).resolve(header.observed) }
    let fold = try EntityFold(header.entity, understood.kind.entityKind, writer: self, db)
    let operation = FoldableOperation(reference: reference, header: header, changes: understood.changes)
    try fold.integrate(operation, record: record, streamNumber: streamNumber, texts: understood.texts)
  }

  private func deferOperation(
    _ dot: Dot, _ rowID: Int64, _ record: OperationRecord, entity: EntityID, reason: String, _ db: Database
  ) throws {
    try db.execute(
      sql: "INSERT INTO operation (id, entity, kind, header, salt, text) VALUES (?, 0, 0, ?, ?, ?)",
      arguments: [rowID, record.header.blob, record.salt.blob, record.text?.blob])
    try db.execute(
      sql: "INSERT INTO deferred (operation, entity, reason) VALUES (?, ?, ?)",
      arguments: [rowID, entity.blob, reason])
    deferredCount += 1
    try EntityFold.noteDeferred(dot, entity: entity, writer: self, db)
  }

  // MARK: Runs of nodes not in the directory yet

  private func hold(_ run: OperationRun, _ db: Database) throws -> IngestOutcome {
    let used =
      try heldBytes ?? Int.fetchOne(db, sql: "SELECT coalesce(sum(length(bytes)), 0) FROM held_run") ?? 0
    let bytes = RunCoding.encode(run)
    // What does not begin its stream, and has nothing to follow, says of nobody whom to wait for: it is asked for again.
    let author = try heldNodes[run.stream] ?? author(of: run) ?? heldAuthor(of: run.stream, db)
    let count = try heldCount ?? Int.fetchOne(db, sql: "SELECT count(*) FROM held_run") ?? 0
    guard let author, used + bytes.count <= Self.heldBytesMax, count < Self.heldRunsMax else {
      return .refused(.unknownStream(run.stream))
    }
    try db.cachedStatement(
      sql: powers.plantedBugs.contains(.forgetHeldRuns)
        ? "SELECT ?, ?, ?" : "INSERT OR IGNORE INTO held_run (stream, first, bytes) VALUES (?, ?, ?)"
    ).execute(arguments: [run.stream.blob, Int64(clamping: run.first), bytes.blob])
    let isNew = db.changesCount > 0
    heldBytes = isNew ? used + bytes.count : used
    heldCount = isNew ? count + 1 : count
    heldNodes[run.stream] = author
    return .heldUntilDirectory
  }

  /// The node that the held opening of a stream names; nil where none is held.
  private func heldAuthor(of stream: StreamID, _ db: Database) throws -> NodeID? {
    let statement = try db.cachedStatement(sql: "SELECT bytes FROM held_run WHERE stream = ? AND first = 1")
    guard let bytes = try Data.fetchOne(statement, arguments: [stream.blob]) else { return nil }
    do {
      return author(of: try RunCoding.decode([UInt8](bytes)))
    } catch {
      return nil  // Our own row, damaged: the run will be asked for again.
    }
  }

  /// The node that an opening run says it is of; nil for any other run.
  private func author(of run: OperationRun) -> NodeID? {
    guard run.first == 1, let first = run.records.first else { return nil }
    do {
      let header = try OperationHeader(decoding: first.header)
      return try Self.opening(of: run.stream, Facts.decode(header.facts), powers.hashing).node
    } catch {
      return nil  // It will be refused when it is looked at.
    }
  }

  /// Takes in held runs whose nodes the directory knows by now.
  func releaseHeldRuns(_ db: Database) throws {
    while true {
      var tookAny = false
      let rows = try Row.fetchAll(db, sql: "SELECT id, stream FROM held_run ORDER BY stream, first")
      if rows.isEmpty { return }
      let sql = "SELECT id FROM node UNION SELECT id FROM bootstrap_node"
      let admitted = Set(try Data.fetchAll(db, sql: sql).compactMap { NodeID(blob: $0) }).union([identity.node])
      for row in rows {
        let stream: StreamID = row.identifier("stream")
        if streams[stream] == nil, let node = heldNodes[stream], !admitted.contains(node) { continue }
        if try release(row["id"], db) { tookAny = true }
      }
      if !tookAny { return }
    }
  }

  /// Takes in one held run; false when it has to wait on, or cannot be read.
  private func release(_ id: Int64, _ db: Database) throws -> Bool {
    let bytes = try Data.fetchOne(db, sql: "SELECT bytes FROM held_run WHERE id = ?", arguments: [id]) ?? Data()
    heldBytes = nil
    heldCount = nil
    let run: OperationRun
    do {
      run = try RunCoding.decode([UInt8](bytes))
    } catch {
      // Our own row, damaged: the run will be asked for again from a peer.
      try db.execute(sql: "DELETE FROM held_run WHERE id = ?", arguments: [id])
      return false
    }
    do {
      _ = try take(PreparedRun(unprepared: run), db)
    } catch let refusal as RunRefusal {
      if case .unknownStream = refusal {
        heldNodes[run.stream] = heldNodes[run.stream] ?? author(of: run)
        return false
      }
      if case .gap = refusal { return false }
    }
    try db.execute(sql: "DELETE FROM held_run WHERE id = ?", arguments: [id])
    return true
  }
}
