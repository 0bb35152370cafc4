import OperationLog

/// The node's own streams after it was set back or copied, and streams that somebody wrote twice.
///
/// A node that was set back first fetches what its peers hold of its streams, like any other stream's, and only then begins
/// a new one. A stream that proves to be written twice ends; what others still say of it beyond its end is asked no more.
struct IdentityWatch: Sendable {
  /// A new incarnation that has not begun yet.
  struct Recovery: Sendable {
    var stream: StreamID
    var begunAt: Int64
    /// When something of the own streams came last.
    var progressAt: Int64
    /// How much of them was held then.
    var held: UInt64 = 0
    /// When the engine was last told that it may begin.
    var toldAt: Int64?
    /// The stream that was given up, and how much of it peers claimed to hold.
    var old: StreamID
    var claims: [NodeID: UInt64] = [:]
  }

  /// A new incarnation that has begun, and does not know yet all that the others know.
  struct Confirmation: Sendable {
    /// Wall time of its beginning, milliseconds UTC.
    var wall: Int64
    /// Members with which it has synchronised since.
    var synchronised: Set<NodeID> = []
    /// When the engine was last told to write it down; it is told again until it says that it has.
    var toldAt: Int64?
  }

  var recovery: Recovery?
  var confirmation: Confirmation?
  var areNeighboursKnown = false
  /// Peers that claimed to hold more of our own stream and never showed it, with when they were last asked to: their word
  /// alone stops this node no more.
  var disbelieved: [NodeID: Int64] = [:]
  /// Where streams that were written twice end.
  var ends: [StreamID: UInt64] = [:]
  /// Streams to be asked for again from here, of the peer that tells otherwise, to see where they part.
  var probes: [StreamID: (from: UInt64, node: NodeID)] = [:]
  /// When a peer's heads were last compared one by one, because it makes another state of the same vector.
  var auditedAt: [NodeID: Int64] = [:]
  var differingPings: [NodeID: Int] = [:]
}

extension Replicator {
  /// Peers that are up are waited for this long before one of them is enough.
  static let recoveryCompanyMilliseconds: Int64 = 5_000
  /// Without any peer, or without progress, the new incarnation begins after this.
  static let recoveryMilliseconds: Int64 = 30_000
  private static let recoveryRepeatMilliseconds: Int64 = 2_000
  /// However much still comes, people wait no longer than this.
  private static let recoveryMillisecondsMax: Int64 = 600_000
  /// Heads of one peer are compared one by one at most this often.
  private static let auditMilliseconds: Int64 = 60_000
  /// How far two nodes' clocks may differ when a distant node's statement is judged.
  private static let statementSlackMilliseconds: Int64 = 60_000

  // MARK: A new incarnation

  /// The node may not go on with its stream: it is fetched from the peers like any other, and `stream` is written next.
  mutating func beginRecovery(_ stream: StreamID) {
    guard watch.recovery == nil, identity.stream != stream else { return }
    let old = identity.stream
    identity.stream = stream
    watch.confirmation = nil
    watch.recovery = IdentityWatch.Recovery(
      stream: stream, begunAt: now, progressAt: now, held: heldCount, old: old, claims: ownStreamReported)
    ownStreamReported = [:]
    for node in order where (peers[node]?.holds[old] ?? 0) > held.vector[old] { consider(old, at: now) }
  }

  /// The new incarnation has begun.
  mutating func beginStream(_ stream: StreamID) {
    identity.stream = stream
    ownStreamReported = [:]
    watch.recovery = nil
    awaitConfirmation()
  }

  /// Automatic operations wait until this node has synchronised with every member.
  mutating func awaitConfirmation() {
    if watch.confirmation == nil { watch.confirmation = IdentityWatch.Confirmation(wall: wall) }
  }

  /// It is written down that this node knows what the others know.
  mutating func endConfirmation() { watch.confirmation = nil }

  /// Called after every event.
  mutating func settleIdentity() {
    for stream in watch.probes.keys where wants[stream] == nil && considered[stream] == nil && lines[stream] == nil {
      watch.probes[stream] = nil
    }
    if watch.recovery != nil { settleRecovery() }
    if watch.confirmation != nil { settleConfirmation() }
  }

  /// When `settleIdentity` has something to do although nothing comes.
  var identityWakeup: Int64? {
    guard let recovery = watch.recovery else {
      return watch.confirmation?.toldAt.map { $0 + Self.recoveryRepeatMilliseconds }
    }
    if let told = recovery.toldAt { return told + Self.recoveryRepeatMilliseconds }
    let company = recovery.begunAt + Self.recoveryCompanyMilliseconds
    return now < company ? company : recovery.progressAt + Self.recoveryMilliseconds
  }

  private var heldCount: UInt64 { held.vector.sorted.reduce(0) { $0 &+ $1.sequence } }

  /// True while a peer that is up holds more of a stream that is ours, or that we know nothing of and so may be.
  private func isLackingOwn(from up: [NodeID]) -> Bool {
    func mayBeOurs(_ stream: StreamID) -> Bool {
      stream != identity.stream && directory[stream].map { $0 == identity.node } ?? true
    }
    if lines.keys.contains(where: mayBeOurs) { return true }
    return up.contains { node in
      guard let holds = peers[node]?.holds else { return false }
      return held.vector.lacking(from: holds).contains { mayBeOurs($0.stream) }
    }
  }

  private mutating func settleRecovery() {
    guard var recovery = watch.recovery else { return }
    let count = heldCount
    if count > recovery.held {
      recovery.held = count
      recovery.progressAt = now
    }
    let mayTell = recovery.toldAt.map { now - $0 >= Self.recoveryRepeatMilliseconds } ?? true
    if mayTell, isFetched(recovery) {
      if recovery.toldAt == nil { weighClaims(recovery) }
      recovery.toldAt = now
      emit(.ownStreamRecovered(recovery.stream))
    }
    watch.recovery = recovery
  }

  /// Whoever claimed more of our stream than anybody could show stopped this office for nothing: that costs the peer its
  /// session, and from now on its word alone is not enough.
  private mutating func weighClaims(_ recovery: IdentityWatch.Recovery) {
    // Where the stream proved to be written twice, somebody has shown it.
    guard watch.ends[recovery.old] == nil else { return }
    for (node, claimed) in recovery.claims.sorted(by: { $0.key < $1.key }) where claimed > held.vector[recovery.old] {
      watch.disbelieved[node] = .min / 2
      if let link = peers[node]?.link { punish(link) }
    }
  }

  /// Asks a peer that is not believed to show what it claims to hold of our stream.
  mutating func askForProof(_ position: StreamPosition, of node: NodeID) {
    guard let asked = watch.disbelieved[node], now - asked >= settings.wantMilliseconds else { return }
    watch.disbelieved[node] = now
    let from = min(held.vector[position.stream] + 1, position.sequence)
    send(.wants([WantedRange(stream: position.stream, from: from, to: position.sequence)]), to: node)
  }

  /// True for a head that this node has signed, as far as it can tell.
  func isOwnSignature(_ head: SignedHead?) -> Bool {
    guard let head, let signer, let verifier else { return false }
    return head.isValid(cluster: identity.cluster, publicKey: signer.publicKey, verifier: verifier)
  }

  private func isFetched(_ recovery: IdentityWatch.Recovery) -> Bool {
    let up = live
    let neighbours = order.filter { peers[$0]?.isNeighbour == true }
    if neighbours.isEmpty, up.isEmpty { return watch.areNeighboursKnown }
    // Nobody answers, or nothing comes any more: people can wait no longer, and a new stream clashes with nothing.
    if now - recovery.progressAt >= Self.recoveryMilliseconds { return true }
    if now - recovery.begunAt >= Self.recoveryMillisecondsMax { return true }
    if up.isEmpty || up.contains(where: { peers[$0]?.isHoldsKnown != true }) || isLackingOwn(from: up) { return false }
    let isEverybodyUp = neighbours.allSatisfy { peers[$0]?.isEstablished == true }
    return isEverybodyUp || now - recovery.begunAt >= Self.recoveryCompanyMilliseconds
  }

  private mutating func settleConfirmation() {
    guard var confirmation = watch.confirmation, watch.areNeighboursKnown else { return }
    if let told = confirmation.toldAt, now - told < Self.recoveryRepeatMilliseconds { return }
    for node in live where peers[node]?.isHoldsKnown == true {
      if let peer = peers[node], held.vector.covers(peer.holds) { confirmation.synchronised.insert(node) }
    }
    for distant in distantFigures where distant.statedWall + Self.statementSlackMilliseconds >= confirmation.wall {
      if held.vector.covers(distant.held) { confirmation.synchronised.insert(distant.node) }
    }
    let members = Set(directory.values).subtracting([identity.node])
    if members.isSubset(of: confirmation.synchronised) {
      confirmation.toldAt = now
      emit(.incarnationSynchronised)
    }
    watch.confirmation = confirmation
  }

  // MARK: Streams written twice

  /// The stream proved to be written twice and ends here; derived streams go on.
  mutating func endStream(_ end: SignedHead) {
    let (stream, sequence) = (end.stream, end.sequence)
    watch.ends[stream] = min(watch.ends[stream] ?? .max, sequence)
    watch.probes[stream] = nil
    held.cut(stream, at: sequence, hash: end.hash)
    considered[stream] = nil
    freshFrom[stream] = nil
    endWant(stream)
    for node in order {
      peers[node]?.stopServing(stream)
      peers[node]?.forgetSent(stream, from: sequence + 1)
      if let holds = peers[node]?.holds[stream], holds > sequence { peers[node]?.holds[stream] = sequence }
      // What the peer was told reaches beyond what is: it gets our whole vector.
      peers[node]?.told[stream] = 0
      let isUp = peers[node]?.isEstablished == true
      peers[node]?.isVectorOwed = isUp
      if peers[node]?.lacking.remove(stream) != nil, peers[node]?.lacking.isEmpty == true {
        peers[node]?.lackingSince = nil
      }
    }
  }

  /// What a peer says of a stream beyond its end counts no more; it will learn of the branches.
  func clipped(_ position: StreamPosition) -> StreamPosition {
    guard let end = watch.ends[position.stream], position.sequence > end else { return position }
    return StreamPosition(stream: position.stream, sequence: end)
  }

  mutating func clipHolds(of node: NodeID) {
    for (stream, end) in watch.ends where (peers[node]?.holds[stream] ?? 0) > end { peers[node]?.holds[stream] = end }
  }

  /// A stream that has to be read again from further back, of the peer that tells otherwise.
  func probed(_ stream: StreamID) -> (from: UInt64, to: UInt64, node: NodeID)? {
    guard let probe = watch.probes[stream], peers[probe.node]?.isEstablished == true else { return nil }
    return (probe.from, max(probe.from, peers[probe.node]?.holds[stream] ?? 0), probe.node)
  }

  /// True for a run that the store has to see although all of it seems to be held, or although it reaches back: it tells
  /// otherwise than what is held, or was asked for to find where the two part.
  func isSuspect(_ run: OperationRun, from node: NodeID) -> Bool {
    if let end = watch.ends[run.stream] { return run.last > end }
    if let probe = watch.probes[run.stream], probe.node == node, run.first >= probe.from { return true }
    guard run.last == held.vector[run.stream], let hash = held.hash(of: run.stream) else { return false }
    return hash != run.head.hash
  }

  /// The store wants to see the stream from further back.
  mutating func probe(_ stream: StreamID, from sequence: UInt64, _ node: NodeID) {
    guard watch.ends[stream] == nil, stream != identity.stream else { return }
    endWant(stream)
    watch.probes[stream] = (sequence, node)
    consider(stream, at: now)
  }

  /// Two nodes that hold the same vector and make another state of it hold, perhaps, different branches of equal length:
  /// the heads are read from the peer and compared one by one.
  mutating func compareStates(_ ping: Ping, with node: NodeID) {
    let isDifferent = ping.stateDigest != .zero && stateDigest.map { $0 != ping.stateDigest } ?? false
    guard isDifferent, peers[node]?.isQuiet == true else {
      watch.differingPings[node] = nil
      return
    }
    let count = (watch.differingPings[node] ?? 0) + 1
    watch.differingPings[node] = count
    if let last = watch.auditedAt[node], now - last < Self.auditMilliseconds { return }
    guard count >= 2 else { return }
    watch.auditedAt[node] = now
    watch.differingPings[node] = nil
    var rest = held.vector.sorted.filter { watch.ends[$0.stream] == nil }[...]
    while !rest.isEmpty {
      let part = rest.prefix(Frame.Limit.ranges)
      rest = rest.dropFirst(part.count)
      send(.wants(part.map { WantedRange(stream: $0.stream, from: $0.sequence, to: $0.sequence) }), to: node)
    }
  }
}
