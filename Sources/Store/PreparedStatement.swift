import GRDB
import GRDBSQLite
import OperationLog

/// A statement of the write path, prepared once and driven through SQLite's own interface.
///
/// GRDB boxes every argument and names every column, which on this path costs more than the write itself; errors are GRDB's
/// all the same. Values are bound in order and copied by SQLite. Confined to the write connection's queue.
final class PreparedStatement {
  /// Keeps the handle alive and finalizes it.
  private let statement: Statement
  private let handle: OpaquePointer
  /// Place of the value bound last.
  private var place: Int32 = 0

  init(_ db: Database, _ sql: String) throws {
    statement = try db.makeStatement(sql: sql)
    handle = statement.sqliteStatement
  }

  /// One of those the connection remembers, for a reader whose connection is another each time.
  init(cachedBy db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
    sqlite3_reset(handle)
  }

  /// Tells SQLite to copy what it is given.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  // MARK: Binding

  func bind(_ number: Int64) {
    place += 1
    sqlite3_bind_int64(handle, place, number)
  }

  func bind(_ number: Int64?) {
    if let number { bind(number) } else { bindNull() }
  }

  func bind(_ bytes: [UInt8]) {
    place += 1
    _ = bytes.withUnsafeBytes { buffer in
      if buffer.isEmpty {
        sqlite3_bind_zeroblob(handle, place, 0)
      } else {
        sqlite3_bind_blob(handle, place, buffer.baseAddress, Int32(truncatingIfNeeded: buffer.count), Self.copied)
      }
    }
  }

  func bind(_ bytes: [UInt8]?) {
    if let bytes { bind(bytes) } else { bindNull() }
  }

  func bind(_ text: String) {
    place += 1
    var text = text
    _ = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { characters in
        if let base = characters.baseAddress {
          sqlite3_bind_text(handle, place, base, Int32(truncatingIfNeeded: characters.count), Self.copied)
        } else {
          sqlite3_bind_text(handle, place, "", 0, Self.copied)
        }
      }
    }
  }

  func bind(_ hash: Hash32) {
    place += 1
    withUnsafeBytes(of: (hash.word0.bigEndian, hash.word1.bigEndian, hash.word2.bigEndian, hash.word3.bigEndian)) {
      _ = sqlite3_bind_blob(handle, place, $0.baseAddress, 32, Self.copied)
    }
  }

  func bind(_ id: StreamID) { bind(high: id.high, low: id.low) }
  func bind(_ id: EntityID) { bind(high: id.high, low: id.low) }
  func bind(_ id: EntryID) { bind(high: id.high, low: id.low) }

  func bind(_ id: EntityID?) {
    if let id { bind(id) } else { bindNull() }
  }

  func bind(_ id: StreamID?) {
    if let id { bind(high: id.high, low: id.low) } else { bindNull() }
  }

  private func bind(high: UInt64, low: UInt64) {
    place += 1
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { buffer in
      _ = sqlite3_bind_blob(handle, place, buffer.baseAddress, 16, Self.copied)
    }
  }

  private func bindNull() {
    place += 1
    sqlite3_bind_null(handle, place)
  }

  // MARK: Running

  /// Carries out a write; how many rows it changed. Throws `DatabaseError`.
  @discardableResult
  func run() throws -> Int {
    place = 0
    let result = sqlite3_step(handle)
    sqlite3_reset(handle)
    guard result == SQLITE_DONE else { throw failure(result) }
    return Int(sqlite3_changes(sqlite3_db_handle(handle)))
  }

  /// Gives the columns of the first row to `read`; nil when there is none. Throws `DatabaseError` and what `read` throws.
  func first<Result>(_ read: (Columns) throws -> Result) throws -> Result? {
    place = 0
    defer { sqlite3_reset(handle) }
    let result = sqlite3_step(handle)
    if result == SQLITE_DONE { return nil }
    guard result == SQLITE_ROW else { throw failure(result) }
    return try read(Columns(handle: handle))
  }

  /// Gives the columns of each row to `read`, in order, until it gives false. Throws `DatabaseError` and what `read` throws.
  func forEach(_ read: (Columns) throws -> Bool) throws {
    place = 0
    defer { sqlite3_reset(handle) }
    while true {
      let result = sqlite3_step(handle)
      if result == SQLITE_DONE { return }
      guard result == SQLITE_ROW else { throw failure(result) }
      guard try read(Columns(handle: handle)) else { return }
    }
  }

  private func failure(_ result: Int32) -> DatabaseError {
    let message = sqlite3_errmsg(sqlite3_db_handle(handle)).map { String(cString: $0) }
    return DatabaseError(resultCode: ResultCode(rawValue: result), message: message)
  }

  /// The present row, valid inside `first` only; columns count from 0.
  struct Columns {
    fileprivate let handle: OpaquePointer

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// Zero for anything but 32 bytes.
    func hash(_ column: Int32) -> Hash32 {
      let bytes = UnsafeRawBufferPointer(
        start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
      return Hash32(bytes: bytes) ?? .zero
    }

    /// Empty for NULL.
    func bytes(_ column: Int32) -> [UInt8] {
      let pointer = sqlite3_column_blob(handle, column)
      let count = Int(sqlite3_column_bytes(handle, column))
      return [UInt8](UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
    }

    /// Empty for NULL.
    func text(_ column: Int32) -> String {
      guard let pointer = sqlite3_column_text(handle, column) else { return "" }
      let count = Int(sqlite3_column_bytes(handle, column))
      return String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self)
    }
  }
}

/// The statements every operation on a ticket runs.
final class TicketStatements {
  let insertOperation: PreparedStatement
  let ticketCarried: PreparedStatement
  let insertTicket: PreparedStatement
  let updateTicket: PreparedStatement
  let insertNumber: PreparedStatement
  let numberElsewhere: PreparedStatement
  let insertWords: PreparedStatement
  let entryStanding: PreparedStatement
  let insertEntry: PreparedStatement

  init(_ db: Database) throws {
    insertOperation = try PreparedStatement(
      db, "INSERT INTO operation (id, entity, kind, header, salt, text) VALUES (?, ?, ?, ?, ?, ?)")
    ticketCarried = try PreparedStatement(
      db, "SELECT no, state, subject, last_word, last_word_at, last_word_by FROM ticket WHERE id = ?")
    insertTicket = try PreparedStatement(db, TicketProjection.insert)
    updateTicket = try PreparedStatement(db, TicketProjection.update)
    insertNumber = try PreparedStatement(db, "INSERT OR IGNORE INTO ticket_number (number, ticket) VALUES (?, ?)")
    numberElsewhere = try PreparedStatement(
      db, "SELECT 1 FROM ticket_number WHERE number = ? AND ticket <> ? LIMIT 1")
    insertWords = try PreparedStatement(
      db, "INSERT INTO ticket_text (rowid, public_words, internal_words) VALUES (?, ?, ?)")
    entryStanding = try PreparedStatement(db, "SELECT operation FROM entry WHERE id = ? AND entity = ?")
    insertEntry = try PreparedStatement(
      db, "INSERT INTO entry (id, entity, operation) VALUES (?, ?, ?) ON CONFLICT (id, entity) DO NOTHING")
  }
}
