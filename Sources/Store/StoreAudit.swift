import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Reads the whole store and checks what is promised of it: file, chains, signatures, texts, digest.
struct StoreAudit {
  let db: Database
  let powers: StorePowers
  let cluster: ClusterID

  /// In words for operators; empty when all is well.
  func problems() throws -> [String] {
    var problems: [String] = []
    for line in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where line != "ok" {
      problems.append("database: \(line)")
    }
    for row in try Row.fetchAll(db, sql: "SELECT * FROM stream ORDER BY no") { problems += try chainProblems(row) }
    problems += try digestProblems()
    return problems
  }

  private func chainProblems(_ row: Row) throws -> [String] {
    let stream: StreamID = row.identifier("id")
    let number: Int64 = row["no"]
    let key = row.bytes("public_key")
    var problems: [String] = []
    var chain = StreamChain(stream: stream, hashing: powers.hashing)
    var signedThrough: UInt64 = 0
    let operations = try Row.fetchCursor(
      db, sql: """
        SELECT o.id, o.header, o.salt, o.text, h.hash, h.signature FROM operation o
        LEFT JOIN signed_head h ON h.id = o.id WHERE o.id BETWEEN ? AND ? ORDER BY o.id
        """,
      arguments: [
        OperationRowID.make(stream: number, sequence: 0),
        OperationRowID.make(stream: number, sequence: OperationRowID.sequenceMax),
      ])
    while let operation = try operations.next() {
      let header = operation.bytes("header")
      chain.append(header, hashing: powers.hashing)
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
      if !head.isValid(cluster: cluster, publicKey: key, verifier: powers.verifier) {
        problems.append("stream \(stream): the signature at \(chain.sequence) is not its node's")
      }
      signedThrough = chain.sequence
    }
    let stored = UInt64(clamping: row["head"] as Int64)
    if stored != chain.sequence || Hash32(bytes: row.bytes("hash")) != chain.hash {
      problems.append("stream \(stream): stored head \(stored) differs from its chain at \(chain.sequence)")
    }
    if signedThrough != chain.sequence {
      problems.append("stream \(stream): operations after \(signedThrough) are not signed")
    }
    return problems
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
