import Foundation
import GRDB
import Helpdesk
import OperationLog
import Store
import Synchronization

/// A value as SQLite takes it; bytes stay in an arena for the whole run, so that binding copies nothing.
enum BareValue {
  case null
  case integer(Int64)
  case text(UnsafeRawBufferPointer)
  case blob(UnsafeRawBufferPointer)
}

/// Bytes that stay where they are until the arena goes.
final class ByteArena {
  private var pieces: [UnsafeMutableRawBufferPointer] = []

  func keep(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
    // One byte more, because an empty value still needs an address: SQLite takes none for NULL.
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
    piece.copyBytes(from: bytes)
    pieces.append(piece)
    return UnsafeRawBufferPointer(rebasing: piece[0..<bytes.count])
  }

  func value(_ value: DatabaseValue) -> BareValue {
    switch value.storage {
    case .null: .null
    case .int64(let number): .integer(number)
    case .double(let number): .integer(Int64(number))
    case .string(let text): .text(keep(Array(text.utf8)))
    case .blob(let bytes): .blob(keep(bytes))
    }
  }

  deinit { for piece in pieces { piece.deallocate() } }
}

/// The rows one operation wrote, in the order the store writes them.
struct RecordedOperation {
  /// The `operation` row: id, entity, kind, header, salt, text.
  var log: [BareValue]
  /// The `entry` row: id, entity, operation.
  var entry: [BareValue]?
  /// The ticket's row as it was after this operation, in the order of the table's columns.
  var ticket: [BareValue]
  var isOpening: Bool
  /// The `ticket_number` row: number, ticket.
  var number: [BareValue]?
  /// The search row: rowid, public words, internal words.
  var words: [BareValue]?
}

/// The rows that a series of operations wrote, read back from the store that wrote them.
struct Recording {
  /// Statements that make the same tables and indexes.
  var schema: [String]
  /// Columns of `ticket`, in order.
  var columns: [String]
  /// The `stream` row of the office, in column order.
  var stream: [BareValue]
  var operations: [RecordedOperation]
  /// Keeps the bytes of all values.
  let arena: ByteArena
}

/// Notes a ticket's row after each operation, and puts everything together at the end.
final class Recorder: Sendable {
  private let store: SiteStore
  /// Rows of the log up to here are the preparation's.
  private let after: UInt64
  private let images = Mutex<[UInt64: [DatabaseValue]]>([:])

  /// Records what is written from now on.
  init(_ store: SiteStore) async throws {
    self.store = store
    after = try await store.vector()[store.home.stream]
  }

  /// Notes the ticket's row as the operation just written left it; the caller alone writes to this ticket.
  func note(_ outcome: CommandOutcome) async throws {
    guard outcome.dots.count == 1, let dot = outcome.dots.first else {
      throw BenchFailure("a command of the workload wrote \(outcome.dots.count) operations instead of one")
    }
    let id = outcome.entity
    let values = try await store.pool.read { db -> [DatabaseValue]? in
      try Row.fetchOne(db, sql: "SELECT * FROM ticket WHERE id = ?", arguments: [Data(id.bytes)])
        .map { Array($0.databaseValues) }
    }
    guard let values else { throw BenchFailure("a ticket that was just written cannot be read") }
    images.withLock { $0[dot.sequence] = values }
  }

  func recording() async throws -> Recording {
    let images = images.withLock { $0 }
    let after = OperationPlace.row(after)
    let arena = ByteArena()
    // The closure returns plain values; the arena is not shared between threads.
    let source = try await store.pool.read { db in try RecordingSource(db, after: after) }
    let operations = try source.operations.map { row in
      guard let image = images[OperationPlace.sequence(row.id)] else {
        throw BenchFailure("operation \(row.id) of the workload was not noted")
      }
      return try operation(row, image, source, arena)
    }
    return Recording(
      schema: source.schema, columns: source.columns, stream: source.stream.map(arena.value), operations: operations,
      arena: arena)
  }

  private func operation(
    _ row: RecordingSource.LogRow, _ image: [DatabaseValue], _ source: RecordingSource, _ arena: ByteArena
  ) throws -> RecordedOperation {
    let kind = OperationKind(rawValue: UInt16(clamping: row.kind))
    let isOpening = kind == .ticketOpened
    var words: [BareValue]?
    if let text = row.text {
      let joined = Array(try TextSegments.decode(text).joined(separator: "\n").utf8)
      let isInternal = kind?.isInternal ?? true
      words = [
        .integer(row.id), .text(arena.keep(isInternal ? [] : joined)), .text(arena.keep(isInternal ? joined : [])),
      ]
    }
    return RecordedOperation(
      log: [
        .integer(row.id), .integer(row.entity), .integer(row.kind), .blob(arena.keep(row.header)),
        row.salt.map { .blob(arena.keep($0)) } ?? .null, row.text.map { .blob(arena.keep($0)) } ?? .null,
      ],
      entry: source.entries[row.id].map { [.blob(arena.keep($0)), .integer(row.entity), .integer(row.id)] },
      ticket: image.map(arena.value), isOpening: isOpening,
      number: isOpening
        ? source.numbers[row.entity].map { [.text(arena.keep(Array($0.utf8))), .integer(row.entity)] } : nil,
      words: words)
  }
}

/// How the store numbers the rows of its log for the office's own stream, which is its first.
enum OperationPlace {
  static func row(_ sequence: UInt64) -> Int64 { 1 << 40 | Int64(clamping: sequence) }
  static func sequence(_ row: Int64) -> UInt64 { UInt64(clamping: row & ((1 << 40) - 1)) }
}
