import Foundation
package import GRDB
package import Helpdesk
package import OperationLog
import Synchronization

/// An invitation somebody may join with, once and until it expires.
package struct Invitation: Hashable, Sendable {
  package var id: EntryID
  package var site: String
  /// CURVE public key good for joining only, 32 bytes.
  package var curveKey: [UInt8]
  package var secretDigest: Hash32
  package var expiresAt: Int64

  package init(id: EntryID, site: String, curveKey: [UInt8], secretDigest: Hash32, expiresAt: Int64) {
    self.id = id
    self.site = site
    self.curveKey = curveKey
    self.secretDigest = secretDigest
    self.expiresAt = expiresAt
  }
}

/// What replication and status need to know of the whole store.
package struct StoreFigures: Hashable, Sendable {
  package var digest: Hash32
  package var vector: VersionVector
  package var operationCount: Int
  package var deferredCount: Int
  /// Those of them that no version can be expected to understand, because their bytes do not decode.
  package var undecodableCount: Int
  package var heldRunCount: Int
  package var databaseBytes: Int64?
  package var walBytes: Int64?
  package var conflictsOpen: Int
  package var ticketCount: Int
  package var unassignedOverdue: Int
}

extension SiteStore {
  /// The runs that answer a `WANT`: from a sequence to a signed head at or after `to` (or about `bytesMax` on), nil when nothing.
  package func run(
    of stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int, recordsMax: Int = 256
  ) async throws -> OperationRun? {
    let hashing = powers.hashing
    return try await reading { db in
      try Self.run(of: stream, from: from, to: to, bytesMax: bytesMax, recordsMax: recordsMax, hashing: hashing, db)
    }
  }

  /// As above, calling back on a reader's thread, or at once.
  package func run(
    of stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int, recordsMax: Int,
    then settle: @escaping @Sendable (Result<OperationRun?, any Error>) -> Void
  ) {
    let question = RunMemory.Question(
      stream: stream, from: from, to: to, bytesMax: bytesMax, recordsMax: recordsMax)
    let (known, age) = runs.withLock { ($0.answer(to: question), $0.age) }
    if let known { return settle(.success(asForwarded(known))) }
    if scheduling == .stepped {
      return settle(Result { try readNow { db in try read(question, age, db).map(asForwarded) } })
    }
    pool.asyncRead { [self] result in
      settle(result.flatMap { db in Result { try read(question, age, db) } })
    }
  }

  /// Reads a run and remembers it for the peers that ask for it next.
  private func read(_ question: RunMemory.Question, _ age: UInt64, _ db: Database) throws -> OperationRun? {
    let run = try Self.run(
      of: question.stream, from: question.from, to: question.to, bytesMax: question.bytesMax,
      recordsMax: question.recordsMax, hashing: powers.hashing, db)
    if let run { runs.withLock { $0.note(run, for: question, age: age) } }
    return run
  }

  private func asForwarded(_ run: OperationRun) -> OperationRun {
    powers.plantedBugs.contains(.reencodeForwarded) ? run.reencoded() : run
  }

  /// The head of every stream, in stream order; without a signature where only those of its branches cover it.
  package func signedHeads() async throws -> [SignedHead] {
    try await reading { db in try Self.signedHeads(db) }
  }

  /// As above, inside a read.
  package static func signedHeads(_ db: Database) throws -> [SignedHead] {
    let sql = """
      SELECT s.id AS stream, s.head, s.hash, coalesce(h.signature, x'') AS signature FROM stream s
      LEFT JOIN signed_head h ON h.id = (s.no << 40 | s.head) WHERE s.head > 0 ORDER BY s.id
      """
    return try Row.fetchAll(db, sql: sql).map { row in
      SignedHead(
        stream: row.identifier("stream"), sequence: UInt64(clamping: row["head"] as Int64),
        hash: Hash32(bytes: row.bytes("hash")) ?? .zero, signature: row.bytes("signature"))
    }
  }

  static func run(
    of stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int, recordsMax: Int, hashing: any Hashing, _ db: Database
  ) throws -> OperationRun? {
    guard from > 0, from <= to else { return nil }
    let numbers = try PreparedStatement(cachedBy: db, "SELECT no FROM stream WHERE id = ?")
    numbers.bind(stream)
    guard let number = try numbers.first({ $0.number(0) }) else { return nil }
    let operations = try PreparedStatement(
      cachedBy: db, "SELECT id, header, salt, text FROM operation WHERE id BETWEEN ? AND ? ORDER BY id")
    operations.bind(OperationRowID.make(stream: number, sequence: from))
    operations.bind(OperationRowID.make(stream: number, sequence: OperationRowID.sequenceMax))
    let heads = try PreparedStatement(cachedBy: db, "SELECT hash, signature FROM signed_head WHERE id = ?")
    var records: [OperationRecord] = []
    var bytes = 0
    // What has been read up to the latest signed head inside the limits; a run may end nowhere else.
    var complete: (count: Int, head: SignedHead)?
    try operations.forEach { row in
      let id = row.number(0)
      let record = OperationRecord(
        header: row.bytes(1), salt: row.bytes(2), text: row.isNull(3) ? nil : row.bytes(3))
      records.append(record)
      bytes += record.byteCount
      heads.bind(id)
      let sequence = OperationRowID.sequence(id)
      let head = try heads.first {
        SignedHead(stream: stream, sequence: sequence, hash: $0.hash(0), signature: $0.bytes(1))
      }
      if let head {
        complete = (records.count, head)
        if sequence >= to { return false }
      }
      return complete == nil || (bytes < bytesMax && records.count < recordsMax)
    }
    if complete == nil, !records.isEmpty, let rest = try branchedRest(of: stream, hashing: hashing, db) {
      // The stream was taken apart behind its last signature: one of its branches shows that this much is signed.
      records += rest.records
      complete = (
        records.count,
        SignedHead(
          stream: stream, sequence: from + UInt64(records.count) - 1, hash: rest.head.hash,
          signature: rest.head.signature)
      )
    }
    guard let complete else { return nil }
    return OperationRun(
      stream: stream, first: from,
      records: complete.count == records.count ? records : Array(records.prefix(complete.count)), head: complete.head)
  }

  /// How much of each stream is held.
  package func vector() async throws -> VersionVector {
    try await reading { db in try Self.vector(db) }
  }

  static func vector(_ db: Database) throws -> VersionVector {
    var vector = VersionVector()
    for row in try Row.fetchAll(db, sql: "SELECT id, head FROM stream") {
      vector[row.identifier("id")] = UInt64(clamping: row["head"] as Int64)
    }
    return vector
  }

  /// The canonical state digest with the vector it belongs to, read in one snapshot.
  package func digest() async throws -> (digest: Hash32, vector: VersionVector) {
    try await reading { db in
      let stored = try Data.fetchOne(db, sql: "SELECT digest FROM progress WHERE id = 1")
      return (stored.flatMap { Hash32(bytes: $0) } ?? .zero, try Self.vector(db))
    }
  }

  /// The node of each stream, for "where" and for telling what a site holds.
  package func streamNodes() async throws -> [StreamID: NodeID] {
    try await reading { db in try Self.streamNodes(db) }
  }

  /// As above, inside a read.
  package static func streamNodes(_ db: Database) throws -> [StreamID: NodeID] {
    var nodes: [StreamID: NodeID] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT id, node FROM stream") {
      nodes[row.identifier("id")] = row.identifier("node")
    }
    return nodes
  }

  /// The canonical state digest, inside a read.
  package static func digest(_ db: Database) throws -> Hash32 {
    try Data.fetchOne(db, sql: "SELECT digest FROM progress WHERE id = 1").flatMap { Hash32(bytes: $0) } ?? .zero
  }

  /// Figures for the status, in one snapshot.
  package func figures(now: Int64) async throws -> StoreFigures {
    let database = Self.fileBytes(path)
    let wal = Self.fileBytes(path + "-wal")
    return try await reading { db in
      let stored = try Data.fetchOne(db, sql: "SELECT digest FROM progress WHERE id = 1")
      let vector = try Self.vector(db)
      return StoreFigures(
        digest: stored.flatMap { Hash32(bytes: $0) } ?? .zero, vector: vector,
        operationCount: Int(clamping: vector.sorted.reduce(UInt64(0)) { $0 &+ $1.sequence }),
        deferredCount: try Int.fetchOne(db, sql: "SELECT count(*) FROM deferred") ?? 0,
        undecodableCount: try Int.fetchOne(
          db, sql: "SELECT count(*) FROM deferred WHERE reason NOT LIKE 'kind %'") ?? 0,
        heldRunCount: try Int.fetchOne(db, sql: "SELECT count(*) FROM held_run") ?? 0, databaseBytes: database,
        walBytes: wal,
        conflictsOpen: try Int.fetchOne(db, sql: "SELECT count(*) FROM ticket WHERE conflicts <> 0") ?? 0,
        ticketCount: try Int.fetchOne(db, sql: "SELECT count(*) FROM ticket") ?? 0,
        unassignedOverdue: try Int.fetchOne(
          db,
          sql: "SELECT count(*) FROM ticket WHERE status < 2 AND assignee IS NULL AND answer_due < ? AND channel <> 6",
          arguments: [now]) ?? 0)
    }
  }

  private static func fileBytes(_ path: String) -> Int64? {
    let values = try? FileManager.default.attributesOfItem(atPath: path)  // An absent file has no size: unknown.
    return (values?[.size] as? NSNumber)?.int64Value
  }

  // MARK: Nodes known before the directory has arrived

  /// Trusts the nodes a joining node was told of by the one that admitted it.
  package func addBootstrapNodes(_ nodes: [AdmittedNode]) async throws {
    try await writeLocally { db in try Self.insertBootstrapNodes(nodes, db) }
  }

  /// As above, at once, in a stepped store.
  package func addBootstrapNodesNow(_ nodes: [AdmittedNode]) throws {
    try readNow { db in
      try db.inTransaction {
        try Self.insertBootstrapNodes(nodes, db)
        return .commit
      }
    }
  }

  private static func insertBootstrapNodes(_ nodes: [AdmittedNode], _ db: Database) throws {
    for node in nodes {
      try db.execute(
        sql: "INSERT OR REPLACE INTO bootstrap_node VALUES (?, ?, ?, ?, ?)",
        arguments: [
          node.id.blob, node.site.blob, node.publicKey.blob, node.curveKey.blob, node.address,
        ])
    }
  }

  package func bootstrapNodes() async throws -> [AdmittedNode] {
    try await reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM bootstrap_node ORDER BY id").map(DirectoryRows.node)
    }
  }

  // MARK: Invitations

  package func addInvitation(_ invitation: Invitation) async throws {
    try await writeLocally { db in
      try db.execute(
        sql: "INSERT INTO invitation VALUES (?, ?, ?, ?, ?, 0)",
        arguments: [
          invitation.id.blob, invitation.site, invitation.curveKey.blob, invitation.secretDigest.blob,
          invitation.expiresAt,
        ])
    }
  }

  /// Invitations that may still be used.
  package func openInvitations(now: Int64) async throws -> [Invitation] {
    try await reading { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM invitation WHERE used = 0 AND expires_at > ? ORDER BY id", arguments: [now]
      ).map { row in
        Invitation(
          id: row.identifier("id"), site: row["site"], curveKey: row.bytes("curve_key"),
          secretDigest: Hash32(bytes: row.bytes("secret_digest")) ?? .zero, expiresAt: row["expires_at"])
      }
    }
  }

  /// Uses an invitation up; false when somebody was faster.
  package func useInvitation(_ id: EntryID) async throws -> Bool {
    try await writeLocally { db in
      try db.execute(sql: "UPDATE invitation SET used = 1 WHERE id = ? AND used = 0", arguments: [id.blob])
      return db.changesCount == 1
    }
  }

  // MARK: Local settings

  /// A small value of this node alone, not replicated.
  package func localSetting(_ key: String) async throws -> [UInt8]? {
    try await reading { db in
      try Data.fetchOne(db, sql: "SELECT value FROM local_setting WHERE key = ?", arguments: [key]).map { [UInt8]($0) }
    }
  }

  package func setLocalSetting(_ key: String, _ value: [UInt8]) async throws {
    try await writeLocally { db in
      try db.execute(sql: "INSERT OR REPLACE INTO local_setting VALUES (?, ?)", arguments: [key, value.blob])
    }
  }

  package func removeLocalSetting(_ key: String) async throws {
    try await writeLocally { db in
      try db.execute(sql: "DELETE FROM local_setting WHERE key = ?", arguments: [key])
    }
  }

  // MARK: Backup and verification

  /// Copies the database, consistent at one moment, while writes go on. Throws when the file exists.
  package func backup(to file: String) async throws {
    let path = file
    guard !FileManager.default.fileExists(atPath: path) else {
      throw StoreFailure(code: .other, description: "\(path) exists already; name a new file for the backup.")
    }
    do {
      // On a reader's connection, which sees one moment of the database and lets the writer go on.
      try await pool.unsafeRead { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) }
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  /// As `findProblems`, at once, in a stepped store.
  package func findProblemsNow() throws -> [String] {
    try readNow { db in
      var audit = StoreAudit(db: db, powers: powers, cluster: identity.cluster)
      return try audit.problems()
    }
  }

  /// What is wrong with the store: chains that do not verify, a digest that differs from a fresh fold, a damaged file.
  package func findProblems() async throws -> [String] {
    let powers = powers
    let cluster = identity.cluster
    return try await reading { db in
      var audit = StoreAudit(db: db, powers: powers, cluster: cluster)
      return try audit.problems()
    }
  }
}
