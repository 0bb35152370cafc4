import Foundation
import GRDB

/// What a recording takes from the database, read in one snapshot.
struct RecordingSource: Sendable {
  struct LogRow: Sendable {
    let id: Int64
    let entity: Int64
    let kind: Int64
    let header: [UInt8]
    let salt: [UInt8]?
    let text: [UInt8]?
  }

  let schema: [String]
  let columns: [String]
  let stream: [DatabaseValue]
  let operations: [LogRow]
  /// Entry identifiers by the operation that stands for them.
  let entries: [Int64: [UInt8]]
  /// Ticket numbers by the ticket's row.
  let numbers: [Int64: String]

  init(_ db: Database, after: Int64) throws {
    // The shadow tables of the search index come with the index itself.
    schema = try String.fetchAll(
      db,
      sql: """
        SELECT sql FROM sqlite_master
        WHERE sql IS NOT NULL AND name NOT LIKE 'ticket\\_text\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        ORDER BY rowid
        """)
    columns = try db.columns(in: "ticket").map(\.name)
    guard let own = try Row.fetchOne(db, sql: "SELECT * FROM stream WHERE no = 1") else {
      throw BenchFailure("the store has no stream of its own")
    }
    stream = Array(own.databaseValues)
    operations = try Row.fetchAll(
      db, sql: "SELECT id, entity, kind, header, salt, text FROM operation WHERE id > ? AND id < 2 << 40 ORDER BY id",
      arguments: [after]
    ).map { row in
      LogRow(
        id: row["id"], entity: row["entity"], kind: row["kind"], header: [UInt8](row["header"] as Data),
        salt: (row["salt"] as Data?).map { [UInt8]($0) }, text: (row["text"] as Data?).map { [UInt8]($0) })
    }
    entries = Dictionary(
      try Row.fetchAll(db, sql: "SELECT id, operation FROM entry").map { row in
        (row["operation"] as Int64, [UInt8](row["id"] as Data))
      }, uniquingKeysWith: { first, _ in first })
    numbers = Dictionary(
      try Row.fetchAll(db, sql: "SELECT number, ticket FROM ticket_number").map { row in
        (row["ticket"] as Int64, row["number"] as String)
      }, uniquingKeysWith: { first, _ in first })
  }
}
