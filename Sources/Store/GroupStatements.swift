import GRDB

/// The statements every commit group runs, beside those of its operations.
final class GroupStatements {
  private let begin: PreparedStatement
  private let commit: PreparedStatement
  let moveStream: PreparedStatement
  let insertSignedHead: PreparedStatement
  let saveProgress: PreparedStatement

  init(_ db: Database) throws {
    begin = try PreparedStatement(db, "BEGIN IMMEDIATE TRANSACTION")
    commit = try PreparedStatement(db, "COMMIT TRANSACTION")
    moveStream = try PreparedStatement(db, "UPDATE stream SET head = ?, hash = ? WHERE no = ?")
    insertSignedHead = try PreparedStatement(
      db, "INSERT OR IGNORE INTO signed_head (id, hash, signature) VALUES (?, ?, ?)")
    saveProgress = try PreparedStatement(
      db,
      """
      INSERT INTO progress (id, digest, clock, lamport, ticket_count, next_entity) VALUES (1, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, clock = excluded.clock, lamport = excluded.lamport,
        ticket_count = excluded.ticket_count, next_entity = excluded.next_entity
      """)
  }

  /// One transaction, as `Database.inTransaction(.immediate)`, without compiling its two statements each time. Nothing here
  /// observes transactions. Throws `DatabaseError` and what `work` throws, after everything was taken back.
  func inTransaction(_ db: Database, _ work: () throws -> Void) throws {
    try begin.run()
    do {
      try work()
      // SQLite takes some transactions back by itself.
      guard db.isInsideTransaction else {
        throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was aborted")
      }
      try commit.run()
    } catch {
      // What went wrong first says more than why it could not be taken back.
      try? db.rollback()
      throw error
    }
  }
}
