/// Everything a node knows about its own health at one moment; `docs/` calls its JSON form the status JSON.
///
/// Nil means "not known" and is written as `null` or `?`, never as 0. The fields fixed for the outside come first; the
/// ones after `mail` are additions. It is written by `StatusJSON` alone (so that the rule about `null` has one place)
/// and read back with any `Decoder`.
package struct StatusReport: Sendable, Equatable, Decodable {
  /// Version of the JSON form; 1.
  package var schema = 1
  /// Code of the site this node serves (`LYO`).
  package var site: String
  /// NodeID in hexadecimal; nil before the node has joined a cluster.
  package var node: String?
  /// Version of the program that gathered the facts.
  package var version: String
  /// Highest protocol version the node speaks.
  package var protocolVersion: Int
  package var uptimeSeconds: Int64?
  /// Canonical digest of the folded state, in hexadecimal.
  package var stateDigest: String?
  /// Sequence of the last operation held, by StreamID in hexadecimal.
  package var heads: [String: UInt64]?
  /// The configured neighbours, in any order; every rendering sorts them worst first.
  package var peers: [PeerStatus]
  /// What no other node has acknowledged yet.
  package var onlyHere: OnlyHereStatus
  /// Fields with more than one value, waiting for a person.
  package var conflictsOpen: Int64?
  package var store: StoreStatus
  /// Nil while the node handles no mail or does not know.
  package var mail: MailStatus?

  /// The site's name for people (`Lyon`).
  package var siteName: String?
  package var role: SiteRole?
  package var nodeState: NodeState
  /// Process identifier that holds the data directory, when it is not answering.
  package var holderProcess: Int64?
  /// When the facts were gathered. Nil only when the node is stopped and never wrote any.
  package var writtenAt: UTCMoment?
  /// How long the oldest open conflict waits.
  package var conflictsOldestSeconds: Int64?
  package var operations: OperationsStatus
  package var tickets: TicketsStatus
  /// Sites without a direct link, and what they are known to hold of ours; nil when not known.
  package var holdings: [HoldingStatus]?
  package var identity: IdentityStatus?
  /// Nil until it was measured for the first time.
  package var balance: BalanceStatus?

  package init(
    site: String, siteName: String? = nil, role: SiteRole? = nil, node: String? = nil, version: String,
    protocolVersion: Int, nodeState: NodeState = .running, holderProcess: Int64? = nil, writtenAt: UTCMoment?,
    uptimeSeconds: Int64? = nil, stateDigest: String? = nil, heads: [String: UInt64]? = nil, peers: [PeerStatus] = [],
    onlyHere: OnlyHereStatus = OnlyHereStatus(), conflictsOpen: Int64? = nil, conflictsOldestSeconds: Int64? = nil,
    store: StoreStatus = StoreStatus(), mail: MailStatus? = nil, operations: OperationsStatus = OperationsStatus(),
    tickets: TicketsStatus = TicketsStatus(), holdings: [HoldingStatus]? = nil, identity: IdentityStatus? = nil,
    balance: BalanceStatus? = nil
  ) {
    self.site = site
    self.siteName = siteName
    self.role = role
    self.node = node
    self.version = version
    self.protocolVersion = protocolVersion
    self.nodeState = nodeState
    self.holderProcess = holderProcess
    self.writtenAt = writtenAt
    self.uptimeSeconds = uptimeSeconds
    self.stateDigest = stateDigest
    self.heads = heads
    self.peers = peers
    self.onlyHere = onlyHere
    self.conflictsOpen = conflictsOpen
    self.conflictsOldestSeconds = conflictsOldestSeconds
    self.store = store
    self.mail = mail
    self.operations = operations
    self.tickets = tickets
    self.holdings = holdings
    self.identity = identity
    self.balance = balance
  }

  /// Peers with the ones that need attention first: by link, then by what waits for them, then by site code.
  package var peersWorstFirst: [PeerStatus] {
    peers.sorted { first, second in
      if first.link.severity != second.link.severity { return first.link.severity > second.link.severity }
      let firstOut = first.outOperations ?? -1
      let secondOut = second.outOperations ?? -1
      if firstOut != secondOut { return firstOut > secondOut }
      return first.site < second.site
    }
  }

  /// Whether every peer is known to have all of ours and we all of theirs: what `--wait-synced` waits for.
  package var isSynced: Bool {
    // Of a store that cannot be read nothing is known.
    store.writesRefused != .damaged && peers.allSatisfy { $0.outOperations == 0 && $0.inOperations == 0 }
  }

  private enum CodingKeys: String, CodingKey {
    case schema, site, node, version
    case protocolVersion = "protocol"
    case uptimeSeconds = "uptime_seconds"
    case stateDigest = "state_digest"
    case heads, peers
    case onlyHere = "only_here"
    case conflictsOpen = "conflicts_open"
    case store, mail
    case siteName = "site_name"
    case role
    case nodeState = "node_state"
    case holderProcess = "holder_process"
    case writtenAt = "written_at"
    case conflictsOldestSeconds = "conflicts_oldest_seconds"
    case operations, tickets, holdings, identity, balance
  }
}

/// The part a site plays in its cluster.
package enum SiteRole: String, Sendable, Codable, CaseIterable {
  case central
  case branch
}

/// Whether the facts come from a running node or from what it left behind.
package enum NodeState: String, Sendable, Codable, CaseIterable {
  case running
  /// Nobody holds the data directory; the facts are the last ones written to disk.
  case stopped
  /// A process holds the data directory but does not answer on its socket.
  case notAnswering = "not_answering"
}

/// Operations that exist on this node's disk and on no other.
package struct OnlyHereStatus: Sendable, Equatable, Decodable {
  package var operations: Int64?
  /// When the oldest of them was committed.
  package var since: UTCMoment?

  package init(operations: Int64? = nil, since: UTCMoment? = nil) {
    self.operations = operations
    self.since = since
  }
}

/// The database and the disk under it.
package struct StoreStatus: Sendable, Equatable, Decodable {
  package var databaseBytes: Int64?
  package var walBytes: Int64?
  package var diskFreeBytes: Int64?
  package var lastBackupAt: UTCMoment?
  /// Size of the file system that holds the data directory.
  package var diskTotalBytes: Int64?
  /// When the store was created: before it is a week old, nobody owes it a backup.
  package var createdAt: UTCMoment?
  /// Why the store takes no writes at present; nil when it does.
  package var writesRefused: WriteRefusal?

  package init(
    databaseBytes: Int64? = nil, walBytes: Int64? = nil, diskFreeBytes: Int64? = nil, diskTotalBytes: Int64? = nil,
    lastBackupAt: UTCMoment? = nil, createdAt: UTCMoment? = nil, writesRefused: WriteRefusal? = nil
  ) {
    self.databaseBytes = databaseBytes
    self.walBytes = walBytes
    self.diskFreeBytes = diskFreeBytes
    self.diskTotalBytes = diskTotalBytes
    self.lastBackupAt = lastBackupAt
    self.createdAt = createdAt
    self.writesRefused = writesRefused
  }

  private enum CodingKeys: String, CodingKey {
    case databaseBytes = "database_bytes"
    case walBytes = "wal_bytes"
    case diskFreeBytes = "disk_free_bytes"
    case lastBackupAt = "last_backup_at"
    case diskTotalBytes = "disk_total_bytes"
    case createdAt = "created_at"
    case writesRefused = "writes_refused"
  }
}

/// Why a commit failed, as far as the operating system says.
package enum WriteRefusal: String, Sendable, Codable, CaseIterable {
  case diskFull = "disk_full"
  case inputOutput = "input_output"
  /// The database is not in order, or cannot be read.
  case damaged
}

/// Mail that waits to leave this site.
package struct MailStatus: Sendable, Equatable, Decodable {
  package var outboxMessages: Int64?
  package var outboxOldestSeconds: Int64?

  package init(outboxMessages: Int64? = nil, outboxOldestSeconds: Int64? = nil) {
    self.outboxMessages = outboxMessages
    self.outboxOldestSeconds = outboxOldestSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case outboxMessages = "outbox_messages"
    case outboxOldestSeconds = "outbox_oldest_seconds"
  }
}

/// Operations that are stored and forwarded but not folded in, and proofs that a stream was written twice.
package struct OperationsStatus: Sendable, Equatable, Decodable {
  /// Of a kind or version this program does not know yet.
  package var deferredOfNewerKind: Int64?
  /// Of a known kind, yet not readable.
  package var deferredUndecodable: Int64?
  /// Of streams whose node is not in the directory yet.
  package var heldOfUnknownStreams: Int64?
  package var forkProofs: [ForkProofStatus]?

  package init(
    deferredOfNewerKind: Int64? = nil, deferredUndecodable: Int64? = nil, heldOfUnknownStreams: Int64? = nil,
    forkProofs: [ForkProofStatus]? = nil
  ) {
    self.deferredOfNewerKind = deferredOfNewerKind
    self.deferredUndecodable = deferredUndecodable
    self.heldOfUnknownStreams = heldOfUnknownStreams
    self.forkProofs = forkProofs
  }

  private enum CodingKeys: String, CodingKey {
    case deferredOfNewerKind = "deferred_of_newer_kind"
    case deferredUndecodable = "deferred_undecodable"
    case heldOfUnknownStreams = "held_of_unknown_streams"
    case forkProofs = "fork_proofs"
  }
}

/// Two signed operations at one dot: a node was cloned, or its disk rolled back unseen.
package struct ForkProofStatus: Sendable, Equatable, Decodable {
  /// Code of the site whose stream it is.
  package var site: String
  /// StreamID in hexadecimal.
  package var stream: String
  /// First sequence that exists twice.
  package var sequence: UInt64
  /// The machines that wrote the two, as far as they are known.
  package var machines: [String]

  package init(site: String, stream: String, sequence: UInt64, machines: [String]) {
    self.site = site
    self.stream = stream
    self.sequence = sequence
    self.machines = machines
  }
}

/// Tickets of this site's custody that nobody has taken for too long (requirement N3).
package struct TicketsStatus: Sendable, Equatable, Decodable {
  package var unassignedPastLimit: Int64?
  /// The configured limit.
  package var unassignedLimitSeconds: Int64?
  package var unassignedOldestSeconds: Int64?
  /// Those that nobody in the company can serve as things are; nil where nobody looked.
  package var unservable: Int64?
  /// One of them with the reason's name, such as `LYO-12 no_skill`.
  package var unservableExample: String?

  package init(
    unassignedPastLimit: Int64? = nil, unassignedLimitSeconds: Int64? = nil, unassignedOldestSeconds: Int64? = nil,
    unservable: Int64? = nil, unservableExample: String? = nil
  ) {
    self.unassignedPastLimit = unassignedPastLimit
    self.unassignedLimitSeconds = unassignedLimitSeconds
    self.unassignedOldestSeconds = unassignedOldestSeconds
    self.unservable = unservable
    self.unservableExample = unservableExample
  }

  private enum CodingKeys: String, CodingKey {
    case unassignedPastLimit = "unassigned_past_limit"
    case unassignedLimitSeconds = "unassigned_limit_seconds"
    case unassignedOldestSeconds = "unassigned_oldest_seconds"
    case unservable
    case unservableExample = "unservable_example"
  }
}
