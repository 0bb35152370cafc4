package import Helpdesk
package import OperationLog

/// Everything the store needs from outside to write as one node: names, keys and injected powers.
package struct StoreIdentity: Sendable {
  package var cluster: ClusterID
  /// 32 bytes shared by the cluster's nodes; marks people without naming them.
  package var clusterSecret: [UInt8]
  package var node: NodeID
  package var siteCode: String
  package var signer: any Signing
  /// True when an earlier incarnation gave out plain numbers for this site.
  package var numbersCarryIncarnation: Bool

  package init(
    cluster: ClusterID, clusterSecret: [UInt8], node: NodeID, siteCode: String, signer: any Signing,
    numbersCarryIncarnation: Bool = false
  ) {
    self.cluster = cluster
    self.clusterSecret = clusterSecret
    self.node = node
    self.siteCode = siteCode
    self.signer = signer
    self.numbersCarryIncarnation = numbersCarryIncarnation
  }
}

/// How much a store keeps in memory. A node has a process to itself; simulated offices share one, up to a thousand of them.
package struct StoreMemory: Sendable {
  /// SQLite's page cache of the writer, KiB; a reader's is an eighth.
  package var pageCacheKibibytes = 16_384
  /// The write-ahead log is written back to the database when it has so many pages.
  package var logPagesMax = 1_000
  /// Tickets kept between commit groups at most; then all are forgotten, which costs a read each.
  package var workingTicketsMax = 1_024

  package init() {}
}

/// What the store is given to work with.
package struct StorePowers: Sendable {
  package var hashing: any Hashing
  package var verifier: any Verifying
  package var random: any RandomBytes
  package var normaliser: any TextNormalising
  /// Milliseconds UTC.
  package var wallClock: @Sendable () -> Int64
  /// The rules of time zones, by which deadlines count working time; nil where every minute counts.
  package var zones: (any ZoneReading)?
  /// Kinds of operations that this program is to take for unknown, as an older one would; for the simulator.
  package var kindsNotUnderstood: Set<UInt16> = []
  /// For the simulator, which proves its checkers with them.
  package var plantedBugs: PlantedBugs = []
  package var memory = StoreMemory()

  package init(
    hashing: any Hashing, verifier: any Verifying, random: any RandomBytes, normaliser: any TextNormalising,
    wallClock: @escaping @Sendable () -> Int64, zones: (any ZoneReading)? = nil
  ) {
    self.hashing = hashing
    self.verifier = verifier
    self.random = random
    self.normaliser = normaliser
    self.wallClock = wallClock
    self.zones = zones
  }
}

/// What a command came to, after the fsync.
package struct CommandOutcome: Sendable {
  package var entity: EntityID
  /// The operations written, in order; empty when nothing had to be written.
  package var dots: [Dot]
  /// True when the same command had been carried out before.
  package var isRepetition: Bool
  /// What the ticket that the command opened is told from; nil for anything else.
  private var opening: OpenedTicket?

  package init(entity: EntityID, dots: [Dot], isRepetition: Bool) {
    self.init(entity: entity, dots: dots, isRepetition: isRepetition, opening: nil)
  }

  init(entity: EntityID, dots: [Dot], isRepetition: Bool, opening: OpenedTicket?) {
    self.entity = entity
    self.dots = dots
    self.isRepetition = isRepetition
    self.opening = opening
  }

  /// The ticket the command opened, as it was written, so that the answer need not read it again; nil for anything else.
  /// Put together by whoever asks, because the writer has others to serve.
  package func opened() -> TicketDetail? { opening?.detail() }
}

extension CommandOutcome: Equatable {
  /// The ticket that was opened follows from the rest.
  package static func == (one: CommandOutcome, other: CommandOutcome) -> Bool {
    (one.entity, one.dots, one.isRepetition) == (other.entity, other.dots, other.isRepetition)
  }
}

/// What an ingested run came to, after the fsync.
package enum IngestOutcome: Hashable, Sendable {
  /// Folded in; the stream is held up to this sequence now.
  case stored(through: UInt64)
  case alreadyHeld(through: UInt64)
  /// Folded in under another name than the run's: its stream was written twice. What moved is told with the commit.
  case branched
  /// The stream's node is not in the directory yet; kept until it is.
  case heldUntilDirectory
  case refused(RunRefusal)
}

/// What one commit changed; told after the fsync to replication, live pages and assignment.
package struct CommittedChange: Sendable {
  /// The signed heads that moved, in stream order.
  package var heads: [SignedHead]
  /// Tickets that changed, in order.
  package var tickets: [EntityID]
  /// True when people, sites, nodes, categories, queues or tokens changed.
  package var directoryChanged: Bool
  /// True when the node's own stream moved.
  package var isLocal: Bool
  /// The canonical state digest after it.
  package var digest: Hash32
  /// Streams that proved to be written twice, in order: they end here, and derived ones among `heads` go on.
  package var ends: [SignedHead]
  /// The stream the node writes from now on, when that changed.
  package var begun: StreamID?

  package init(
    heads: [SignedHead], tickets: [EntityID], directoryChanged: Bool, isLocal: Bool, digest: Hash32,
    ends: [SignedHead] = [], begun: StreamID? = nil
  ) {
    self.ends = ends
    self.begun = begun
    self.digest = digest
    self.heads = heads
    self.tickets = tickets
    self.directoryChanged = directoryChanged
    self.isLocal = isLocal
  }
}

/// A failure of the database or its file, with what to do.
package struct StoreFailure: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case diskFull, readOnly, corrupt, wrongNode, newerSchema, incarnationPending, other
  }
  package let code: Code
  /// Says what is wrong and what to do; safe to show.
  package let description: String

  package init(code: Code, description: String) {
    self.code = code
    self.description = description
  }
}
