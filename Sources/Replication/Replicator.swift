package import OperationLog

/// Every peer session of one node: events come in, effects come out, nothing else happens.
///
/// A connection greets with HELLO. When the version vectors differ both sides send VECTOR and ask for what they lack (WANT,
/// one peer a stream); new heads are pushed at once to every peer that is up to date in that stream, so catch-up and live
/// traffic are the same conversation. Only an ACK counts as delivered; it is sent after the commit. Anything else may be lost,
/// repeated or reordered: pings compare vectors, deadlines repeat (docs/replication.md).
package struct Replicator: Sendable {
  /// A connection from its start to its end.
  struct Link: Sendable {
    let id: LinkID
    /// Nil for a connection that is good for joining only.
    let node: NodeID?
    let isDialed: Bool
    /// Of an accepted connection known only once the other side's HELLO came.
    var lane = Frame.Lane.first
    let nonce: UInt64
    let connectedAt: Int64
    /// Nil until the other side's HELLO came.
    var peerNonce: UInt64?
    /// How often the other side began anew on it.
    var restarts = 0
    /// What we held when our last HELLO left.
    var helloVector = VersionVector()
    var helloDigest = Hash32.zero
    var helloCredits = LanePair<UInt64>(0, 0)
    var helloAt: Int64
  }

  /// A stream that is asked of one peer.
  struct Want: Sendable {
    var node: NodeID
    var to: UInt64
    var deadline: Int64
    var askedAt: Int64
  }

  /// Runs of a stream that wait for the store's answer.
  struct IngestLine: Sendable {
    var end: UInt64
    var count: Int
  }

  struct PendingIngest: Sendable {
    var stream: StreamID
    /// Sequence of the run's first operation.
    var first: UInt64
    var node: NodeID
    var bytes: Int
    /// The lane it came on, in which session of the peer.
    var lane: UInt8
    var session: UInt64
  }

  struct ReadKey: Hashable, Sendable {
    var stream: StreamID
    var from: UInt64
    var bytesMax: Int
  }

  struct PendingRead: Sendable {
    var key: ReadKey
    var waiters: [NodeID]
    var askedAt: Int64
  }

  /// A run as it goes over the wire, plain and compressed, as far as somebody needed it.
  struct EncodedRun: Sendable {
    let run: OperationRun
    var plain: [UInt8]?
    var compressed: [UInt8]?
  }

  package internal(set) var identity: LocalNode
  package let settings: ReplicationSettings
  let hashing: any Hashing
  /// Where one of these is missing, nothing is said of what distant nodes hold.
  let signer: (any Signing)?
  let verifier: (any Verifying)?

  var held = HeldStreams()
  var directory: [StreamID: NodeID] = [:]
  var peers = PeerTable()
  /// The keys of `peers` in order, so that nothing depends on the order of a dictionary.
  var order: [NodeID] = []
  /// Those of them that have a session, in order.
  var live: [NodeID] = []
  var links: [LinkID: Link] = [:]
  /// Those of them that belong to no session yet.
  var greeting: Set<LinkID> = []

  /// No WANT has to be looked at before.
  var wantsDue: Int64?
  /// No read has to be looked at before.
  var readsDue: Int64?
  var wants: [StreamID: Want] = [:]
  /// Streams that may have to be asked for, and when.
  var considered: [StreamID: Int64] = [:]
  var consideredDue: Int64?
  var lines: [StreamID: IngestLine] = [:]
  var ingesting: [IngestTicket: PendingIngest] = [:]
  /// Which peer a stream's latest news came from.
  var freshFrom: [StreamID: NodeID] = [:]
  /// Which peer let a WANT of the stream pass without an answer.
  var stalledAt: [StreamID: NodeID] = [:]
  /// Streams whose node is not known yet, and until when they are not asked for although the directory says nothing: what
  /// the store kept of one may have been false.
  var waitingForDirectory: [StreamID: Int64] = [:]
  var ownStreamReported: [NodeID: UInt64] = [:]
  var watch = IdentityWatch()

  var reads: [ReadRequestID: PendingRead] = [:]
  var readIndex: [ReadKey: ReadRequestID] = [:]
  /// The run that was sent last, as frames: many peers ask for the same one after the other.
  var latestSent: EncodedRun?

  /// Streams whose news was not told to everybody yet.
  var dirty: Set<StreamID> = []
  var dirtyOperations: UInt64 = 0
  var acknowledgementDue: Int64?

  /// The nodes of the directory, in order.
  var members: [NodeID] = []
  var book: HoldsBook
  var bookDigest: UInt64 = 0
  /// When this node may say again what it holds; nil when there is no news.
  var holdsDue: Int64?
  var holdsSaidAt: Int64?

  var relays: RelayMemory
  var stateDigest: Hash32?
  var load: [UInt8] = []
  /// What each peer's pings tell of other sites, behind the load.
  var summaries: [NodeID: [UInt8]] = [:]
  /// Frames on connections that are closed or were never told, since the start.
  package internal(set) var strayFrames: UInt64 = 0
  /// Bytes on joining connections that were no JOIN, since the start.
  package internal(set) var joiningGarbage: UInt64 = 0

  var now: Int64 = 0
  var wall: Int64 = 0
  private var lastNumber: UInt64 = 0
  private var effects: [ReplicationEffect] = []

  /// `held` is the head of every stream in the store; `wall` is the start, milliseconds UTC, and makes numbers of this run
  /// differ from those of an earlier one.
  package init(
    identity: LocalNode, held heads: [SignedHead], settings: ReplicationSettings = ReplicationSettings(),
    hashing: any Hashing, signer: (any Signing)? = nil, verifier: (any Verifying)? = nil, wall: Int64
  ) {
    self.identity = identity
    self.settings = settings
    self.hashing = hashing
    self.signer = signer
    self.verifier = verifier
    book = HoldsBook(entriesMax: settings.holdsEntriesMax)
    self.wall = Self.clamped(wall: wall)
    relays = RelayMemory(limit: settings.relaysRememberedMax)
    // 65,536 numbers a millisecond, so that no restart can come upon numbers that are in use.
    lastNumber = UInt64(self.wall) << 16
    for head in heads { _ = held.note(head, wall: self.wall) }
  }

  /// What this node holds durably, as far as it was told.
  package var heldVector: VersionVector { held.vector }

  /// Takes one event; `now` is monotonic, `wall` is UTC, both in milliseconds. The effects are to be carried out in order.
  package mutating func handle(_ event: ReplicationEvent, now: Int64, wall: Int64) -> [ReplicationEffect] {
    self.now = max(self.now, now)
    self.wall = Self.clamped(wall: wall)
    switch event {
    case .connected(let link, let dialed, let authentication): connect(link, dialed: dialed, authentication)
    case .bulkConnected(let link, let node): connectBulk(link, node)
    case .disconnected(let link): disconnect(link)
    case .received(let link, let bytes): receive(bytes, on: link)
    case .keyRefused(let node): refuseKey(of: node)
    case .committed(let heads): noteHeld(heads)
    case .runRead(let request, let run): sendRead(request, run)
    case .ingested(let ticket, let outcome): finishIngest(ticket, outcome)
    case .directoryChanged(let streams): changeDirectory(streams)
    case .neighboursChanged(let neighbours): changeNeighbours(neighbours)
    case .peerRemembered(let node, let vector): rememberPeer(node, vector)
    case .streamBegun(let stream): beginStream(stream)
    case .recoveryBegun(let stream): beginRecovery(stream)
    case .incarnationUnconfirmed: awaitConfirmation()
    case .incarnationConfirmed: endConfirmation()
    case .streamsEnded(let ends): for end in ends { endStream(end) }
    case .revoked(let node): revoke(node)
    case .paused(let node): pause(node)
    case .resumed(let node): resume(node)
    case .stateChanged(let digest, let load):
      stateDigest = digest
      if !load.isEmpty { self.load = Array(load.prefix(Frame.Limit.loadBytes)) }
    case .loadChanged(let summary): load = summary.bytes
    case .summariesChanged(let told): summaries = told
    case .relayRequested(let destination, let topic, let bytes): relay(topic, bytes, to: destination)
    case .joinRequested(let link, let bytes): send(.join(bytes), on: link)
    case .joinAnswered(let link, let isAdmitted, let bytes): answerJoin(link, isAdmitted, bytes)
    case .stopped: stop()
    case .ticked: tick()
    }
    settle()
    defer { effects = [] }
    return effects
  }

  /// What every event may have made possible.
  private mutating func settle() {
    settleIdentity()
    assignWants()
    for node in peers.concerned(now: now) {
      dialBulkWhenWanted(node)
      pump(node)
      grantCredit(node)
    }
    flushAcknowledgements()
    sayHolds()
    peers.planWakeups(now: now, settings)
  }

  mutating func emit(_ effect: ReplicationEffect) { effects.append(effect) }

  /// Sends a frame and counts it.
  mutating func send(_ frame: Frame, on link: LinkID) { send(encoded: frame.encoded(hashing: hashing), on: link) }

  mutating func send(encoded bytes: [UInt8], on link: LinkID) {
    guard let state = links[link] else { return }
    if let node = state.node {
      peers[node]?.counters.framesOut &+= 1
      peers[node]?.counters.bytesOut &+= UInt64(bytes.count)
    }
    emit(.send(link, bytes))
  }

  /// Sends a frame on the peer's session, if there is one.
  mutating func send(_ frame: Frame, to node: NodeID) {
    if let link = peers[node]?.link { send(frame, on: link) }
  }

  /// The peer has a session now, or has none any more.
  mutating func noteLive(_ node: NodeID) {
    let place = live.firstIndex { $0 >= node } ?? live.endIndex
    let isListed = place < live.endIndex && live[place] == node
    switch (peers[node]?.isEstablished == true, isListed) {
    case (true, false): live.insert(node, at: place)
    case (false, true): live.remove(at: place)
    default: break
    }
  }

  /// A number this node never used before.
  mutating func nextNumber() -> UInt64 {
    lastNumber &+= 1
    return lastNumber
  }

  /// The peer's session, made when there is none yet.
  mutating func ensurePeer(_ node: NodeID, site: String = "") {
    guard peers[node] == nil else { return }
    peers[node] = PeerSession(node: node, site: site, now: now)
    order.insert(node, at: order.firstIndex { $0 > node } ?? order.endIndex)
  }

  private static func clamped(wall: Int64) -> Int64 { min(max(wall, 0), Int64(Frame.Limit.wallMilliseconds) - 1) }
}
