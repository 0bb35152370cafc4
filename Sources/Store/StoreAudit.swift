import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Reads the whole store and checks what is promised of it: file, chains, signatures, texts, merged states, digest.
struct StoreAudit {
  let db: Database
  let powers: StorePowers
  let cluster: ClusterID
  /// By stream number: the stream, and the hash prefix of each of its operations in order.
  private var streams: [Int64: (id: StreamID, prefixes: [UInt32])] = [:]
  private var branches: StreamBranches

  init(db: Database, powers: StorePowers, cluster: ClusterID) {
    self.db = db
    self.powers = powers
    self.cluster = cluster
    branches = StreamBranches(db: db, hashing: powers.hashing, streams: [:])
  }

  /// In words for operators; empty when all is well.
  mutating func problems() throws -> [String] {
    var problems: [String] = []
    for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where line != "ok" {
      problems.append("database: \(line)")
    }
    branches = StreamBranches(db: db, hashing: powers.hashing, streams: try StoreWriter.StreamRow.all(db))
    for row in try Row.fetchAll(db, sql: "SELECT * FROM stream ORDER BY no") { problems += try chainProblems(row) }
    problems += try foldProblems()
    problems += try digestProblems()
    return problems
  }

  private mutating func chainProblems(_ row: Row) throws -> [String] {
    let stream: StreamID = row.identifier("id")
    let number: Int64 = row["no"]
    let key = row.bytes("public_key")
    var problems: [String] = []
    let place = branches.streams[stream]
    var chain = place?.start(stream, hashing: powers.hashing) ?? StreamChain(stream: stream, hashing: powers.hashing)
    // The record that a derived stream begins with is made by every node and signed by none.
    var signedThrough = chain.sequence
    var prefixes: [UInt32] = place?.derivation.map { [$0.baseHash.prefix] } ?? []
    if let derivation = place?.derivation, derivation.name(powers.hashing) != stream {
      problems.append("stream \(stream): it is not named by the operation it begins with")
    }
    defer { streams[number] = (stream, prefixes) }
    let operations = try Row.fetchCursor(
      db,
      sql: """
        SELECT o.id, o.header, o.salt, o.text, h.hash, h.signature FROM operation o
        LEFT JOIN signed_head h ON h.id = o.id WHERE o.id BETWEEN ? AND ? ORDER BY o.id
        """,
      arguments: [
        OperationRowID.make(stream: number, sequence: chain.sequence + 1),
        OperationRowID.make(stream: number, sequence: OperationRowID.sequenceMax),
      ])
    while let operation = try operations.next() {
      let header = operation.bytes("header")
      chain.append(header, hashing: powers.hashing)
      prefixes.append(chain.reference.hashPrefix)
      guard OperationRowID.sequence(operation["id"]) == chain.sequence else {
        return problems + ["stream \(stream): an operation is missing before \(chain.sequence)"]
      }
      if let text = operation["text"] as Data? {
        let salt = (operation["salt"] as Data?).map { [UInt8]($0) } ?? []
        let commitment = powers.hashing.sha256(salt, [UInt8](text))
        if Array(header.suffix(32)) != commitment.bytes {
          problems.append("stream \(stream): the text at \(chain.sequence) was altered")
        }
      }
      guard let signature = operation["signature"] as Data? else { continue }
      let head = SignedHead(
        stream: stream, sequence: chain.sequence, hash: chain.hash, signature: [UInt8](signature))
      let signed = place?.signed(head) ?? head
      if !signed.isValid(cluster: cluster, publicKey: key, verifier: powers.verifier) {
        problems.append("stream \(stream): the signature at \(chain.sequence) is not its node's")
      }
      signedThrough = chain.sequence
    }
    let stored = UInt64(clamping: row["head"] as Int64)
    if stored != chain.sequence || Hash32(bytes: row.bytes("hash")) != chain.hash {
      problems.append("stream \(stream): stored head \(stored) differs from its chain at \(chain.sequence)")
    }
    // Where a stream was taken apart, the signatures of its branches cover the end of it.
    if signedThrough != chain.sequence, place?.isEnded != true {
      problems.append("stream \(stream): operations after \(signedThrough) are not signed")
    }
    return problems
  }

  /// Folds every entity again from the log and compares with the state that is stored.
  private func foldProblems() throws -> [String] {
    var problems: [String] = []
    for table in ["ticket", "entity"] {
      let rows = try Row.fetchCursor(db, sql: "SELECT no, id, state FROM \(table) ORDER BY no")
      while let row = try rows.next() {
        let id: EntityID = row.identifier("id")
        if try freshState(id, row["no"]).encoded() != row.bytes("state") {
          problems.append("\(table) \(id): the stored state differs from what its operations make")
        }
      }
    }
    let astray = """
      SELECT count(*) FROM operation o WHERE entity <> 0
      AND NOT EXISTS (SELECT 1 FROM ticket WHERE no = o.entity) AND NOT EXISTS (SELECT 1 FROM entity WHERE no = o.entity)
      """
    if let count = try Int.fetchOne(db, sql: astray), count > 0 {
      problems.append("\(count) operations belong to no ticket or entity")
    }
    return problems
  }

  private func freshState(_ id: EntityID, _ number: Int64) throws -> EntityState {
    var state = EntityState()
    var standing: [EntryID: (clock: HybridTime, dot: Dot)] = [:]
    let statement = try db.cachedStatement(
      sql: "SELECT id, header, text FROM operation WHERE entity = ? ORDER BY id")
    for row in try Row.fetchAll(statement, arguments: [number]) {
      guard let reference = dot(row["id"]), let stored = StoredOperation(row: row, stream: reference.stream) else {
        continue
      }
      var header = stored.header
      header.observed = try branches.resolve(header.observed)
      state.fold(FoldableOperation(reference: reference, header: header, changes: stored.changes))
      guard let entry = stored.header.entry else { continue }
      let place = (clock: stored.header.clock, dot: reference.dot)
      if let other = standing[entry], (other.clock, other.dot) < (place.clock, place.dot) { continue }
      standing[entry] = place
    }
    for (entry, place) in standing {
      state.countEntry(EntityFold.entryTerm(entry, place.dot, powers.hashing), replacing: nil)
    }
    let deferred = try db.cachedStatement(sql: "SELECT operation FROM deferred WHERE entity = ?")
    for rowID in try Int64.fetchAll(deferred, arguments: [id.blob]) {
      guard let reference = dot(rowID) else { continue }
      state.noteDeferred(DotReference(dot: reference.dot, hashPrefix: 0))
    }
    return state
  }

  /// Nil for an operation outside the chains, which has been reported by then.
  private func dot(_ rowID: Int64) -> DotReference? {
    let sequence = OperationRowID.sequence(rowID)
    guard let stream = streams[OperationRowID.stream(rowID)], sequence > 0, sequence <= stream.prefixes.count else {
      return nil
    }
    return DotReference(
      dot: Dot(stream: stream.id, sequence: sequence), hashPrefix: stream.prefixes[Int(sequence) - 1])
  }

  private func digestProblems() throws -> [String] {
    var sum = Hash32.zero
    for table in ["ticket", "entity"] {
      let rows = try Row.fetchCursor(db, sql: "SELECT id, state FROM \(table)")
      while let row = try rows.next() {
        sum = sum.adding(powers.hashing.sha256(row.bytes("id"), row.bytes("state")))
      }
    }
    let stored = try Data.fetchOne(db, sql: "SELECT digest FROM progress WHERE id = 1").flatMap { Hash32(bytes: $0) }
    return stored ?? .zero == sum ? [] : ["state digest: stored \(stored ?? .zero) differs from the entities' \(sum)"]
  }
}
