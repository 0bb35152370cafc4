import Foundation
import GRDB
import Helpdesk
import OperationLog

/// An operation of a peer as this version understands it.
struct UnderstoodOperation {
  let header: OperationHeader
  let kind: OperationKind
  let changes: [Change]
  let texts: [String]

  /// Why an operation is kept without being folded in, and its header where that can be read.
  struct Obstacle: Error {
    let header: OperationHeader?
    let reason: String
  }

  /// Reads a record that stands at this place of its stream.
  init(_ record: OperationRecord, sequence: UInt64) throws(Obstacle) {
    do {
      header = try OperationHeader(decoding: record.header)
    } catch {
      throw Obstacle(header: nil, reason: "\(error)")
    }
    guard header.sequence == sequence, let kind = OperationKind(rawValue: header.kind) else {
      throw Obstacle(header: header, reason: "kind \(header.kind)")
    }
    self.kind = kind
    do {
      changes = try Facts.decode(header.facts)
      texts = try record.text.map { bytes throws(ByteDecodingFailure) in try TextSegments.decode(bytes) } ?? []
    } catch {
      throw Obstacle(header: header, reason: "\(error)")
    }
  }
}

extension StoreWriter {
  /// Folds in what an earlier version of this program could not understand; a write of its own when the store is opened.
  func foldDeferred(_ db: Database) throws {
    guard deferredCount > 0 else { return }
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT o.id, o.header, o.salt, o.text FROM deferred d JOIN operation o ON o.id = d.operation ORDER BY o.id")
    var foldedAny = false
    for row in rows {
      let rowID: Int64 = row["id"]
      let number = OperationRowID.stream(rowID)
      let sequence = OperationRowID.sequence(rowID)
      let record = OperationRecord(
        header: row.bytes("header"), salt: (row["salt"] as Data?).map { [UInt8]($0) } ?? [],
        text: (row["text"] as Data?).map { [UInt8]($0) })
      let understood: UnderstoodOperation
      do {
        understood = try UnderstoodOperation(record, sequence: sequence)
      } catch {
        continue  // Still beyond this version: it stays as it is.
      }
      guard let stream = streams.first(where: { $0.value.no == number })?.key else { continue }
      let reference = DotReference(
        dot: Dot(stream: stream, sequence: sequence), hashPrefix: try hashPrefix(of: rowID, stream, db))
      try db.execute(sql: "DELETE FROM deferred WHERE operation = ?", arguments: [rowID])
      try db.execute(sql: "DELETE FROM operation WHERE id = ?", arguments: [rowID])
      deferredCount -= 1
      try fold(understood, record, reference, streamNumber: number, db)
      foldedAny = true
    }
    if foldedAny { try finishGroup(db) }
    group = GroupChanges()
  }

  /// Follows the chain from the last signed head before the operation.
  private func hashPrefix(of rowID: Int64, _ stream: StreamID, _ db: Database) throws -> UInt32 {
    let start = OperationRowID.make(stream: OperationRowID.stream(rowID), sequence: 0)
    var chain = StreamChain(stream: stream, hashing: powers.hashing)
    let sql = "SELECT id, hash FROM signed_head WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1"
    if let head = try Row.fetchOne(db, sql: sql, arguments: [start, rowID]) {
      chain = StreamChain(
        stream: stream, sequence: OperationRowID.sequence(head["id"]), hash: Hash32(bytes: head.bytes("hash")) ?? .zero)
    }
    let first = start + Int64(clamping: chain.sequence) + 1
    for header in try Data.fetchAll(
      db, sql: "SELECT header FROM operation WHERE id BETWEEN ? AND ? ORDER BY id", arguments: [first, rowID])
    {
      chain.append([UInt8](header), hashing: powers.hashing)
    }
    return chain.reference.hashPrefix
  }
}
