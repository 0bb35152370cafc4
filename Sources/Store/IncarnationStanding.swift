import Foundation
import GRDB
import Helpdesk
import OperationLog
import Synchronization

/// Which stream the node writes, whether it may write at all, and the witness that is kept beside the database.
///
/// Read from any thread; changed by the writer and by whoever finds out that a new incarnation is needed.
final class IncarnationStanding: Sendable {
  /// Starts remembered in the database: a witness of any of them is an older one, of no other.
  static let startsMax = 64

  private enum Key {
    static let incarnation = "incarnation"
    static let starts = "witness_starts"
    static let machine = "machine"
    static let restored = "restored"
  }

  private struct State {
    var home: Home
    var ownStreams: Set<StreamID> = []
    var incarnation: StoreIncarnation?
    /// Streams that were written twice and end, in order.
    var ends: [SignedHead] = []
    /// Sixteen random bytes of this start.
    var start: [UInt8] = []
    var records: UInt64 = 0
    /// Why the witness cannot be kept, in words; nil while it can.
    var trouble: String?
  }

  let surroundings: StoreSurroundings
  private let powers: StorePowers
  private let state: Mutex<State>

  init(home: Home, surroundings: StoreSurroundings, powers: StorePowers) {
    self.surroundings = surroundings
    self.powers = powers
    state = Mutex(State(home: home))
  }

  var home: Home { state.withLock { $0.home } }
  var incarnation: StoreIncarnation? { state.withLock { $0.incarnation } }
  var witnessTrouble: String? { state.withLock { $0.trouble } }

  /// True while nothing may be written because a new incarnation is due.
  var isSuspended: Bool { state.withLock { $0.incarnation.map { !$0.isBegun } ?? false } }

  /// True when the node has begun a second stream at some time.
  var isLaterIncarnation: Bool { state.withLock { $0.incarnation?.isBegun ?? false } }

  /// The streams that were written twice, each with its end.
  var ends: [SignedHead] { state.withLock { $0.ends } }

  /// True for every stream this node ever wrote, as far as it is held here.
  func isOwn(_ stream: StreamID) -> Bool {
    state.withLock { $0.ownStreams.contains(stream) || $0.home.stream == stream }
  }

  /// What the operation that opens a stream says of this machine.
  func place(continuing previous: StreamID?) -> StreamPlace {
    StreamPlace(machine: surroundings.machine, host: surroundings.host, continues: previous)
  }

  // MARK: At the start

  /// Compares database, witness and machine; part of the transaction that opens the store, before it writes anything else.
  ///
  /// What it finds is written down at once, because the comparison itself makes them agree again.
  func examine(_ writer: StoreWriter, isNew: Bool, _ db: Database) throws {
    var known = try Self.setting(Key.incarnation, db).map { bytes in try StoreIncarnation(decoding: bytes) }
    var cause: IncarnationCause?
    if writer.streams[writer.home.stream]?.isEnded == true { cause = .writtenTwice }
    if surroundings.witness != nil { cause = try compareWitness(writer, db) ?? cause }
    let machine = try Self.setting(Key.machine, db)
    if surroundings.machine.count == 16 {
      if let machine, machine != surroundings.machine { cause = .machineChanged }
      if machine != surroundings.machine { try Self.set(Key.machine, surroundings.machine, db) }
    }
    if try Self.setting(Key.restored, db) != nil {
      cause = .restored
      try db.execute(sql: "DELETE FROM local_setting WHERE key = ?", arguments: [Key.restored])
    }
    let pending = known.flatMap { $0.isBegun ? nil : $0 }
    if let cause = cause ?? pending?.cause, !powers.plantedBugs.contains(.reuseSequences) {
      // With a name of its own at each start: the stream that was due may have begun after this disk was copied.
      var due = planned(cause, from: writer.home.stream)
      due.since = pending?.since ?? due.since
      if isNew {
        // The database is gone and its witness is not: the stream is new already, and is a later one.
        (due.stream, due.isBegun) = (writer.home.stream, true)
      }
      try Self.set(Key.incarnation, due.bytes, db)
      known = due
    }
    let (home, own, ends) = (writer.home, Self.ownStreams(writer), Self.ends(writer))
    state.withLock { state in
      state.ends = ends
      state.incarnation = known
      state.home = home
      state.ownStreams = own
    }
    if surroundings.witness != nil { try beginStart(db) }
  }

  private func compareWitness(_ writer: StoreWriter, _ db: Database) throws -> IncarnationCause? {
    let starts = try Self.setting(Key.starts, db) ?? []
    guard let record = readWitness() else { return starts.isEmpty ? nil : .witnessMissing }
    state.withLock { $0.records = record.count }
    let isKnown = stride(from: 0, to: starts.count, by: 16).contains { place in
      starts[place..<min(place + 16, starts.count)].elementsEqual(record.start)
    }
    guard isKnown, let stream = writer.streams[record.stream] else { return .otherStart }
    guard record.stream == writer.home.stream, !stream.isEnded else { return nil }
    guard record.sequence <= stream.chain.sequence else { return .behindWitness }
    let held = try writer.branching(db).hash(of: record.stream, at: record.sequence)
    return held == record.hash ? nil : .otherHead
  }

  private func readWitness() -> WitnessRecord? {
    do {
      return WitnessRecord.latest(in: try surroundings.witness?.read() ?? [], powers.hashing)
    } catch {
      state.withLock { $0.trouble = "\(error)" }
      return nil
    }
  }

  private func beginStart(_ db: Database) throws {
    let start = powers.random.bytes(16)
    let known = try Self.setting(Key.starts, db) ?? []
    try Self.set(Key.starts, Array(known.suffix(16 * (Self.startsMax - 1))) + start, db)
    state.withLock { $0.start = start }
  }

  private static func ends(_ writer: StoreWriter) -> [SignedHead] {
    writer.streams.filter(\.value.isEnded).sorted { $0.key < $1.key }.map { id, stream in
      SignedHead(stream: id, sequence: stream.chain.sequence, hash: stream.chain.hash, signature: [])
    }
  }

  private static func ownStreams(_ writer: StoreWriter) -> Set<StreamID> {
    Set(writer.streams.filter { $0.value.node == writer.identity.node }.keys)
  }

  // MARK: While running

  /// Stops writing on the present stream at once; nil when that was done already.
  func suspend(_ cause: IncarnationCause) -> StoreIncarnation? {
    if powers.plantedBugs.contains(.reuseSequences) { return nil }
    let (stream, isDue) = state.withLock { ($0.home.stream, $0.incarnation?.isBegun ?? true) }
    guard isDue else { return nil }
    let due = planned(cause, from: stream)
    return state.withLock { state in
      guard state.home.stream == stream, state.incarnation?.isBegun ?? true else { return nil }
      state.incarnation = due
      return due
    }
  }

  private func planned(_ cause: IncarnationCause, from stream: StreamID) -> StoreIncarnation {
    let nonce = powers.random.bytes(16)
    return StoreIncarnation(
      cause: cause, since: powers.wallClock(), previous: stream,
      stream: powers.hashing.stream(node: home.node, nonce: nonce), nonce: nonce)
  }

  /// Part of the transaction that begins the new stream.
  func writeBegun(_ stream: StreamID, _ db: Database) throws {
    guard var due = incarnation, due.stream == stream else { return }
    due.isBegun = true
    try Self.set(Key.incarnation, due.bytes, db)
  }

  /// Part of a transaction of its own: from now on automatic operations are written again.
  func writeConfirmed(_ db: Database) throws -> StoreIncarnation? {
    guard var known = incarnation, known.isBegun, !known.isConfirmed else { return nil }
    known.isConfirmed = true
    try Self.set(Key.incarnation, known.bytes, db)
    return known
  }

  /// After the commit of `writeConfirmed`.
  func noteConfirmed(_ confirmed: StoreIncarnation) {
    state.withLock { state in
      if state.incarnation?.stream == confirmed.stream { state.incarnation?.isConfirmed = true }
    }
  }

  /// After each commit, on the writer's queue: follows the writer, and tells the witness where the own stream is.
  func follow(_ writer: StoreWriter) {
    let group = writer.group
    if group.isRenewed || group.directoryChanged || !group.ends.isEmpty {
      let (home, own, ends) = (writer.home, Self.ownStreams(writer), Self.ends(writer))
      state.withLock { state in
        state.ends = ends
        state.home = home
        state.ownStreams = own
        if group.isRenewed, state.incarnation?.stream == home.stream { state.incarnation?.isBegun = true }
      }
    }
    if group.mustRenew { _ = suspend(.writtenTwice) }
    if group.streams.contains(writer.home.stream) { testify(writer) }
  }

  /// The first record of a start, and the only one that is waited for.
  func testifyFirst(_ writer: StoreWriter) {
    testify(writer)
    do {
      try surroundings.witness?.settle()
    } catch {
      state.withLock { $0.trouble = "\(error)" }
    }
  }

  /// Writes the present head to the witness. A witness that cannot be written is said in the status; nothing waits for it.
  func testify(_ writer: StoreWriter) {
    guard let witness = surroundings.witness, let chain = writer.streams[writer.home.stream]?.chain else { return }
    let record = state.withLock { state in
      state.records += 1
      return WitnessRecord(
        count: state.records, stream: chain.stream, sequence: chain.sequence, hash: chain.hash, start: state.start)
    }
    do {
      try witness.write(record.encoded(powers.hashing), at: record.offset)
      state.withLock { if $0.trouble != nil { $0.trouble = nil } }
    } catch {
      state.withLock { $0.trouble = "\(error)" }
    }
  }

  // MARK: Settings

  /// Marks a database that was put back from a backup; the next start begins a new incarnation.
  static func markRestored(_ db: Database) throws { try set(Key.restored, [1], db) }

  private static func setting(_ key: String, _ db: Database) throws -> [UInt8]? {
    try Data.fetchOne(db, sql: "SELECT value FROM local_setting WHERE key = ?", arguments: [key]).map { [UInt8]($0) }
  }

  private static func set(_ key: String, _ value: [UInt8], _ db: Database) throws {
    try db.execute(sql: "INSERT OR REPLACE INTO local_setting VALUES (?, ?)", arguments: [key, value.blob])
  }
}
