import Dispatch
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
  /// How long a group under load waits for more to share its fsync, in microseconds; a lone command never waits.
  static let gatheringMicroseconds = 1_000
  /// Operations of peers in one group at most (a longer run goes alone), so that people do not wait behind a catch-up.
  package static let groupOperationsMax = 1024

  package let identity: StoreIdentity
  package let powers: StorePowers
  package let path: String
  /// What may be written, and the witness beside the database.
  let standing: IncarnationStanding
  let writer: StoreWriter
  let connections: Mutex<StoreConnections>
  let scheduling: Scheduling
  private let queue = Mutex(PendingWrites())
  /// Where peers' runs are worked out beside the writer, in the order of their arrival.
  private let preparation = DispatchQueue(label: "relevo.store.preparation")
  private let lastPrepared = Mutex<StreamChain?>(nil)
  private let gathered = DispatchSemaphore(value: 0)
  private let steps = Mutex(StepListener())
  private let refusal = Mutex<WriteRefusal?>(nil)
  private let listeners = Mutex<[@Sendable (CommittedChange) -> Void]>([])
  /// What peers were given since the last commit.
  let runs = Mutex(RunMemory())
  let logger: Logger

  /// The connections of the moment; after a failed write others take their place.
  package var pool: DatabasePool { connections.withLock { $0.pool } }

  private struct PendingWrites {
    var items: [PendingWrite] = []
    var isDraining = false
    /// Nothing will be carried out any more.
    var isClosed = false
    /// How many had been settled or were waiting when the last group ended: about as many will come again.
    var recent = 0
    /// The writer waits until so many are there.
    var awaited: Int?

    /// Takes out what the next group carries, in order of arrival.
    mutating func takeGroup() -> [PendingWrite] {
      var count = 0
      var operations = 0
      while count < min(items.count, groupMax) {
        if case .run(let prepared, _) = items[count] { operations += prepared.run.records.count }
        if count > 0, operations > groupOperationsMax { break }
        count += 1
      }
      let group = Array(items.prefix(count))
      items.removeFirst(count)
      return group
    }
  }

  /// Who hears that a stepped store has something to commit. In a structure, because a bare function that is looked at
  /// through a generic type is wrapped anew each time.
  private struct StepListener {
    var wanted: (@Sendable () -> Void)?
  }

  private enum PendingWrite {
    case command(Command, @Sendable (Result<CommandOutcome, any Error>) -> Void)
    case run(PreparedRun, @Sendable (Result<IngestOutcome, any Error>) -> Void)
  }

  private enum Settled {
    case command(Result<CommandOutcome, any Error>, @Sendable (Result<CommandOutcome, any Error>) -> Void)
    case run(Result<IngestOutcome, any Error>, @Sendable (Result<IngestOutcome, any Error>) -> Void)
  }

  private init(writer: StoreWriter, path: String, pool: DatabasePool, scheduling: Scheduling, logger: Logger) {
    identity = writer.identity
    powers = writer.powers
    standing = writer.standing
    self.path = path
    connections = Mutex(StoreConnections(pool: pool))
    self.logger = logger
    self.scheduling = scheduling
    self.writer = writer
  }

  /// Opens or creates `relevo.sqlite` in the directory; the first opening starts the node's stream.
  ///
  /// Throws `StoreFailure` when the file is another node's, newer than this program, or cannot be written.
  package static func open(
    directory: String, identity: StoreIdentity, powers: StorePowers,
    surroundings: StoreSurroundings = StoreSurroundings(), scheduling: Scheduling = .threaded, logger: Logger
  ) throws -> SiteStore {
    let path = directory + "/relevo.sqlite"
    do {
      return try open(path, identity, powers, surroundings, scheduling, logger)
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  private static func open(
    _ path: String, _ identity: StoreIdentity, _ powers: StorePowers, _ surroundings: StoreSurroundings,
    _ scheduling: Scheduling, _ logger: Logger
  ) throws -> SiteStore {
    let pool = try openPool(path, powers.plantedBugs, powers.memory)
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
      let standing = IncarnationStanding(home: home, surroundings: surroundings, powers: powers)
      let writer = StoreWriter(identity: identity, powers: powers, home: home, standing: standing)
      try writer.load(db)
      try standing.examine(writer, isNew: isNew, db)
      if isNew {
        let body = CommandBody.openStream(
          publicKey: identity.signer.publicKey, nonce: nonce, place: standing.place(continuing: nil))
        _ = try writer.execute(Command(actor: .system, body: body), db)
        try writer.finishGroup(db)
        writer.group = StoreWriter.GroupChanges()
      }
      try writer.foldDeferred(db)
      try writer.renewDeadlines(db)
      return writer
    }
    writer.standing.testifyFirst(writer)
    return SiteStore(writer: writer, path: path, pool: pool, scheduling: scheduling, logger: logger)
  }

  static func openPool(_ path: String, _ bugs: PlantedBugs, _ memory: StoreMemory) throws -> DatabasePool {
    let synchronous = bugs.contains(.synchronousNormal) ? "NORMAL" : "FULL"
    var configuration = Configuration()
    configuration.maximumReaderCount = 4
    // A reader that looks at the log's index while it changes takes the writer's lock for a moment.
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
      // What a reader keeps is worth nothing after the next commit, and the system keeps the file's pages for all of them.
      let cacheKibibytes = db.configuration.readonly ? memory.pageCacheKibibytes / 8 : memory.pageCacheKibibytes
      try db.execute(sql: "PRAGMA cache_size = -\(cacheKibibytes)")
      try db.execute(sql: "PRAGMA wal_autocheckpoint = \(memory.logPagesMax)")
    }
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
      let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      precondition(
        level == 2 || bugs.contains(.synchronousNormal),
        "acknowledged writes need synchronous FULL, SQLite reports \(level ?? -1)")
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

  /// Tells the listeners; on the writer's thread alone, so that they hear of changes in their order.
  func tell(_ change: CommittedChange) {
    for listener in listeners.withLock({ $0 }) { listener(change) }
  }

  /// Carries out a command; returns after the fsync. Throws `CommandRefusal` or `StoreFailure`.
  package func execute(_ command: Command) async throws -> CommandOutcome {
    try await withCheckedContinuation { continuation in
      execute(command) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Carries out a command; calls back after the fsync, on the writer's thread: return at once.
  package func execute(
    _ command: Command, then settle: @escaping @Sendable (Result<CommandOutcome, any Error>) -> Void
  ) {
    enqueue(.command(command, settle))
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
    switch scheduling {
    case .threaded: preparation.async { [self] in enqueue(.run(prepared(run), settle)) }
    case .stepped: enqueue(.run(prepared(run), settle))
    }
  }

  /// Runs of one stream mostly come one after the other, so each is worked out from where the one before it ends.
  private func prepared(_ run: OperationRun) -> PreparedRun {
    // What is out of bounds is refused by the writer.
    guard !run.records.isEmpty, run.first > 0, run.first <= OperationRowID.sequenceMax else {
      return PreparedRun(unprepared: run)
    }
    let base = lastPrepared.withLock { last in
      defer { last = StreamChain(stream: run.stream, sequence: run.last, hash: run.head.hash) }
      return last?.stream == run.stream && last?.sequence == run.first &- 1 ? last : nil
    }
    return PreparedRun(run, base: base, powers: powers)
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
      while true {
        let pool = pool
        let written = try await pool.writeWithoutTransaction { [self] db in
          try isCurrent(pool) ? writeUnlessReopened(db, write) : nil
        }
        if let written { return written }
      }
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  private func enqueue(_ item: PendingWrite) {
    let (accepted, mustStart, isEnough) = queue.withLock { pending -> (Bool, Bool, Bool) in
      guard pending.items.count < Self.pendingMax, !pending.isClosed else { return (false, false, false) }
      pending.items.append(item)
      let isEnough = pending.awaited.map { pending.items.count >= $0 } ?? false
      if isEnough { pending.awaited = nil }
      defer { pending.isDraining = true }
      return (true, !pending.isDraining, isEnough)
    }
    if isEnough { gathered.signal() }
    guard accepted else {
      switch item {
      case .command(_, let settle): settle(.failure(CommandRefusal.busy))
      case .run(_, let settle): settle(.failure(CommandRefusal.busy))
      }
      return
    }
    guard mustStart else { return }
    switch scheduling {
    case .threaded: beginDraining()
    case .stepped: steps.withLock { $0 }.wanted?()
    }
  }

  /// Commits one group on the writer's queue, then goes to the end of that queue while more wait: other users of the
  /// connection (signing in, invitations) get their turn however many writes keep coming.
  private func beginDraining() {
    let pool = pool
    pool.asyncWriteWithoutTransaction { [self] db in
      guard isCurrent(pool) else { return beginDraining() }
      gather()
      if commitNextGroup(db) { beginDraining() }
    }
  }

  /// Under load, gives those who were answered just now a moment to ask again, so that more share the next fsync.
  private func gather() {
    let mustWait = queue.withLock { pending in
      let wanted = min(pending.recent * 3 / 4, Self.groupMax)
      pending.awaited = wanted > pending.items.count ? wanted : nil
      return pending.awaited != nil
    }
    guard mustWait else { return }
    _ = gathered.wait(timeout: .now() + .microseconds(Self.gatheringMicroseconds))
    queue.withLock { $0.awaited = nil }
  }

  // MARK: Steps

  /// Says that writes wait for `commitGroup`; to be set before the first write of a stepped store.
  func onStepWanted(_ listener: @escaping @Sendable () -> Void) { steps.withLock { $0.wanted = listener } }

  /// Commits one group; true when more wait, or when the connections were replaced and the group is to be asked for again.
  func commitNextGroup(_ db: Database) -> Bool {
    var obstacle: (any Error)?
    if writer.mustReopen {
      do {
        try reopen(db)
        return true
      } catch {
        logger.critical("the store cannot be reopened after a failed write, nothing is written: \(error)")
        obstacle = error
      }
    }
    let group = queue.withLock { $0.takeGroup() }
    if let obstacle {
      settle(failed(group, obstacle))
    } else {
      commit(group, db)
    }
    return queue.withLock { pending in
      pending.recent = group.count + pending.items.count
      pending.isDraining = !pending.items.isEmpty
      return pending.isDraining
    }
  }

  /// Lets go of prepared statements, so that the connection can be closed.
  func forgetStatements() { writer.forgetStatements() }

  /// Answers all that wait for their group that nothing of it will be written.
  func dropWaiting() {
    let items = queue.withLock { pending in
      defer { (pending.items, pending.isClosed) = ([], true) }
      return pending.items
    }
    if items.isEmpty { return }
    settle(failed(items, StoreFailure(code: .other, description: "The store was closed before this was written.")))
  }

  /// Writes that wait for their group.
  var pendingCount: Int { queue.withLock { $0.items.count } }

  private func commit(_ items: [PendingWrite], _ db: Database) {
    var settled: [Settled] = []
    var change: CommittedChange?
    do {
      if writer.mustLoad { try writer.load(db) }
      try writer.groupStatements(db).inTransaction(db) {
        settled = try items.map { try carryOut($0, db) }
        if writer.group.directoryChanged { try writer.releaseHeldRuns(db) }
        if !writer.group.streams.isEmpty { try writer.finishGroup(db) }
        if powers.plantedBugs.contains(.acknowledgeBeforeCommit) { settleTooEarly(&settled) }
      }
      runs.withLock { $0.forget() }
      // Before anybody is answered, so that whatever was acknowledged has a witness.
      standing.follow(writer)
      change = takeChange()
      refusal.withLock { $0 = nil }
    } catch {
      logger.error("commit group failed, nothing of it was acknowledged: \(error)")
      noteRefusal(error)
      if Self.questionsTheFile(error) {
        writer.mustReopen = true
        settle(failed(items, error))
        return
      }
      reload(db)
      let isOneItemsFault = (error as? DatabaseError).map { $0.resultCode == .SQLITE_CONSTRAINT } ?? true
      if items.count > 1, isOneItemsFault, !writer.mustLoad {
        // One of them cannot be carried out; alone, it harms no other.
        for item in items {
          if writer.mustReopen { settle(failed([item], error)) } else { commit([item], db) }
        }
        return
      }
      settled = failed(items, error)
    }
    if let change { tell(change) }
    settle(settled)
  }

  /// Why the disk takes no writes; nil since the last commit that succeeded.
  package var writeRefusal: WriteRefusal? { refusal.withLock { $0 } }

  private func noteRefusal(_ error: any Error) {
    if (error as? DatabaseError)?.resultCode == .SQLITE_FULL {
      refusal.withLock { $0 = .diskFull }
    } else if Self.questionsTheFile(error) {
      refusal.withLock { $0 = .inputOutput }
    } else if let code = (error as? DatabaseError)?.resultCode, code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB {
      refusal.withLock { $0 = .damaged }
    }
  }

  /// What the planted bug `acknowledgeBeforeCommit` does.
  private func settleTooEarly(_ settled: inout [Settled]) {
    settle(settled)
    settled = []
  }

  private func settle(_ settled: [Settled]) {
    for outcome in settled {
      switch outcome {
      case .command(let result, let settle): settle(result)
      case .run(let result, let settle): settle(result)
      }
    }
  }

  /// A refusal is an outcome; anything else fails the whole group, because the transaction may be half done.
  private func carryOut(_ item: PendingWrite, _ db: Database) throws -> Settled {
    switch item {
    case .command(let command, let settle):
      if let pending = pendingIncarnation(command) { return .command(.failure(pending), settle) }
      do {
        return .command(.success(try writer.execute(command, db)), settle)
      } catch let refusal as CommandRefusal {
        return .command(.failure(refusal), settle)
      }
    case .run(let prepared, let settle):
      return .run(.success(try writer.ingest(prepared, db)), settle)
    }
  }

  private func failed(_ items: [PendingWrite], _ error: any Error) -> [Settled] {
    let failure = StoreFailure(wrapping: error, path: path)
    return items.map { item in
      switch item {
      case .command(_, let settle): .command(.failure(failure), settle)
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
      digest: writer.progress.digest, ends: ends(group), begun: group.isRenewed ? home.stream : nil)
  }

  /// What memory holds may be ahead of the disk after a failure: forget it and read again, now or before the next group.
  private func reload(_ db: Database) {
    if powers.plantedBugs.contains(.keepMemoryAfterFailure) { return }
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
