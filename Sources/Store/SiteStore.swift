import Foundation
package import GRDB
package import Helpdesk
package import Logging
import Metrics
package import OperationLog
import Synchronization

/// The store of one office: everything is written here and read from here.
///
/// Writes of any task are gathered into commit groups: one transaction and one fsync for many commands and runs, each with
/// its own outcome. Reads run beside them on their own connections.
package final class SiteStore: Sendable {
  /// More waiting writes than this are refused with `.busy`.
  package static let pendingMax = 4096
  /// Writes that share one fsync at most.
  package static let groupMax = 256
  /// Operations of peers in one group at most (a longer run goes alone), so that people do not wait behind a catch-up.
  package static let groupOperationsMax = 1024

  package let identity: StoreIdentity
  package let powers: StorePowers
  package let home: Home
  package let path: String
  package let pool: DatabasePool
  private let writer: StoreWriter
  private let queue = Mutex(PendingWrites())
  private let listeners = Mutex<[@Sendable (CommittedChange) -> Void]>([])
  private let logger: Logger

  private struct PendingWrites {
    var items: [PendingWrite] = []
    var isDraining = false

    /// Takes out what the next group carries, in order of arrival.
    mutating func takeGroup() -> [PendingWrite] {
      var count = 0
      var operations = 0
      while count < min(items.count, groupMax) {
        if case .run(let run, _) = items[count] { operations += run.records.count }
        if count > 0, operations > groupOperationsMax { break }
        count += 1
      }
      let group = Array(items.prefix(count))
      items.removeFirst(count)
      return group
    }
  }

  private enum PendingWrite {
    case command(Command, CheckedContinuation<Result<CommandOutcome, any Error>, Never>)
    case run(OperationRun, @Sendable (Result<IngestOutcome, any Error>) -> Void)
  }

  private enum Settled {
    case command(Result<CommandOutcome, any Error>, CheckedContinuation<Result<CommandOutcome, any Error>, Never>)
    case run(Result<IngestOutcome, any Error>, @Sendable (Result<IngestOutcome, any Error>) -> Void)
  }

  private init(writer: StoreWriter, path: String, pool: DatabasePool, logger: Logger) {
    identity = writer.identity
    powers = writer.powers
    home = writer.home
    self.path = path
    self.pool = pool
    self.logger = logger
    self.writer = writer
  }

  /// Opens or creates `relevo.sqlite` in the directory; the first opening starts the node's stream.
  ///
  /// Throws `StoreFailure` when the file is another node's, newer than this program, or cannot be written.
  package static func open(
    directory: String, identity: StoreIdentity, powers: StorePowers, logger: Logger
  ) throws -> SiteStore {
    let path = directory + "/relevo.sqlite"
    do {
      return try open(path, identity, powers, logger)
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  private static func open(
    _ path: String, _ identity: StoreIdentity, _ powers: StorePowers, _ logger: Logger
  ) throws -> SiteStore {
    let pool = try openPool(path)
    if try pool.read({ try StoreSchema.migrator.hasBeenSuperseded($0) }) {
      throw StoreFailure(
        code: .newerSchema,
        description: "\(path) was written by a newer version of relevo; install that version or restore a backup.")
    }
    try StoreSchema.migrator.migrate(pool)
    // The stream and its first operation, which discloses the nonce of its name, exist together or not at all.
    let writer = try pool.write { db in
      let nonce = powers.random.bytes(16)
      let fresh = powers.hashing.stream(node: identity.node, nonce: nonce)
      let (stream, isNew) = try ownStream(db, fresh: fresh, identity: identity, hashing: powers.hashing)
      let home = Home(
        node: identity.node, stream: stream, site: powers.hashing.site(code: identity.siteCode),
        siteCode: identity.siteCode)
      let writer = StoreWriter(identity: identity, powers: powers, home: home)
      try writer.load(db)
      if isNew {
        let body = CommandBody.openStream(publicKey: identity.signer.publicKey, nonce: nonce)
        _ = try writer.execute(Command(actor: .system, body: body), db)
        try writer.finishGroup(db)
        writer.group = StoreWriter.GroupChanges()
      }
      try writer.foldDeferred(db)
      return writer
    }
    return SiteStore(writer: writer, path: path, pool: pool, logger: logger)
  }

  private static func openPool(_ path: String) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA cache_size = -16384")
    }
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      precondition(level == 2, "acknowledged writes need synchronous FULL, SQLite reports \(level ?? -1)")
    }
    return pool
  }

  private static func ownStream(
    _ db: Database, fresh: StreamID, identity: StoreIdentity, hashing: any Hashing
  ) throws -> (StreamID, isNew: Bool) {
    if let stored = try Data.fetchOne(db, sql: "SELECT value FROM local_setting WHERE key = 'own_stream'") {
      guard let stream = StreamID(bytes: stored),
        let node = try Data.fetchOne(db, sql: "SELECT node FROM stream WHERE id = ?", arguments: [stored]),
        NodeID(bytes: node) == identity.node
      else {
        throw StoreFailure(
          code: .wrongNode,
          description: "This database belongs to another node's key; put back the node.key it was made with.")
      }
      return (stream, false)
    }
    try db.execute(
      sql: "INSERT INTO local_setting (key, value) VALUES ('own_stream', ?)", arguments: [fresh.blob])
    let chain = StreamChain(stream: fresh, hashing: hashing)
    try db.execute(
      sql: "INSERT INTO stream (id, node, public_key, head, hash) VALUES (?, ?, ?, 0, ?)",
      arguments: [fresh.blob, identity.node.blob, identity.signer.publicKey.blob, chain.hash.blob])
    return (fresh, true)
  }

  // MARK: Writing

  /// Calls back after each commit, on the writer's thread: return at once.
  package func onCommit(_ listener: @escaping @Sendable (CommittedChange) -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  /// Carries out a command; returns after the fsync. Throws `CommandRefusal` or `StoreFailure`.
  package func execute(_ command: Command) async throws -> CommandOutcome {
    try await withCheckedContinuation { continuation in
      enqueue(.command(command, continuation))
    }.get()
  }

  /// Takes in a peer's run; returns after the fsync. Throws `StoreFailure`.
  package func ingest(_ run: OperationRun) async throws -> IngestOutcome {
    try await withCheckedContinuation { continuation in
      ingest(run) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Takes in a peer's run in the order of the calls; calls back after the fsync, on the writer's thread: return at once.
  package func ingest(_ run: OperationRun, then settle: @escaping @Sendable (Result<IngestOutcome, any Error>) -> Void)
  {
    enqueue(.run(run, settle))
  }

  /// Ends the store in good order: what was handed in before is carried out, then the files are closed. Throws `StoreFailure`.
  package func close() async throws {
    do {
      while queue.withLock({ $0.isDraining }) { try await pool.writeWithoutTransaction { _ in () } }
      try await pool.writeWithoutTransaction { [self] _ in writer.forgetStatements() }
      try pool.close()
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  /// Writes what this node alone keeps (sessions, invitations, settings). Throws `StoreFailure`.
  func writeLocally<Value: Sendable>(_ write: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    do {
      return try await pool.write(write)
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  private func enqueue(_ item: PendingWrite) {
    let (accepted, mustStart) = queue.withLock { pending -> (Bool, Bool) in
      guard pending.items.count < Self.pendingMax else { return (false, false) }
      pending.items.append(item)
      defer { pending.isDraining = true }
      return (true, !pending.isDraining)
    }
    guard accepted else {
      switch item {
      case .command(_, let continuation): continuation.resume(returning: .failure(CommandRefusal.busy))
      case .run(_, let settle): settle(.failure(CommandRefusal.busy))
      }
      return
    }
    if mustStart { pool.asyncWriteWithoutTransaction { [self] db in drain(db) } }
  }

  /// Commits one group on the writer's queue, then goes to the end of that queue while more wait: other users of the
  /// connection (signing in, invitations) get their turn however many writes keep coming.
  private func drain(_ db: Database) {
    commit(queue.withLock { $0.takeGroup() }, db)
    let mustGoOn = queue.withLock { pending in
      pending.isDraining = !pending.items.isEmpty
      return pending.isDraining
    }
    if mustGoOn { pool.asyncWriteWithoutTransaction { [self] db in drain(db) } }
  }

  private func commit(_ items: [PendingWrite], _ db: Database) {
    var settled: [Settled] = []
    var change: CommittedChange?
    do {
      if writer.mustLoad { try writer.load(db) }
      try db.inTransaction(.immediate) {
        settled = try items.map { try carryOut($0, db) }
        if writer.group.directoryChanged { try writer.releaseHeldRuns(db) }
        if !writer.group.streams.isEmpty { try writer.finishGroup(db) }
        return .commit
      }
      change = takeChange()
    } catch {
      logger.error("commit group failed, nothing of it was acknowledged: \(error)")
      reload(db)
      let isOneItemsFault = (error as? DatabaseError).map { $0.resultCode == .SQLITE_CONSTRAINT } ?? true
      if items.count > 1, isOneItemsFault, !writer.mustLoad {
        // One of them cannot be carried out; alone, it harms no other.
        for item in items { commit([item], db) }
        return
      }
      settled = failed(items, error)
    }
    if let change {
      for listener in listeners.withLock({ $0 }) { listener(change) }
    }
    for outcome in settled {
      switch outcome {
      case .command(let result, let continuation): continuation.resume(returning: result)
      case .run(let result, let settle): settle(result)
      }
    }
  }

  /// A refusal is an outcome; anything else fails the whole group, because the transaction may be half done.
  private func carryOut(_ item: PendingWrite, _ db: Database) throws -> Settled {
    switch item {
    case .command(let command, let continuation):
      do {
        return .command(.success(try writer.execute(command, db)), continuation)
      } catch let refusal as CommandRefusal {
        return .command(.failure(refusal), continuation)
      }
    case .run(let run, let settle):
      return .run(.success(try writer.ingest(run, db)), settle)
    }
  }

  private func failed(_ items: [PendingWrite], _ error: any Error) -> [Settled] {
    let failure = StoreFailure(wrapping: error, path: path)
    return items.map { item in
      switch item {
      case .command(_, let continuation): .command(.failure(failure), continuation)
      case .run(_, let settle): .run(.failure(failure), settle)
      }
    }
  }

  private func takeChange() -> CommittedChange? {
    let group = writer.group
    writer.group = StoreWriter.GroupChanges()
    guard !group.streams.isEmpty else { return nil }
    return CommittedChange(
      heads: group.heads.keys.sorted().compactMap { group.heads[$0] }, tickets: group.tickets.sorted(),
      directoryChanged: group.directoryChanged, isLocal: group.streams.contains(home.stream),
      digest: writer.progress.digest)
  }

  /// What memory holds may be ahead of the disk after a failure: forget it and read again, now or before the next group.
  private func reload(_ db: Database) {
    writer.mustLoad = true
    do {
      try writer.load(db)
    } catch {
      logger.critical("the store cannot be read after a failed commit: \(error)")
    }
  }
}

extension StoreFailure {
  /// Says what a database error means for the operator.
  init(wrapping error: any Error, path: String) {
    if let failure = error as? StoreFailure {
      self = failure
      return
    }
    guard let database = error as? DatabaseError else {
      self.init(code: .other, description: "The store could not carry this out: \(error)")
      return
    }
    switch database.resultCode {
    case .SQLITE_FULL:
      self.init(
        code: .diskFull, description: "The disk that holds \(path) is full: free some space; nothing was lost.")
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
      self.init(code: .readOnly, description: "\(path) cannot be written: check its owner and permissions.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(code: .corrupt, description: "\(path) is damaged: restore a backup with `relevo restore`.")
    case .SQLITE_IOERR:
      self.init(code: .diskFull, description: "The disk that holds \(path) reports errors: \(database.resultCode).")
    default:
      self.init(code: .other, description: "The store could not carry this out: \(database.resultCode)")
    }
  }
}
