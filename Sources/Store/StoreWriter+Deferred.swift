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

  /// Reads a record that stands at this place of its stream, as a program without the named kinds would.
  init(_ record: OperationRecord, sequence: UInt64, without strange: Set<UInt16> = []) throws(Obstacle) {
    do {
      header = try OperationHeader(decoding: record.header)
    } catch {
      throw Obstacle(header: nil, reason: "\(error)")
    }
    guard header.sequence == sequence, !strange.contains(header.kind), let kind = OperationKind(rawValue: header.kind)
    else {
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
    guard deferredCount > 0, !powers.plantedBugs.contains(.neverFoldDeferred) else { return }
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT o.id, o.header, o.salt, o.text FROM deferred d JOIN operation o ON o.id = d.operation ORDER BY o.id")
    var entities: Set<EntityID> = []
    for row in rows {
      let rowID: Int64 = row["id"]
      let number = OperationRowID.stream(rowID)
      let sequence = OperationRowID.sequence(rowID)
      let record = OperationRecord(
        header: row.bytes("header"), salt: (row["salt"] as Data?).map { [UInt8]($0) } ?? [],
        text: (row["text"] as Data?).map { [UInt8]($0) })
      guard let (stream, place) = streams.first(where: { $0.value.no == number }) else { continue }
      let understood: UnderstoodOperation
      do {
        understood = try UnderstoodOperation(
          record, sequence: place.rootSequence(of: sequence), without: powers.kindsNotUnderstood)
      } catch {
        continue  // Still beyond this version: it stays as it is.
      }
      let hash = try branching(db).hash(of: stream, at: sequence)
      let reference = DotReference(dot: Dot(stream: stream, sequence: sequence), hashPrefix: hash.prefix)
      try db.execute(sql: "DELETE FROM deferred WHERE operation = ?", arguments: [rowID])
      try db.execute(sql: "DELETE FROM operation WHERE id = ?", arguments: [rowID])
      deferredCount -= 1
      try fold(understood, record, reference, streamNumber: number, db)
      entities.insert(understood.header.entity)
    }
    // One whose entity could not be read made nothing tell apart what others had seen of it.
    if hasBranches { try refold(entities, db) }
    if !entities.isEmpty { try finishGroup(db) }
    group = GroupChanges()
  }
}
