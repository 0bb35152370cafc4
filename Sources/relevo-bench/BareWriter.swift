import Foundation
import GRDBSQLite

/// The limit: SQLite alone, writing the rows of a recording with statements prepared once and bytes bound in place.
///
/// The same tables, indexes, search index, journal mode, cache and synchronous level as the store's; it decides nothing, checks
/// nothing, digests nothing and reads nothing. Used by one thread.
final class BareWriter {
  /// Rows of tables and of the search index written so far.
  private(set) var rowCount = 0

  private let recording: Recording
  private let database: OpaquePointer
  private var statements: [OpaquePointer] = []
  private let begin: OpaquePointer
  private let commit: OpaquePointer
  private let insertOperation: OpaquePointer
  private let insertEntry: OpaquePointer
  private let insertTicket: OpaquePointer
  private let updateTicket: OpaquePointer
  private let insertNumber: OpaquePointer
  private let insertWords: OpaquePointer
  private let updateStream: OpaquePointer
  private let insertHead: OpaquePointer
  private let upsertProgress: OpaquePointer
  /// Where `no` and `id` stand among the ticket's columns.
  private let numberColumn: Int
  private let idColumn: Int
  private let hash: UnsafeRawBufferPointer
  private let signature: UnsafeRawBufferPointer

  /// Makes an empty database at the path, with the recording's tables and its stream.
  init(_ recording: Recording, path: String) throws {
    self.recording = recording
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
      throw BenchFailure("SQLite cannot make \(path)")
    }
    database = opened
    for sql in [
      "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -16384", "BEGIN",
    ] + recording.schema + ["COMMIT"] {
      try Self.run(sql, opened)
    }
    let columns = recording.columns
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    let sets = columns.enumerated().filter { $0.element != "no" && $0.element != "id" }
      .map { "\($0.element) = ?\($0.offset + 1)" }.joined(separator: ", ")
    guard let numberColumn = columns.firstIndex(of: "no"), let idColumn = columns.firstIndex(of: "id") else {
      throw BenchFailure("the table of tickets has other columns than this program knows")
    }
    self.numberColumn = numberColumn
    self.idColumn = idColumn
    func prepare(_ sql: String) throws -> OpaquePointer { try Self.prepare(sql, opened) }
    begin = try prepare("BEGIN IMMEDIATE")
    commit = try prepare("COMMIT")
    insertOperation = try prepare(
      "INSERT INTO operation (id, entity, kind, header, salt, text) VALUES (?, ?, ?, ?, ?, ?)")
    insertEntry = try prepare("INSERT INTO entry (id, entity, operation) VALUES (?, ?, ?)")
    insertTicket = try prepare("INSERT INTO ticket (\(columns.joined(separator: ", "))) VALUES (\(marks))")
    updateTicket = try prepare("UPDATE ticket SET \(sets) WHERE no = ?\(numberColumn + 1)")
    insertNumber = try prepare("INSERT INTO ticket_number (number, ticket) VALUES (?, ?)")
    insertWords = try prepare("INSERT INTO ticket_text (rowid, public_words, internal_words) VALUES (?, ?, ?)")
    updateStream = try prepare("UPDATE stream SET head = ?, hash = ? WHERE no = 1")
    insertHead = try prepare("INSERT INTO signed_head (id, hash, signature) VALUES (?, ?, ?)")
    upsertProgress = try prepare(
      """
      INSERT INTO progress (id, digest, clock, lamport, ticket_count, next_entity) VALUES (1, ?1, ?2, ?2, ?2, ?2)
      ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, clock = excluded.clock, lamport = excluded.lamport,
        ticket_count = excluded.ticket_count, next_entity = excluded.next_entity
      """)
    hash = recording.arena.keep([UInt8](repeating: 0xa5, count: 32))
    signature = recording.arena.keep([UInt8](repeating: 0x5a, count: 64))
    statements = [
      begin, commit, insertOperation, insertEntry, insertTicket, updateTicket, insertNumber, insertWords, updateStream,
      insertHead, upsertProgress,
    ]
    let insertStream = try prepare("INSERT INTO stream VALUES (?, ?, ?, ?, ?, ?)")
    try step(insertStream, recording.stream)
    sqlite3_finalize(insertStream)
  }

  deinit {
    for statement in statements { sqlite3_finalize(statement) }
    sqlite3_close(database)
  }

  /// Which ticket rows a group writes, worked out beforehand because the limit decides nothing.
  struct Plan {
    let operations: Range<Int>
    /// In row order: the place of the ticket's last operation in the group, and whether the group opens it.
    let tickets: [(last: Int, isNew: Bool)]
  }

  /// Cuts the recording into groups of these sizes.
  static func plans(_ recording: Recording, groups: [Int]) -> [Plan] {
    var plans: [Plan] = []
    var next = 0
    for size in groups {
      var tickets: [Int64: (last: Int, isNew: Bool)] = [:]
      for place in next..<next + size {
        let operation = recording.operations[place]
        guard case .integer(let number) = operation.log[1] else { continue }
        tickets[number] = (place, operation.isOpening || tickets[number]?.isNew ?? false)
      }
      let ordered = tickets.sorted { $0.key < $1.key }.map(\.value)
      plans.append(Plan(operations: next..<next + size, tickets: ordered))
      next += size
    }
    return plans
  }

  /// Writes the recording, one transaction a plan.
  func write(_ plans: [Plan]) throws {
    for plan in plans { try write(plan) }
  }

  /// Index entries that stand beside the rows of the tables now.
  func indexEntryCount() throws -> Int {
    let list = try Self.prepare("SELECT tbl_name, coalesce(sql, '') FROM sqlite_master WHERE type = 'index'", database)
    defer { sqlite3_finalize(list) }
    var total = 0
    while sqlite3_step(list) == SQLITE_ROW {
      let table = String(cString: sqlite3_column_text(list, 0))
      let sql = String(cString: sqlite3_column_text(list, 1))
      // A partial index holds the rows that its condition names.
      let condition = sql.range(of: " WHERE ").map { " WHERE " + sql[$0.upperBound...] } ?? ""
      let count = try Self.prepare("SELECT count(*) FROM \(table)\(condition)", database)
      if sqlite3_step(count) == SQLITE_ROW { total += Int(sqlite3_column_int64(count, 0)) }
      sqlite3_finalize(count)
    }
    return total
  }

  private func write(_ plan: Plan) throws {
    let group = recording.operations[plan.operations]
    try step(begin, [])
    for operation in group {
      if let entry = operation.entry { try count(insertEntry, entry) }
      try count(insertOperation, operation.log)
      if let number = operation.number { try count(insertNumber, number) }
      if let words = operation.words { try count(insertWords, words) }
    }
    // Like the store, each ticket's row once a group, as its last operation left it.
    for ticket in plan.tickets {
      let values = recording.operations[ticket.last].ticket
      try count(ticket.isNew ? insertTicket : updateTicket, values, skipping: ticket.isNew ? nil : idColumn)
    }
    guard case .integer(let last)? = group.last?.log.first else { return }
    try count(insertHead, [.integer(last), .blob(hash), .blob(signature)])
    try count(updateStream, [.integer(last), .blob(hash)])
    try count(upsertProgress, [.blob(hash), .integer(last)])
    try step(commit, [])
  }

  private func count(_ statement: OpaquePointer, _ values: [BareValue], skipping skipped: Int? = nil) throws {
    try step(statement, values, skipping: skipped)
    rowCount += 1
  }

  private func step(_ statement: OpaquePointer, _ values: [BareValue], skipping skipped: Int? = nil) throws {
    for index in values.indices where index != skipped {
      let place = Int32(index + 1)
      switch values[index] {
      case .null: sqlite3_bind_null(statement, place)
      case .integer(let number): sqlite3_bind_int64(statement, place, number)
      case .text(let bytes):
        sqlite3_bind_text(
          statement, place, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count), nil)
      case .blob(let bytes): sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), nil)
      }
    }
    let result = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard result == SQLITE_DONE else { throw Self.failure(database) }
  }

  private static func run(_ sql: String, _ database: OpaquePointer) throws {
    guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw failure(database) }
  }

  private static func prepare(_ sql: String, _ database: OpaquePointer) throws -> OpaquePointer {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
      let statement
    else { throw failure(database) }
    return statement
  }

  private static func failure(_ database: OpaquePointer) -> BenchFailure {
    BenchFailure("the bare writer failed: \(String(cString: sqlite3_errmsg(database)))")
  }
}
