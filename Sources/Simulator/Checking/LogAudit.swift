import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store

/// Reads one node's whole database with nothing but SQL and the envelope, and checks chains, texts, fields, digest, numbers.
struct LogAudit {
  let node: SimulatedNode
  let ledger: Ledger
  private let hashing = SHA256Hashing()
  private var byEntity: [EntityID: [FieldOracle.Operation]] = [:]

  init(_ node: SimulatedNode, _ ledger: Ledger) {
    self.node = node
    self.ledger = ledger
  }

  /// Reports what is wrong to the ledger. Throws `DatabaseError` when the database cannot be read.
  mutating func run() throws {
    guard let store = node.store else { return }
    if !ledger.copied.isEmpty {
      // Streams that were written twice have branches, which only the store's own audit knows how to follow.
      if let problem = try store.findProblemsNow().first { ledger.report(.contiguity, "\(node.code): \(problem)") }
      return try store.readNow { db in try checkClock(db) }
    }
    try store.readNow { db in
      try checkStreams(db)
      try checkTickets(db)
      try checkClock(db)
    }
  }

  private mutating func checkStreams(_ db: Database) throws {
    for row in try Row.fetchAll(db, sql: "SELECT no, id, head, hash FROM stream ORDER BY no") {
      let number: Int64 = row["no"]
      guard let stream = StreamID(bytes: row["id"] as Data) else { continue }
      var chain = StreamChain(stream: stream, hashing: hashing)
      let sql = "SELECT id, header, salt, text FROM operation WHERE id BETWEEN ? AND ? ORDER BY id"
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: sql), arguments: [number << 40, number << 40 | ((1 << 40) - 1)])
      while let operation = try rows.next() {
        let sequence = UInt64(bitPattern: (operation["id"] as Int64) & ((1 << 40) - 1))
        guard sequence == chain.sequence + 1 else {
          return ledger.report(.contiguity, "\(node.code) lacks \(chain.sequence + 1) of \(stream), it has \(sequence)")
        }
        let header = [UInt8](operation["header"] as Data)
        chain.append(header, hashing: hashing)
        checkText(header, operation, chain.reference.dot)
        note(header, chain.reference.dot)
      }
      let head = UInt64(bitPattern: row["head"] as Int64)
      if head != chain.sequence || Hash32(bytes: row["hash"] as Data) != chain.hash {
        ledger.report(.contiguity, "\(node.code) says \(head) of \(stream), its operations end at \(chain.sequence)")
      }
    }
  }

  private func checkText(_ header: [UInt8], _ row: Row, _ dot: Dot) {
    guard let text = row["text"] as Data? else { return }
    let salt = (row["salt"] as Data?).map { [UInt8]($0) } ?? []
    if Array(header.suffix(32)) != hashing.sha256(salt, [UInt8](text)).bytes {
      ledger.report(.authenticity, "\(node.code) shows another text at \(dot) than its author wrote")
    }
  }

  private mutating func note(_ bytes: [UInt8], _ dot: Dot) {
    // What cannot be read is not folded either.
    guard let header = try? OperationHeader(decoding: bytes),
      OperationKind(rawValue: header.kind)?.entityKind == .ticket,
      !(node.isOld && SimulatedCluster.newerKinds.contains(header.kind))
    else { return }
    // Nor what says nothing that this version understands.
    guard let changes = try? Facts.decode(header.facts) else { return }
    byEntity[header.entity, default: []].append(
      FieldOracle.Operation(
        dot: dot, clock: header.clock, observed: header.observed, entry: header.entry, changes: changes))
  }

  private func checkTickets(_ db: Database) throws {
    var sum = Hash32.zero
    var numbers: [String: EntityID] = [:]
    let tickets = try Row.fetchCursor(db, sql: "SELECT id, state, number, conflicts, assignee FROM ticket ORDER BY no")
    while let row = try tickets.next() {
      guard let id = EntityID(bytes: row["id"] as Data) else { continue }
      let bytes = [UInt8](row["state"] as Data)
      sum = sum.adding(hashing.sha256(id.bytes, bytes))
      let state = try EntityState(decoding: bytes)
      if let difference = FieldOracle(operations: byEntity[id] ?? []).difference(from: state) {
        ledger.report(difference.promise, "at \(node.code), ticket \(row["number"] as String): \(difference.what)")
      }
      let ticket = Ticket(id: id, state: state)
      if ticket.conflicts.isEmpty != ((row["conflicts"] as Int64) == 0) {
        ledger.report(.noSilentConflict, "\(node.code) does not show a conflict of \(row["number"] as String)")
      }
      if (row["assignee"] as Data?).flatMap({ EntityID(bytes: $0) }) != ticket.assignee {
        ledger.report(.custody, "\(node.code) shows another assignee than the state of \(row["number"] as String)")
      }
      let number: String = row["number"]
      if !number.isEmpty, let other = numbers.updateValue(id, forKey: number), other != id {
        ledger.report(.uniqueNumbers, "\(node.code) has two tickets \(number)")
      }
    }
    for row in try Row.fetchAll(db, sql: "SELECT id, state FROM entity") {
      sum = sum.adding(hashing.sha256([UInt8](row["id"] as Data), [UInt8](row["state"] as Data)))
    }
    if sum != node.digest { ledger.report(.convergence, "\(node.code) has another digest than its entities make") }
  }

  /// The hybrid clock is at most ten minutes ahead of any wall clock this machine ever showed.
  private func checkClock(_ db: Database) throws {
    let raw = try Int64.fetchOne(db, sql: "SELECT clock FROM progress WHERE id = 1") ?? 0
    let clock = HybridTime(raw: UInt64(bitPattern: raw)).milliseconds
    if clock - node.wallMax > HybridClock.followMillisecondsMax + 1_000 {
      ledger.report(
        .soundClocks, "\(node.code) follows a clock \((clock - node.wallMax) / 60_000) minutes ahead of its own")
    }
  }
}
