import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Streams that were written twice: found when a run is truly signed and leads elsewhere, taken apart at the first
/// difference, and folded in again under the names that every node derives alike.
extension StoreWriter {
  /// Where the operations of a run belong: the stream its node signs, and the first sequence there.
  private struct Aim {
    var root: StreamID
    var first: UInt64
    /// Without the record that a derived stream begins with.
    var records: [OperationRecord]
    /// What that record says; nil for a run that begins later.
    var derivation: StreamDerivation?

    var last: UInt64 { first &+ UInt64(records.count) &- 1 }
  }

  func branching(_ db: Database) -> StreamBranches {
    StreamBranches(db: db, hashing: powers.hashing, streams: streams)
  }

  /// True when the head is on the chain that is held; it is not beyond it.
  func isHeld(_ head: SignedHead, _ db: Database) throws -> Bool {
    guard let stream = streams[head.stream] else { return false }
    if head.sequence == stream.chain.sequence { return head.hash == stream.chain.hash }
    let statement = try db.cachedStatement(sql: "SELECT hash FROM signed_head WHERE id = ?")
    let rowID = OperationRowID.make(stream: stream.no, sequence: head.sequence)
    if let known = try Data.fetchOne(statement, arguments: [rowID]) { return Hash32(bytes: known) == head.hash }
    return try branching(db).hash(of: head.stream, at: head.sequence) == head.hash
  }

  /// True for a run that `takeBranch` has to look at: one of a derived or an ended stream.
  func isOfBranch(_ run: OperationRun) -> Bool {
    if let stream = streams[run.stream] { return stream.derivation != nil || stream.isEnded }
    return run.first == 1 && run.records.first.flatMap(Self.derivation) != nil
  }

  private static func derivation(_ record: OperationRecord) -> StreamDerivation? {
    do {
      return try StreamDerivation(decoding: record.header)
    } catch {
      return nil  // Any other operation: nothing is derived.
    }
  }

  /// Takes in a run whose label does not say where it belongs, because its stream was, or now proves to be, written twice.
  func takeBranch(_ run: OperationRun, _ db: Database) throws -> IngestOutcome {
    let aim = try aim(of: run)
    guard let root = streams[aim.root], aim.first > 0, aim.last <= OperationRowID.sequenceMax, !aim.records.isEmpty
    else { throw RunRefusal.gap(expected: 1, got: run.first) }
    let head = SignedHead(stream: aim.root, sequence: aim.last, hash: run.head.hash, signature: run.head.signature)
    func isSigned() -> Bool {
      head.isValid(cluster: identity.cluster, publicKey: root.publicKey, verifier: powers.verifier)
    }
    var places = try branching(db).places(root: aim.root, at: aim.first - 1)
    if let derivation = aim.derivation { places.removeAll { $0.hash != derivation.baseHash } }
    let held = streams[run.stream]?.chain.sequence ?? 0
    guard !places.isEmpty else {
      let earlier = isSigned() ? try earlierFork(aim, db) : nil
      throw earlier ?? RunRefusal.gap(expected: held + 1, got: run.first)
    }
    for place in places {
      let hashes = chain(aim, from: place.hash)
      guard hashes.last == head.hash else { continue }
      guard isSigned() else { throw RunRefusal.signatureWrong(Dot(stream: run.stream, sequence: run.last)) }
      // Checked for all before anything is changed, because a refusal leaves nothing behind.
      try verifyTexts(aim.records, stream: run.stream, first: run.first + UInt64(run.records.count - aim.records.count))
      // What this group wrote before must be signed before it may be moved.
      if group.streams.contains(home.stream) { try signOwnHead(db) }
      return try walk(aim, hashes, head, from: place, label: run.stream, db)
    }
    guard isSigned() else { throw RunRefusal.chainBroken(Dot(stream: run.stream, sequence: run.last)) }
    // Signed, yet not on any chain held here: the difference may lie before the run. Each question reaches further back.
    guard run.stream == aim.root, run.first > 2 else {
      throw RunRefusal.chainBroken(Dot(stream: run.stream, sequence: run.last))
    }
    throw RunRefusal.writtenTwice(aim.root, askFrom: furtherBack(from: run.first, of: root))
  }

  /// Where to look for the difference next: further back with each question.
  private func furtherBack(from first: UInt64, of stream: StreamRow) -> UInt64 {
    let head = stream.chain.sequence
    let reach = max(64, 4 * (head + 1 - min(first, head + 1)))
    return first > reach + 1 ? first - reach : 1
  }

  /// A branch goes on from an operation that is not the one held in its place: what is held must part from it earlier.
  private func earlierFork(_ aim: Aim, _ db: Database) throws -> RunRefusal? {
    guard let derivation = aim.derivation, chain(aim, from: derivation.baseHash).first == derivation.firstHash,
      let place = try branching(db).places(root: aim.root, at: derivation.base).first(where: {
        streams[$0.stream]?.isEnded == false && $0.hash != derivation.baseHash
      }),
      let stream = streams[place.stream]
    else { return nil }
    return .writtenTwice(place.stream, askFrom: furtherBack(from: place.sequence, of: stream))
  }

  private func aim(of run: OperationRun) throws -> Aim {
    guard let first = run.records.first, run.head.stream == run.stream, run.head.sequence == run.last else {
      throw RunRefusal.malformed
    }
    let stated = run.first == 1 ? Self.derivation(first) : nil
    if let stated {
      guard stated.name(powers.hashing) == run.stream else { throw RunRefusal.malformed }
      return Aim(
        root: stated.root, first: stated.base + 1, records: Array(run.records.dropFirst()), derivation: stated)
    }
    if let known = streams[run.stream]?.derivation {
      guard run.first > 1 else { throw RunRefusal.malformed }
      return Aim(root: known.root, first: known.rootSequence(of: run.first), records: run.records, derivation: nil)
    }
    return Aim(root: run.stream, first: run.first, records: run.records, derivation: nil)
  }

  private func chain(_ aim: Aim, from hash: Hash32) -> [Hash32] {
    var chain = StreamChain(stream: aim.root, sequence: aim.first - 1, hash: hash)
    return aim.records.map { record in
      chain.append(record.header, hashing: powers.hashing)
      return chain.hash
    }
  }

  /// Follows what is held as far as the run says the same; what it says beyond is appended, after a split where it differs.
  private func walk(
    _ aim: Aim, _ hashes: [Hash32], _ head: SignedHead, from place: StreamBranches.Place, label: StreamID,
    _ db: Database
  ) throws -> IngestOutcome {
    var at = place
    var index = 0
    while index < hashes.count {
      guard let stream = streams[at.stream] else { break }
      if at.sequence < stream.chain.sequence {
        if try nextHash(after: at, db) == hashes[index] {
          at = StreamBranches.Place(stream: at.stream, sequence: at.sequence + 1, hash: hashes[index])
          index += 1
          continue
        }
        try split(at, for: head, other: hashes[index], db)
      }
      let next = branching(db).children(of: at.stream).first { streams[$0]?.derivation?.firstHash == hashes[index] }
      if let next {
        at = StreamBranches.Place(stream: next, sequence: 2, hash: hashes[index])
        index += 1
        continue
      }
      if streams[at.stream]?.isEnded == true { at = try beginBranch(at, first: hashes[index], head, db) }
      return try append(aim, hashes, from: index, to: at, head, label: label, db)
    }
    // Nothing new but, perhaps, a signature inside what is held.
    if let stream = streams[at.stream] {
      let own = SignedHead(stream: at.stream, sequence: at.sequence, hash: head.hash, signature: head.signature)
      // What this group has to tell of the stream is no news of this run.
      let told = group.heads[at.stream]
      try store(own, streamNumber: stream.no, db)
      group.heads[at.stream] = told
    }
    return .alreadyHeld(through: at.sequence)
  }

  private func nextHash(after place: StreamBranches.Place, _ db: Database) throws -> Hash32? {
    guard let stream = streams[place.stream] else { return nil }
    let rowID = OperationRowID.make(stream: stream.no, sequence: place.sequence + 1)
    let statement = try db.cachedStatement(sql: "SELECT header FROM operation WHERE id = ?")
    guard let header = try Data.fetchOne(statement, arguments: [rowID]) else { return nil }
    return powers.hashing.sha256(place.hash.bytes, [UInt8](header))
  }

  /// Appends the rest of a run behind a place that is the end of its stream, and folds it in.
  private func append(
    _ aim: Aim, _ hashes: [Hash32], from index: Int, to place: StreamBranches.Place, _ head: SignedHead,
    label: StreamID, _ db: Database
  ) throws -> IngestOutcome {
    guard let stream = streams[place.stream] else { return .alreadyHeld(through: place.sequence) }
    var sequence = place.sequence
    var entities: Set<EntityID> = []
    for (record, hash) in zip(aim.records[index...], hashes[index...]) {
      sequence += 1
      let reference = DotReference(dot: Dot(stream: place.stream, sequence: sequence), hashPrefix: hash.prefix)
      if let entity = try fold(record, reference, streamNumber: stream.no, db) { entities.insert(entity) }
    }
    streams[place.stream]?.chain = StreamChain(stream: place.stream, sequence: sequence, hash: head.hash)
    group.streams.insert(place.stream)
    try store(
      SignedHead(stream: place.stream, sequence: sequence, hash: head.hash, signature: head.signature),
      streamNumber: stream.no, db)
    // What others had seen of these operations can be told from now on.
    if hasBranches { try refold(entities.union(group.refold), db) }
    group.refold = []
    return place.stream == label ? .stored(through: sequence) : .branched
  }

  // MARK: Taking a stream apart

  /// Ends a stream at a place inside it: what follows moves to a derived stream.
  private func split(
    _ place: StreamBranches.Place, for head: SignedHead, other: Hash32, _ db: Database
  ) throws {
    guard let stream = streams[place.stream], let first = try nextHash(after: place, db) else { return }
    let root = stream.derivation?.root ?? place.stream
    let derivation = StreamDerivation(
      root: root, base: stream.rootSequence(of: place.sequence), baseHash: place.hash, firstHash: first)
    let moved = try registerBranch(derivation, of: stream, db)
    guard let new = streams[moved] else { return }
    group.refold.formUnion(try entities(of: stream.no, after: place.sequence, place.stream, db))
    try move(from: stream.no, after: place.sequence, to: new.no, db)
    streams[moved]?.chain = StreamChain(
      stream: moved, sequence: derivation.sequence(ofRoot: stream.rootSequence), hash: stream.chain.hash)
    // A moved stream that had ended itself stays ended; this one ends now.
    streams[moved]?.isEnded = stream.isEnded
    streams[place.stream]?.isEnded = true
    streams[place.stream]?.chain = StreamChain(stream: place.stream, sequence: place.sequence, hash: place.hash)
    group.streams.formUnion([moved, place.stream])
    group.heads[place.stream] = nil
    group.ends[place.stream] = place.hash
    group.heads[moved] = try lastHead(of: moved, db)
    group.directoryChanged = true
    try addProof(derivation, other: other, head, db)
    if place.stream == home.stream { group.mustRenew = true }
  }

  /// Begins the derived stream of operations that nobody had shown here before.
  private func beginBranch(
    _ place: StreamBranches.Place, first: Hash32, _ head: SignedHead, _ db: Database
  ) throws -> StreamBranches.Place {
    guard let stream = streams[place.stream] else { return place }
    let derivation = StreamDerivation(
      root: stream.derivation?.root ?? place.stream, base: stream.rootSequence(of: place.sequence),
      baseHash: place.hash, firstHash: first)
    let id = try registerBranch(derivation, of: stream, db)
    group.streams.insert(id)
    group.directoryChanged = true
    if let elder = branching(db).children(of: place.stream).first(where: { $0 != id }),
      let known = streams[elder]?.derivation
    {
      try addProof(known, other: first, head, db)
    }
    return StreamBranches.Place(stream: id, sequence: 1, hash: place.hash)
  }

  private func registerBranch(_ derivation: StreamDerivation, of parent: StreamRow, _ db: Database) throws -> StreamID {
    let id = derivation.name(powers.hashing)
    try db.execute(
      sql: "INSERT INTO stream (id, node, public_key, head, hash) VALUES (?, ?, ?, 1, ?)",
      arguments: [id.blob, parent.node.blob, parent.publicKey.blob, derivation.baseHash.blob])
    let number = db.lastInsertedRowID
    try db.execute(
      sql: "INSERT INTO operation (id, entity, kind, header) VALUES (?, 0, ?, ?)",
      arguments: [
        OperationRowID.make(stream: number, sequence: 1), Int64(StreamDerivation.kind), derivation.encoded().blob,
      ])
    streams[id] = StreamRow(
      no: number, node: parent.node, publicKey: parent.publicKey,
      chain: StreamChain(stream: id, sequence: 1, hash: derivation.baseHash), derivation: derivation)
    hasBranches = true
    return id
  }

  /// Gives everything that hangs on the operations after a place its new row numbers.
  private func move(from old: Int64, after sequence: UInt64, to new: Int64, _ db: Database) throws {
    let first = OperationRowID.make(stream: old, sequence: sequence + 1)
    let last = OperationRowID.make(stream: old, sequence: OperationRowID.sequenceMax)
    // The operation after the place becomes number two, behind the record.
    let shift = OperationRowID.make(stream: new, sequence: 2) - first
    try moveWords(first, last, shift, db)
    for sql in [
      "UPDATE operation SET id = id + :shift WHERE id BETWEEN :first AND :last",
      "UPDATE signed_head SET id = id + :shift WHERE id BETWEEN :first AND :last",
      "UPDATE deferred SET operation = operation + :shift WHERE operation BETWEEN :first AND :last",
      "UPDATE entry SET operation = operation + :shift WHERE operation BETWEEN :first AND :last",
    ] {
      try db.execute(sql: sql, arguments: ["shift": shift, "first": first, "last": last])
    }
    try db.execute(
      sql: """
        UPDATE request SET stream = :new, first_operation = first_operation - :sequence + 1
        WHERE stream = :old AND first_operation > :sequence
        """, arguments: ["new": new, "old": old, "sequence": Int64(clamping: sequence)])
  }

  /// The search index has no rows to renumber, only words to take out and put in again.
  private func moveWords(_ first: Int64, _ last: Int64, _ shift: Int64, _ db: Database) throws {
    let rows = try Row.fetchAll(
      db, sql: "SELECT id, kind, text FROM operation WHERE id BETWEEN ? AND ? AND entity <> 0 AND text IS NOT NULL",
      arguments: [first, last])
    for row in rows {
      guard let kind = OperationKind(rawValue: UInt16(clamping: row["kind"] as Int64)), kind.entityKind == .ticket,
        let text = row["text"] as Data?
      else { continue }
      let words = try TextSegments.decode([UInt8](text)).joined(separator: "\n")
      let (open, closed) = kind.isInternal ? ("", words) : (words, "")
      let id: Int64 = row["id"]
      try db.execute(
        sql: "INSERT INTO ticket_text (ticket_text, rowid, public_words, internal_words) VALUES ('delete', ?, ?, ?)",
        arguments: [id, open, closed])
      try db.execute(
        sql: "INSERT INTO ticket_text (rowid, public_words, internal_words) VALUES (?, ?, ?)",
        arguments: [id + shift, open, closed])
    }
  }

  private func lastHead(of id: StreamID, _ db: Database) throws -> SignedHead? {
    guard let stream = streams[id] else { return nil }
    let statement = try db.cachedStatement(sql: "SELECT signature FROM signed_head WHERE id = ?")
    let rowID = OperationRowID.make(stream: stream.no, sequence: stream.chain.sequence)
    // An inner branch may end without a signature of its own; those of its branches cover it.
    let signature = try Data.fetchOne(statement, arguments: [rowID]).map { [UInt8]($0) } ?? []
    return SignedHead(stream: id, sequence: stream.chain.sequence, hash: stream.chain.hash, signature: signature)
  }

  /// Keeps both signed heads that prove the fork; the operations up to them are in the log.
  private func addProof(_ derivation: StreamDerivation, other: Hash32, _ head: SignedHead, _ db: Database) throws {
    let held = try heldHead(beyond: derivation, db)
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO fork_proof
          (root, sequence, first_hash, other_hash, head_sequence, head_hash, head_signature, other_head_sequence,
           other_head_hash, other_head_signature, found_at, acknowledged)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
        """,
      arguments: [
        derivation.root.blob, Int64(clamping: derivation.base + 1), derivation.firstHash.blob, other.blob,
        Int64(clamping: held.sequence), held.hash.blob, held.signature.blob, Int64(clamping: head.sequence),
        head.hash.blob, head.signature.blob, powers.wallClock(),
      ])
  }

  /// A signed head on the branch that was held first, in terms of the root.
  private func heldHead(beyond derivation: StreamDerivation, _ db: Database) throws -> SignedHead {
    var id = derivation.name(powers.hashing)
    while let stream = streams[id] {
      let range = [
        OperationRowID.make(stream: stream.no, sequence: 2),
        OperationRowID.make(stream: stream.no, sequence: OperationRowID.sequenceMax),
      ]
      let sql = "SELECT id, hash, signature FROM signed_head WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"
      if let row = try Row.fetchOne(db, sql: sql, arguments: [range[0], range[1]]) {
        return stream.signed(
          SignedHead(
            stream: id, sequence: OperationRowID.sequence(row["id"]), hash: Hash32(bytes: row.bytes("hash")) ?? .zero,
            signature: row.bytes("signature")))
      }
      guard let child = branching(db).children(of: id).first else { break }
      id = child
    }
    throw StoreFailure(code: .corrupt, description: "Stream \(derivation.root) has operations nobody signed.")
  }

  // MARK: Folding in again

  /// The entities whose state names an operation of the stream after a place, or was made by one.
  private func entities(
    of number: Int64, after sequence: UInt64, _ stream: StreamID, _ db: Database
  ) throws -> Set<EntityID> {
    var found: Set<EntityID> = []
    let range = [
      OperationRowID.make(stream: number, sequence: sequence + 1),
      OperationRowID.make(stream: number, sequence: OperationRowID.sequenceMax),
    ]
    try flushTickets(db)
    for table in ["ticket", "entity"] {
      let own = """
        SELECT id FROM \(table) WHERE no IN (SELECT DISTINCT entity FROM operation WHERE id BETWEEN ? AND ?)
        """
      for id in try Data.fetchAll(db, sql: own, arguments: [range[0], range[1]]) {
        if let id = EntityID(blob: id) { found.insert(id) }
      }
      // States list the streams they mention by their sixteen bytes.
      let naming = try Row.fetchCursor(
        db, sql: "SELECT id, state FROM \(table) WHERE instr(state, ?) > 0", arguments: [stream.blob])
      while let row = try naming.next() {
        guard try EntityState(decoding: row.bytes("state")).mentions(stream, after: sequence) else { continue }
        found.insert(row.identifier("id"))
      }
    }
    return found
  }

  /// Folds entities in anew from the log, with the names the branches have now.
  func refold(_ ids: Set<EntityID>, _ db: Database) throws {
    for id in ids.sorted() {
      let isTicket = try workingTicket(id, db) != nil
      var kind = EntityKind.ticket
      if !isTicket {
        let statement = try db.cachedStatement(sql: "SELECT kind FROM entity WHERE id = ?")
        guard let stored = try Int64.fetchOne(statement, arguments: [id.blob]),
          let known = EntityKind(rawValue: UInt8(clamping: stored))
        else { continue }
        kind = known
      }
      try EntityFold(id, kind, writer: self, db).refold()
    }
  }
}
