package import OperationLog

/// What nodes say of themselves that they hold durably, across third sites: so that an office at one end of a chain knows
/// that its work is safe at the other. Soft and late; an ACK of a neighbour is still the only delivery.
extension Replicator {
  /// A first statement waits this long after the change that caused it, for company.
  private static let settleMilliseconds: Int64 = 1_000

  private var speaksHolds: Bool {
    signer != nil && verifier != nil && settings.features & LocalNode.Feature.holds.rawValue != 0
      && members.count <= settings.holdsNodesMax
  }

  /// Somebody is in the cluster who does not hear our acknowledgements.
  private var hasDistantMembers: Bool {
    members.contains { $0 != identity.node && peers[$0]?.isEstablished != true }
  }

  private var holdsInterval: Int64 { max(settings.holdsMilliseconds, Int64(members.count) * 2_000) }

  /// There may be something to say.
  mutating func planHolds() {
    guard holdsDue == nil, speaksHolds else { return }
    holdsDue = max(now + Self.settleMilliseconds, (holdsSaidAt ?? -holdsInterval) + holdsInterval)
  }

  /// Says what is held here, once it is due and of use to somebody.
  mutating func sayHolds() {
    guard let due = holdsDue, now >= due else { return }
    holdsDue = nil
    guard speaksHolds, hasDistantMembers, let signer, held.vector.streamCount > 0,
      !live.isEmpty
    else { return }
    let digest = held.digest(hashing: hashing)
    let base = book.known[identity.node]?.full
    guard book.known[identity.node]?.newest.vectorDigest != digest else { return }
    holdsSaidAt = now
    let number = nextNumber()
    let changed = held.vector.sorted.filter { $0.sequence > base?.held[$0.stream] ?? 0 }
    let isFull = base == nil || changed.count * 2 > held.vector.streamCount
    let entries = (isFull ? held.vector.sorted : changed).prefix(Frame.Limit.holdsEntries).map {
      ($0.stream, $0.sequence)
    }
    let statement = HoldsStatement(
      number: number, wall: wall, base: isFull ? number : base?.number ?? number, vectorDigest: digest,
      held: VersionVector(Dictionary(uniqueKeysWithValues: entries)), cluster: identity.cluster, signer: signer)
    guard book.take(statement, of: identity.node) == .news else { return }
    bookDigest = book.digest(hashing: hashing)
    pass(statement, except: [identity.node])
  }

  mutating func takeHolds(_ message: HoldsMessage, from node: NodeID) {
    guard speaksHolds else { return }
    guard peers[node]?.holdsTokens.take(now: now) == true else {
      peers[node]?.counters.holdsDropped &+= 1
      return
    }
    switch message {
    case .statement(let statement): takeStatement(statement, from: node)
    case .summary(let known):
      for statement in book.lacking(from: known) { send(.holds(.statement(statement)), to: node) }
    }
  }

  /// Keeps news and passes it on; what is false costs whoever passed it on, for it should have been looked at.
  private mutating func takeStatement(_ statement: HoldsStatement, from node: NodeID) {
    let holder = hashing.node(publicKey: statement.publicKey)
    guard holder != identity.node, book.isNews(statement, of: holder) else { return }
    guard members.contains(holder) else {
      peers[node]?.counters.holdsDropped &+= 1
      return
    }
    guard verifier.map({ statement.isValid(cluster: identity.cluster, verifier: $0) }) == true else {
      peers[node]?.counters.holdsRefused &+= 1
      if let link = peers[node]?.link { punish(link) }
      return
    }
    switch book.take(statement, of: holder) {
    case .news:
      bookDigest = book.digest(hashing: hashing)
      pass(statement, except: [node, holder])
    case .withoutBase: pass(statement, except: [node, holder])
    case .full: peers[node]?.counters.holdsDropped &+= 1
    case .old: break
    }
  }

  private mutating func pass(_ statement: HoldsStatement, except nodes: Set<NodeID>) {
    let encoded = Frame.holds(.statement(statement)).encoded(hashing: hashing)
    for node in live where !nodes.contains(node) {
      guard let link = peers[node]?.link, peers[node]?.agrees(to: .holds, settings.features) == true else { continue }
      send(encoded: encoded, on: link)
    }
  }

  /// A ping tells of other statements than are known here: each side says which it knows, and gets the newer ones.
  mutating func compareHolds(_ digest: UInt64, with node: NodeID) {
    guard speaksHolds, digest != bookDigest, peers[node]?.agrees(to: .holds, settings.features) == true else { return }
    if let last = peers[node]?.holdsSummaryAt, now - last < settings.holdsSummaryMilliseconds { return }
    peers[node]?.holdsSummaryAt = now
    send(.holds(.summary(book.summary)), to: node)
  }

  /// The nodes whose statements are known, with what they said last.
  package var distantFigures: [DistantFigures] {
    book.nodes.compactMap { node in
      guard node != identity.node, let known = book.known[node] else { return nil }
      let lacking = known.held.countLacking(from: held.vector)
      return DistantFigures(
        node: node, statedWall: known.newest.wall, vectorDigest: known.newest.vectorDigest, held: known.held,
        outOperations: lacking)
    }
  }
}

/// What is known of a node from its own signed statements, whether it is a neighbour or far away.
package struct DistantFigures: Hashable, Sendable {
  package var node: NodeID
  /// When it said so, by its own clock, milliseconds UTC.
  package var statedWall: Int64
  /// Of its whole version vector at that time.
  package var vectorDigest: Hash32
  /// What it held durably then; at least, where it holds more streams than a statement has room for.
  package var held: VersionVector
  /// Operations we hold that it had not stated to hold.
  package var outOperations: UInt64
}
