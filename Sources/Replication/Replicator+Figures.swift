package import OperationLog

/// What `relevo status` shows of one peer. Nil is unknown, never zero.
package struct PeerFigures: Hashable, Sendable {
  package var node: NodeID
  package var site: String
  package var isNeighbour: Bool
  package var link: LinkState
  /// Operations we hold that the peer has not acknowledged.
  package var outOperations: UInt64?
  /// Since when we hold the first of them, milliseconds UTC; after a restart at the earliest our start.
  package var outSince: Int64?
  /// An estimate of their bytes, from what was sent to the peer so far.
  package var backlogBytes: UInt64?
  /// Operations the peer holds that we lack; nil while there is no session.
  package var inOperations: UInt64?
  /// Since when we know of the first of them, milliseconds UTC.
  package var inSince: Int64?
  package var rttMilliseconds: Int64?
  /// When the last frame of the peer came, milliseconds UTC.
  package var lastContact: Int64?
  /// How far the peer's wall clock is ahead of ours.
  package var clockOffsetMilliseconds: Int64?
  /// Program version.
  package var program: String?
  /// The protocol both speak.
  package var protocolVersion: UInt8?
  /// Why the peer parted last; nil when a session began since.
  package var lastBye: ByeReason?
  /// From the peer's last ping: digest of its version vector, of its folded state (nil when it has none), and its load.
  package var vectorDigest: Hash32?
  package var stateDigest: Hash32?
  package var load: [UInt8]
  /// Why we parted last.
  package var lastByeSent: ByeReason?
  /// When the peer last acknowledged something, milliseconds UTC.
  package var lastAcknowledged: Int64?
  /// How fast it acknowledges, bytes a second on the wire; nil before anything was sent.
  package var bytesPerSecond: Int64?
  package var lanes: LanePair<LaneFigures>
  package var counters: PeerCounters
}

/// What `relevo status` shows of one lane; all zero without a session.
package struct LaneFigures: Hashable, Sendable {
  package var isUp = false
  /// Bytes on the wire that were sent and not acknowledged: at most these wait in the queues between us.
  package var queuedBytes = 0
  /// Bytes of run content that may still be sent; nil for a peer that gives no credit.
  package var credit: UInt64?
  /// Bytes of run content of the peer that wait for our store.
  package var storingBytes: UInt64 = 0
  /// Something waits for credit since then, monotonic milliseconds.
  package var blockedSince: Int64?
  /// Bytes of run content that the peer may still send; nil without a session.
  package var allowance: UInt64?
}

extension Replicator {
  /// The figures of every peer, in the order of node identifiers.
  package func figures(now: Int64) -> [PeerFigures] {
    order.compactMap { node in peers[node].map { figures(of: $0, now: now) } }
  }

  /// The nodes that hold this operation durably: those that acknowledged it, and the one that wrote its stream.
  package func holders(of dot: Dot) -> [NodeID] {
    var holders = order.filter { peers[$0]?.holds.covers(dot) == true }
    holders += book.nodes.filter { book.known[$0]?.held.covers(dot) == true && $0 != identity.node }
    if held.vector.covers(dot) { holders.append(identity.node) }
    if let author = directory[dot.stream] { holders.append(author) }
    return Array(Set(holders)).sorted()
  }

  /// Operations of our own streams that no other node is known to hold, and since when there are such, milliseconds UTC.
  package var onlyHere: (operations: UInt64, since: Int64?) {
    var total: (operations: UInt64, since: Int64?) = (0, nil)
    for stream in Set(directory.filter { $0.value == identity.node }.keys).union([identity.stream]) {
      let one = onlyHere(of: stream)
      total.operations &+= one.operations
      total.since = [total.since, one.since].compactMap(\.self).min()
    }
    return total
  }

  private func onlyHere(of stream: StreamID) -> (operations: UInt64, since: Int64?) {
    let own = held.vector[stream]
    let stated = book.nodes.reduce(UInt64(0)) {
      $1 == identity.node ? $0 : max($0, book.known[$1]?.held[stream] ?? 0)
    }
    let elsewhere = order.reduce(stated) { max($0, peers[$1]?.holds[stream] ?? 0) }
    guard own > elsewhere else { return (0, nil) }
    return (own - elsewhere, held.heldSince(behind: elsewhere, of: stream))
  }

  /// The peer a frame on this connection comes from, and how many operations it is known to hold durably, so that growth
  /// tells of acknowledgements; nil for a connection that is none or good for joining only.
  package func acknowledgedCount(of link: LinkID) -> (node: NodeID, operations: UInt64)? {
    links[link]?.node.map { ($0, peers.heldCount(of: $0)) }
  }

  /// SHA-256 of the version vector: equal at nodes that hold the same operations.
  package mutating func vectorDigest() -> Hash32 { held.digest(hashing: hashing) }

  /// True while the peer has a session.
  package func isUp(_ node: NodeID) -> Bool { peers[node]?.isEstablished == true }

  private func figures(of peer: PeerSession, now: Int64) -> PeerFigures {
    let unacknowledged = peer.holds.lacking(from: held.vector)
    let operations = unacknowledged.reduce(UInt64(0)) { $0 + ($1.to - $1.from + 1) }
    let since = unacknowledged.compactMap { held.heldSince(behind: $0.from - 1, of: $0.stream) }.min()
    let inOperations = held.vector.countLacking(from: peer.holds)
    return PeerFigures(
      node: peer.node, site: peer.site, isNeighbour: peer.isNeighbour,
      link: linkState(of: peer, outSince: peer.isHoldsKnown ? since : nil, now: now),
      outOperations: peer.isHoldsKnown ? operations : nil, outSince: peer.isHoldsKnown ? since : nil,
      backlogBytes: peer.isHoldsKnown ? Self.backlogBytes(operations, peer.counters) : nil,
      inOperations: peer.isEstablished && peer.isHoldsKnown ? inOperations : nil,
      inSince: peer.isEstablished && inOperations > 0 ? peer.lackingSince : nil,
      rttMilliseconds: peer.isEstablished ? peer.rttMilliseconds : nil, lastContact: peer.contactWall,
      clockOffsetMilliseconds: peer.isEstablished ? peer.clockOffsetMilliseconds : nil, program: peer.hello?.program,
      protocolVersion: peer.protocolVersion, lastBye: peer.lastBye,
      vectorDigest: peer.ping?.vectorDigest,
      stateDigest: peer.ping.flatMap { $0.stateDigest == .zero ? nil : $0.stateDigest },
      load: peer.ping?.load ?? [], lastByeSent: peer.lastByeSent, lastAcknowledged: peer.acknowledgedWall,
      bytesPerSecond: peer.rate.bytesPerSecond,
      lanes: LanePair(laneFigures(of: peer, Frame.Lane.first), laneFigures(of: peer, Frame.Lane.bulk)),
      counters: peer.counters)
  }

  private func laneFigures(of peer: PeerSession, _ lane: UInt8) -> LaneFigures {
    guard peer.isEstablished else { return LaneFigures() }
    let queued = peer.inFlight.values.reduce(0) { $1.reduce($0) { $1.lane == lane ? $0 + $1.bytes : $0 } }
    let account = peer.lanes[lane]
    return LaneFigures(
      isUp: lane == Frame.Lane.first || peer.bulkLink != nil, queuedBytes: queued,
      credit: account.granted == .max ? nil : account.credit, storingBytes: account.waiting,
      blockedSince: account.blockedSince, allowance: account.allowance)
  }

  private static func backlogBytes(_ operations: UInt64, _ counters: PeerCounters) -> UInt64 {
    let average = counters.operationsOut > 0 ? max(1, counters.runBytesOut / counters.operationsOut) : 256
    let product = operations.multipliedReportingOverflow(by: min(average, UInt64(OperationHeader.headerBytesMax)))
    return product.overflow ? .max : product.partialValue
  }

  private func linkState(of peer: PeerSession, outSince: Int64?, now: Int64) -> LinkState {
    if peer.isPaused { return .paused }
    if peer.isKeyRefused { return .keyRefused }
    guard peer.isEstablished else {
      let isGreeting = links.values.contains { $0.node == peer.node }
      let isNew = peer.contactAt == nil && now - peer.knownSince < settings.connectingMillisecondsMax
      return isGreeting || (isNew && peer.isNeighbour) ? .connecting : .down
    }
    if !peer.isHoldsKnown { return .catchingUp }
    let oldest = min(outSince ?? .max, peer.lackingSince ?? .max)
    return oldest != .max && wall - oldest > settings.catchingUpMilliseconds ? .catchingUp : .live
  }
}

extension Replicator {
  /// Takes up what was known of a peer before our start, so that what waits for it is known while it is away.
  mutating func rememberPeer(_ node: NodeID, _ vector: VersionVector) {
    guard node != identity.node else { return }
    ensurePeer(node)
    guard peers[node]?.isHoldsKnown == false else { return }
    peers[node]?.holds = vector
    peers[node]?.isHoldsKnown = true
  }

  /// What a peer said it holds, for the engine to remember; nil while unknown.
  package func vector(of node: NodeID) -> VersionVector? {
    peers[node].flatMap { $0.isHoldsKnown ? $0.holds : nil }
  }
}
