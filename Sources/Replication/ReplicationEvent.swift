package import OperationLog

/// One authenticated connection, named by the engine and never used twice.
package struct LinkID: Hashable, Comparable, Sendable {
  package let number: UInt64
  package init(number: UInt64) { self.number = number }
  package static func < (left: LinkID, right: LinkID) -> Bool { left.number < right.number }
}

/// Names one request to the store until its answer.
package struct ReadRequestID: Hashable, Comparable, Sendable {
  package let number: UInt64
  package static func < (left: ReadRequestID, right: ReadRequestID) -> Bool { left.number < right.number }
}

/// Names one run given to the store until its outcome.
package struct IngestTicket: Hashable, Comparable, Sendable {
  package let number: UInt64
  package static func < (left: IngestTicket, right: IngestTicket) -> Bool { left.number < right.number }
}

/// What the transport proved about the other side of a connection.
package enum PeerAuthentication: Hashable, Sendable {
  /// The key of this node.
  case node(NodeID)
  /// The key of a one-time token, good for joining only.
  case bootstrap
}

/// A node that the configuration names.
package struct Neighbour: Hashable, Sendable {
  package var node: NodeID
  /// Site code, shown until the node itself says it.
  package var site: String
  /// We dial it; false for one that only dials us.
  package var isDialed: Bool

  package init(node: NodeID, site: String, isDialed: Bool) {
    self.node = node
    self.site = site
    self.isDialed = isDialed
  }
}

/// What became of a run that was given to the store.
package enum IngestOutcome: Hashable, Sendable {
  /// Committed; these heads are held durably now.
  case stored([SignedHead])
  /// Nothing in it was new.
  case alreadyHeld
  /// Refused. `unknownStream` makes the replicator wait for the directory; anything else costs the sender.
  case refused(RunRefusal)
  /// The engine keeps it until the stream's node is in the directory, and reports it as `committed` then.
  case heldUntilDirectory
}

/// What happened, for `Replicator.handle`.
package enum ReplicationEvent: Sendable {
  /// A connection whose key is proved can be used. `dialed` is true when we dialled it.
  case connected(LinkID, dialed: Bool, PeerAuthentication)
  /// The bulk lane that `dialBulk` asked for can be used.
  case bulkConnected(LinkID, NodeID)
  /// A connection ended; a dialled one is dialled again by the transport by itself.
  case disconnected(LinkID)
  /// One frame came.
  case received(LinkID, [UInt8])
  /// The neighbour refused our key, or we refused its.
  case keyRefused(NodeID)
  /// These heads are durable here now, whether written here or stored from a peer. Told after every commit.
  case committed([SignedHead])
  /// Answers `readRun`; nil when nothing of the range is here.
  case runRead(ReadRequestID, OperationRun?)
  /// Answers `ingest`. Answers come in the order of the effects.
  case ingested(IngestTicket, IngestOutcome)
  /// Which node each known stream belongs to; told at the start and after every change.
  case directoryChanged([StreamID: NodeID])
  /// The configured neighbours, in full; told at the start and after every change.
  case neighboursChanged([Neighbour])
  /// What a peer held when it was last heard of before our start, from the engine's memory.
  case peerRemembered(NodeID, held: VersionVector)
  /// This node writes a new stream from now on.
  case streamBegun(StreamID)
  /// This node may not go on with its stream and will write this one, once what its peers hold of the old one is here.
  case recoveryBegun(StreamID)
  /// A new incarnation that was begun before our start has not synchronised with every member yet.
  case incarnationUnconfirmed
  /// Answers `incarnationSynchronised`, which is repeated until then: it is durable.
  case incarnationConfirmed
  /// These streams proved to be written twice and end here; told together with the heads of their branches.
  case streamsEnded([SignedHead])
  /// The node is revoked: its frames are dropped from now on.
  case revoked(NodeID)
  /// A person pauses the link.
  case paused(NodeID)
  /// A person resumes the link.
  case resumed(NodeID)
  /// What pings say of this node: digest of the folded state (nil when unknown) and load, the bytes of a
  /// `LoadSummary` (empty: as before).
  case stateChanged(digest: Hash32?, load: [UInt8])
  /// How busy this office is now, for the next pings.
  case loadChanged(LoadSummary)
  /// What the next pings tell each peer of other sites (`LoadSummary.others`); a peer that is not named is told nothing.
  case summariesChanged([NodeID: [UInt8]])
  /// Something to be told to one node (nil: all), also across third sites; may be lost.
  case relayRequested(destination: NodeID?, topic: String, bytes: [UInt8])
  /// We want to join: sends JOIN on a dialled bootstrap connection.
  case joinRequested(LinkID, [UInt8])
  /// Answers `joinAsked`.
  case joinAnswered(LinkID, isAdmitted: Bool, [UInt8])
  /// The node stops: says goodbye to every peer.
  case stopped
  /// Time went by: at the latest at `nextWakeup`.
  case ticked
}

/// What the engine shall do, in order.
package enum ReplicationEffect: Hashable, Sendable {
  /// Send one frame. When the transport cannot take it, dropping it is fine: everything is repeated until acknowledged.
  case send(LinkID, [UInt8])
  /// Forget the connection, after what was sent on it has left. A dialled one is not dialled again before `dial`.
  case close(LinkID)
  /// Dial the neighbour, and go on dialling it until `close`.
  case dial(NodeID)
  /// Stop dialling the neighbour; there is no connection to close.
  case undial(NodeID)
  /// Dial a second connection to the neighbour, for bulk; `close` of the connection or `undialBulk` ends it. An engine
  /// whose links cannot do that does nothing: everything then goes on the first.
  case dialBulk(NodeID)
  /// Stop dialling the second connection; there is none to close.
  case undialBulk(NodeID)
  /// Read the run that begins at `from` and ends at a signed head: at least one operation, then up to `to` and both limits,
  /// rounded up to the next signed head. Answered by `runRead`.
  case readRun(ReadRequestID, stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int, operationsMax: Int)
  /// Check and store the run. Answered by `ingested`.
  case ingest(OperationRun, from: NodeID, IngestTicket)
  /// A relayed message for this node.
  case deliver(RelayedMessage)
  /// Somebody with a one-time token asks to join. Answered by `joinAnswered`.
  case joinAsked(LinkID, [UInt8])
  /// The answer to our JOIN.
  case joinAnswered(LinkID, isAdmitted: Bool, [UInt8])
  /// The link to a peer came up, went down, is paused or refused.
  case peerChanged(NodeID, LinkState)
  /// A peer knows more of our own stream than we do, or another hash at the same place: this node was restored or cloned.
  case ownStreamDiffers(peer: NodeID, StreamPosition, hash: Hash32?)
  /// What peers hold of our earlier streams is here, or nobody answers: the new stream may begin. Repeated until it has.
  case ownStreamRecovered(StreamID)
  /// Since the new stream began this node has held all that every member held.
  case incarnationSynchronised
}

/// How a link is doing, for people.
package enum LinkState: Hashable, Sendable {
  /// Up, and nothing is late.
  case live
  /// Up, and something older than a few seconds is on its way.
  case catchingUp
  /// Not up yet since the start.
  case connecting
  /// Not up.
  case down
  /// The other side was reached, and one side does not know the other's key.
  case keyRefused
  /// A person stopped it.
  case paused

  /// The fixed word of the status.
  package var word: String {
    switch self {
    case .live: "live"
    case .catchingUp: "catching_up"
    case .connecting: "connecting"
    case .down: "down"
    case .keyRefused: "key_refused"
    case .paused: "paused"
    }
  }
}
