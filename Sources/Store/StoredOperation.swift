import Foundation
import GRDB
import Helpdesk
import OperationLog

/// One operation read back from the log.
struct StoredOperation {
  let reference: DotReference
  let header: OperationHeader
  let changes: [Change]
  /// Nil when there is none or it was erased.
  let texts: [String]?

  /// Reads one by row id; nil when it is absent or cannot be understood by this version.
  static func fetch(
    _ rowID: Int64, _ db: Database, _ streams: [StreamID: StoreWriter.StreamRow]
  ) throws -> StoredOperation? {
    let number = OperationRowID.stream(rowID)
    guard let stream = streams.first(where: { $0.value.no == number })?.key else { return nil }
    let statement = try db.cachedStatement(sql: "SELECT id, header, text FROM operation WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [rowID]) else { return nil }
    return StoredOperation(row: row, stream: stream)
  }

  /// One that is being written.
  init(reference: DotReference, header: OperationHeader, changes: [Change], texts: [String]?) {
    self.reference = reference
    self.header = header
    self.changes = changes
    self.texts = texts
  }

  /// Nil when the header or its facts are of a version this program does not know.
  init?(row: Row, stream: StreamID) {
    do {
      header = try OperationHeader(decoding: row.bytes("header"))
      changes = try Facts.decode(header.facts)
      texts = try (row["text"] as Data?).map { try TextSegments.decode([UInt8]($0)) }
    } catch {
      return nil
    }
    let sequence = OperationRowID.sequence(row["id"])
    reference = DotReference(dot: Dot(stream: stream, sequence: sequence), hashPrefix: 0)
  }

  /// The segment a text field points at; nil when it was erased.
  static func text(
    _ reference: TextReference, _ db: Database, _ streams: [StreamID: StoreWriter.StreamRow]
  ) throws -> String? {
    guard let number = streams[reference.dot.stream]?.no else { return nil }
    return try text(
      rowID: OperationRowID.make(stream: number, sequence: reference.dot.sequence), index: reference.index, db)
  }

  static func text(rowID: Int64, index: Int, _ db: Database) throws -> String? {
    let statement = try db.cachedStatement(sql: "SELECT text FROM operation WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [rowID]), let data = row["text"] as Data? else { return nil }
    let segments = try TextSegments.decode([UInt8](data))
    return segments.indices.contains(index) ? segments[index] : nil
  }
}
