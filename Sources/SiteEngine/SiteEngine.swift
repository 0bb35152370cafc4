package import Logging
package import OperationLog
package import Replication
package import Store
import Synchronization

/// Runs the replication state machine over the store: feeds it events one after the other, carries out its effects in order.
///
/// Everything happens on one serial queue of its own; no call here blocks, and none blocks the cooperative pool.
package final class SiteEngine: Sendable {
  /// Frames that wait for the state machine beyond this many bytes are dropped; the protocol repeats what is not acknowledged.
  package static let waitingBytesMax = 32 * 1024 * 1024

  package let store: SiteStore
  private let links: any PeerLinks
  private let clock: any EngineClock
  let logger: Logger
  private let executor: any EngineExecutor
  private let idleMillisecondsMax: Int64
  private let replicator: Mutex<Replicator>
  private let waiting = Mutex(WaitingFrames())

  /// Frames that have come and were not looked at yet. What waits costs more than its bytes, and one peer takes no more than
  /// half of the room.
  private struct WaitingFrames {
    static let overhead = 256
    var bytes = 0
    var byLink: [LinkID: Int] = [:]

    mutating func add(_ count: Int, of link: LinkID) -> Bool {
      let cost = count + Self.overhead
      let own = byLink[link] ?? 0
      guard bytes + cost <= waitingBytesMax, own + cost <= waitingBytesMax / 2 else { return false }
      bytes += cost
      byLink[link] = own + cost
      return true
    }

    mutating func remove(_ count: Int, of link: LinkID) {
      let cost = count + Self.overhead
      bytes -= cost
      let left = (byLink[link] ?? cost) - cost
      byLink[link] = left > 0 ? left : nil
    }
  }
  private let hooks = Mutex(Hooks())

  /// What the node wants to hear of.
  private struct Hooks {
    var acknowledged: [@Sendable ([NodeID]) -> Void] = []
    var delivered: [@Sendable (RelayedMessage) -> Void] = []
    var joinAsked: (@Sendable (LinkID, [UInt8]) -> Void)?
    var peerChanged: [@Sendable (NodeID, LinkState) -> Void] = []
  }

  /// `heads` are the heads of every stream in the store. The state machine looks at the clocks after `idleMillisecondsMax`
  /// at the latest, so that a wall clock that jumps is noticed soon.
  package init(
    store: SiteStore, links: any PeerLinks, clock: any EngineClock, identity: LocalNode, heads: [SignedHead],
    settings: ReplicationSettings = ReplicationSettings(),
    executor: any EngineExecutor = DispatchExecutor(label: "relevo.engine"), idleMillisecondsMax: Int64 = 1_000,
    logger: Logger
  ) {
    self.store = store
    self.links = links
    self.clock = clock
    self.executor = executor
    self.idleMillisecondsMax = idleMillisecondsMax
    self.logger = logger
    replicator = Mutex(
      Replicator(
        identity: identity, held: heads, settings: settings, hashing: store.powers.hashing,
        signer: store.identity.signer, verifier: store.powers.verifier, wall: clock.wall))
    executor.onWake { [weak self] in self?.handle(.ticked) }
    store.onCommit { [weak self] change in
      guard let self else { return }
      self.executor.async {
        // Together, so that a ping never pairs an old digest with a new vector.
        if !change.ends.isEmpty { self.handle(.streamsEnded(change.ends)) }
        self.handle(.stateChanged(digest: change.digest, load: []))
        self.handle(.committed(change.heads))
        if let event = self.identityEvent(after: change) { self.handle(event) }
      }
    }
    for event in identityEvents { tell(event) }
  }

  // MARK: Hearing

  /// Calls back when nodes acknowledged something, on the engine's queue: return at once.
  package func onAcknowledged(_ listener: @escaping @Sendable ([NodeID]) -> Void) {
    hooks.withLock { $0.acknowledged.append(listener) }
  }

  package func onPeerChanged(_ listener: @escaping @Sendable (NodeID, LinkState) -> Void) {
    hooks.withLock { $0.peerChanged.append(listener) }
  }

  /// Takes messages other nodes relayed to this one.
  package func onDelivered(_ listener: @escaping @Sendable (RelayedMessage) -> Void) {
    hooks.withLock { $0.delivered.append(listener) }
  }

  /// Takes requests to join; answer with `answerJoin`.
  package func onJoinAsked(_ listener: @escaping @Sendable (LinkID, [UInt8]) -> Void) {
    hooks.withLock { $0.joinAsked = listener }
  }

  // MARK: Telling

  /// Takes what the links report, from any thread.
  package func take(_ event: LinkEvent) {
    if case .received(let link, let bytes) = event {
      guard waiting.withLock({ $0.add(bytes.count, of: link) }) else { return }
    }
    executor.async { [self] in
      switch event {
      case .connected(let link, let dialed, let authentication):
        handle(.connected(link, dialed: dialed, authentication))
      case .bulkConnected(let link, let node): handle(.bulkConnected(link, node))
      case .disconnected(let link): handle(.disconnected(link))
      case .keyRefused(let node): handle(.keyRefused(node))
      case .received(let link, let bytes):
        waiting.withLock { $0.remove(bytes.count, of: link) }
        handle(.received(link, bytes))
      }
    }
  }

  /// Gives the state machine an event of the node's own: directory, neighbours, pause, load.
  package func tell(_ event: ReplicationEvent) {
    executor.async { self.handle(event) }
  }

  /// Tells one node (nil: every node) something that may be lost.
  package func relay(to node: NodeID?, topic: String, _ bytes: [UInt8]) {
    tell(.relayRequested(destination: node, topic: topic, bytes: bytes))
  }

  package func answerJoin(_ link: LinkID, isAdmitted: Bool, _ bytes: [UInt8]) {
    tell(.joinAnswered(link, isAdmitted: isAdmitted, bytes))
  }

  /// Says goodbye to every peer and stops the clockwork.
  package func stop() async {
    await withCheckedContinuation { continuation in
      executor.async { [self] in
        handle(.stopped)
        executor.cancel()
        continuation.resume()
      }
    }
  }

  // MARK: Figures

  package func peerFigures() -> [PeerFigures] {
    replicator.withLock { $0.figures(now: clock.now) }
  }

  /// The nodes whose signed statements of what they hold are known, near and far.
  package func distantFigures() -> [DistantFigures] { replicator.withLock { $0.distantFigures } }

  /// Nodes that durably hold the operation.
  package func holders(of dot: Dot) -> [NodeID] { replicator.withLock { $0.holders(of: dot) } }

  package func onlyHere() -> (operations: UInt64, since: Int64?) { replicator.withLock { $0.onlyHere } }

  package func vectorDigest() -> Hash32 { replicator.withLock { $0.vectorDigest() } }

  package func heldVector() -> VersionVector { replicator.withLock { $0.heldVector } }

  /// What each peer was last known to hold, for the memory across restarts.
  package func peerVectors() -> [(node: NodeID, vector: VersionVector)] {
    replicator.withLock { replicator in
      replicator.figures(now: clock.now).compactMap { peer in
        replicator.vector(of: peer.node).map { (peer.node, $0) }
      }
    }
  }

  /// Bytes of frames that wait for the state machine.
  package var bytesWaiting: Int { waiting.withLock { $0.bytes } }

  package func isUp(_ node: NodeID) -> Bool { replicator.withLock { $0.isUp(node) } }

  // MARK: The clockwork, on the queue

  private func handle(_ event: ReplicationEvent) {
    executor.assertIsCurrent()
    let (effects, wakeup) = replicator.withLock { replicator in
      (replicator.handle(event, now: clock.now, wall: clock.wall), replicator.nextWakeup)
    }
    for effect in effects { carryOut(effect) }
    if case .received(let link, _) = event { noteAcknowledgements(on: link) }
    executor.schedule(afterMilliseconds: max(1, min((wakeup ?? .max) - clock.now, idleMillisecondsMax)))
  }

  private func carryOut(_ effect: ReplicationEffect) {
    switch effect {
    case .send(let link, let bytes): links.send(bytes, on: link)
    case .close(let link): links.close(link)
    case .dial(let node): links.dial(node)
    case .undial(let node): links.undial(node)
    case .dialBulk(let node): links.dialBulk(node)
    case .undialBulk(let node): links.undialBulk(node)
    case .readRun(let request, let stream, let from, let to, let bytesMax, let operationsMax):
      store.run(of: stream, from: from, to: to, bytesMax: bytesMax, recordsMax: operationsMax) { [self] result in
        switch result {
        case .success(let run): tell(.runRead(request, run))
        case .failure(let error):
          logger.error("reading operations for a peer failed: \(error)")
          tell(.runRead(request, nil))
        }
      }
    case .ingest(let run, _, let ticket): ingest(run, ticket)
    case .deliver(let message): for listener in hooks.withLock({ $0.delivered }) { listener(message) }
    case .joinAsked(let link, let bytes): hooks.withLock { $0.joinAsked }?(link, bytes)
    case .joinAnswered: break
    case .peerChanged(let node, let state):
      for listener in hooks.withLock({ $0.peerChanged }) { listener(node, state) }
    case .ownStreamDiffers(let peer, let position, _):
      logger.critical(
        "peer \(peer) knows this node's stream otherwise at \(position.sequence): was a backup restored or the node cloned?"
      )
      stopWriting(position.stream)
    case .ownStreamRecovered: beginIncarnation()
    case .incarnationSynchronised: confirmIncarnation()
    }
  }

  private func ingest(_ run: OperationRun, _ ticket: IngestTicket) {
    store.ingest(run) { [self] result in
      let outcome: Replication.IngestOutcome
      switch result {
      case .success(.stored): outcome = .stored([run.head])
      case .success(.alreadyHeld), .success(.branched): outcome = .alreadyHeld
      case .success(.heldUntilDirectory): outcome = .heldUntilDirectory
      case .success(.refused(let refusal)):
        logger.warning("refused operations of a peer: \(refusal)")
        outcome = .refused(refusal)
      case .failure(let error):
        // Nothing was acknowledged, so the peer sends it again.
        logger.error("storing operations of a peer failed: \(error)")
        outcome = .alreadyHeld
      }
      tell(.ingested(ticket, outcome))
    }
  }

  private let lastHeld = Mutex<[NodeID: UInt64]>([:])

  /// Compares what the peer holds before and after; more means that it acknowledged something.
  private func noteAcknowledgements(on link: LinkID) {
    let listeners = hooks.withLock { $0.acknowledged }
    if listeners.isEmpty { return }
    guard let (node, held) = replicator.withLock({ $0.acknowledgedCount(of: link) }) else { return }
    let before = lastHeld.withLock { $0.updateValue(held, forKey: node) } ?? 0
    if held <= before { return }
    for listener in listeners { listener([node]) }
  }
}
