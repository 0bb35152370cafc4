import Foundation
import GRDB
package import Helpdesk
import Logging
package import OperationLog

/// Two signed operations at one place of a stream: the node was cloned, or set back unseen.
package struct ForkProof: Hashable, Sendable {
  /// The stream as its node signs it.
  package var stream: StreamID
  package var node: NodeID
  /// The first sequence that exists twice.
  package var sequence: UInt64
  /// Names of the machines that began the node's streams, in order; empty where none is known.
  package var machines: [String]
  /// When it was found here, milliseconds UTC.
  package var foundAt: Int64
}

extension SiteStore {
  /// The node, its present stream and its site.
  package var home: Home { standing.home }

  /// The latest new incarnation of this node, due, begun or confirmed; nil while its first stream goes on.
  package var incarnation: StoreIncarnation? { standing.incarnation }

  /// Why the witness beside the database cannot be kept, in words; nil while it can.
  package var witnessTrouble: String? { standing.witnessTrouble }

  /// The streams that were written twice, in order, each with its end; the heads carry no signature.
  package var endedStreams: [SignedHead] { standing.ends }

  /// True for every stream this node ever wrote, as far as it is held here.
  package func isOwn(_ stream: StreamID) -> Bool { standing.isOwn(stream) }

  /// False while the node may not know what it decided before it was set back: nothing is assigned by itself until it has
  /// synchronised with every member, or a person confirms.
  package var mayWriteAutomatically: Bool { incarnation?.isConfirmed ?? true }

  /// Stops writing on the present stream at once, from any thread: what the disk holds of it is not all there is.
  ///
  /// Gives what is due; nil when it was due already.
  package func suspendWriting(_ cause: IncarnationCause) -> StoreIncarnation? {
    let due = standing.suspend(cause)
    if let due {
      logger.critical("a new incarnation of this node is due, nothing is written until then: \(due.cause.word)")
    }
    return due
  }

  /// Begins the stream that is due; calls back after the fsync, on the writer's thread: return at once.
  package func beginIncarnation(then settle: @escaping @Sendable (Result<CommandOutcome, any Error>) -> Void) {
    guard let due = incarnation, !due.isBegun else { return }
    let body = CommandBody.openStream(
      publicKey: identity.signer.publicKey, nonce: due.nonce, place: standing.place(continuing: due.previous))
    execute(Command(actor: .system, body: body), then: settle)
  }

  /// Lets automatic operations be written again; false when nothing waited for it. Throws `StoreFailure`.
  package func confirmIncarnation() async throws -> Bool {
    let confirmed = try await writeLocally { [standing] db in try standing.writeConfirmed(db) }
    if let confirmed { standing.noteConfirmed(confirmed) }
    return confirmed != nil
  }

  /// As above, calling back on the writer's thread; in a stepped store at once.
  package func confirmIncarnation(then settle: @escaping @Sendable (Result<Bool, any Error>) -> Void) {
    let pool = pool
    switch scheduling {
    case .stepped:
      let confirmed = Result { try pool.writeWithoutTransaction { db in try confirmNow(db) } }
      if case .success(nil) = confirmed { return confirmIncarnation(then: settle) }
      settle(confirmed.map { $0 ?? false })
    case .threaded:
      pool.asyncWriteWithoutTransaction { [self] db in
        let confirmed = Result { try isCurrent(pool) ? confirmNow(db) : nil }
        if case .success(nil) = confirmed { return confirmIncarnation(then: settle) }
        settle(confirmed.map { $0 ?? false })
      }
    }
  }

  /// Nil when the connections had to be replaced first and it has to be asked again.
  private func confirmNow(_ db: Database) throws -> Bool? {
    guard let written = try writeUnlessReopened(db, { db in try standing.writeConfirmed(db) }) else { return nil }
    if let written { standing.noteConfirmed(written) }
    return written != nil
  }

  /// Why a command is not carried out now; nil when it is.
  func pendingIncarnation(_ command: Command) -> StoreFailure? {
    if case .openStream = command.body { return nil }
    guard writer.group.mustRenew || (standing.isSuspended && !writer.group.isRenewed) else { return nil }
    return StoreFailure(
      code: .incarnationPending,
      description: "This office was set back or copied and is fetching its own changes from the other offices; "
        + "it writes again within a minute.")
  }

  /// Streams that ended in a group, as heads without a signature of their own.
  func ends(_ group: StoreWriter.GroupChanges) -> [SignedHead] {
    group.ends.keys.sorted().compactMap { id in
      writer.streams[id].map {
        SignedHead(stream: id, sequence: $0.chain.sequence, hash: $0.chain.hash, signature: [])
      }
    }
  }

  /// Marks a database that was put back from a backup, so that the next start begins a new incarnation. Throws
  /// `StoreFailure`.
  package static func markRestored(_ path: String) throws {
    do {
      let queue = try DatabaseQueue(path: path)
      try queue.write { db in try IncarnationStanding.markRestored(db) }
      // Into the file itself, which goes alone to its place.
      try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
      try queue.close()
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  // MARK: Forks

  /// The forks that nobody has acknowledged here, in order of stream and place.
  package func forkProofs() async throws -> [ForkProof] {
    let hashing = powers.hashing
    return try await reading { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT root, sequence, min(found_at) AS found_at FROM fork_proof WHERE acknowledged = 0
          GROUP BY root, sequence ORDER BY root, sequence
          """)
      if rows.isEmpty { return [] }
      let streams = try StoreWriter.StreamRow.all(db)
      let hosts = try Self.hosts(streams, db)
      return rows.map { row in
        let root: StreamID = row.identifier("root")
        let node = streams[root]?.node ?? hashing.node(publicKey: [])
        return ForkProof(
          stream: root, node: node, sequence: UInt64(clamping: row["sequence"] as Int64), machines: hosts[node] ?? [],
          foundAt: row["found_at"])
      }
    }
  }

  /// Takes note of every fork known now: a person has stopped the copy. Gives how many. Throws `StoreFailure`.
  package func acknowledgeForks() async throws -> Int {
    try await writeLocally { db in
      try db.execute(sql: "UPDATE fork_proof SET acknowledged = 1 WHERE acknowledged = 0")
      return db.changesCount
    }
  }

  /// The machines on which each node began streams, as the opening operations name them.
  private static func hosts(
    _ streams: [StreamID: StoreWriter.StreamRow], _ db: Database
  ) throws -> [NodeID: [String]] {
    var hosts: [NodeID: Set<String>] = [:]
    for stream in streams.values where stream.derivation == nil {
      let rowID = OperationRowID.make(stream: stream.no, sequence: 1)
      let sql = "SELECT id, header, text FROM operation WHERE id = ?"
      guard let row = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [rowID]),
        let opening = StoredOperation(row: row, stream: .zero)
      else { continue }
      let place = StreamPlace(opening.changes)
      if place.host.isEmpty { continue }
      let mark = place.machine.isEmpty ? "" : " (\(Hexadecimal.encode(place.machine.prefix(4))))"
      hosts[stream.node, default: []].insert(place.host + mark)
    }
    return hosts.mapValues { $0.sorted() }
  }
}
