import OperationLog
import Replication
import Status
import Synchronization

/// What the status can only know by having watched: rates, stalls, when frames were refused, and who stopped which link.
final class StatusWatch: Sendable {
  /// Rates are means over this window.
  static let windowMilliseconds: Int64 = 30_000
  /// Samples kept of a peer; a second apart they fill the window.
  private static let samplesMax = 40

  private struct Sample {
    var at: Int64
    /// Operations since the node started.
    var sent: UInt64
    var received: UInt64
  }

  private struct PeerWatch {
    var samples: [Sample] = []
    /// Monotonic; when anything was acknowledged last, or nothing waited.
    var movedAt: Int64?
    /// When the peer acknowledged something last, milliseconds UTC.
    var acknowledged: Int64?
    var refused: UInt64 = 0
    /// Monotonic; nil while nothing was refused since the start.
    var refusedAt: Int64?
  }

  private struct Watched {
    var peers: [NodeID: PeerWatch] = [:]
    var pauses: [NodeID: PauseStatus] = [:]
    var conflicts: (digest: Hash32, byNode: [NodeID: Int64])?
  }

  private let state = Mutex(Watched())

  // MARK: Links

  /// Takes a look at the links; call it about once a second. `now` is monotonic milliseconds.
  func note(_ figures: [PeerFigures], now: Int64) {
    state.withLock { state in
      for peer in figures {
        var watch = state.peers[peer.node] ?? PeerWatch()
        let isMoving = watch.movedAt == nil || peer.lastAcknowledged != watch.acknowledged
        watch.acknowledged = peer.lastAcknowledged
        let isUp = peer.link == .live || peer.link == .catchingUp
        if isMoving || !isUp || peer.outOperations == 0 { watch.movedAt = now }
        watch.samples.append(
          Sample(at: now, sent: peer.counters.operationsOut, received: peer.counters.operationsIn))
        watch.samples.removeAll { now - $0.at > Self.windowMilliseconds }
        if watch.samples.count > Self.samplesMax { watch.samples.removeFirst(watch.samples.count - Self.samplesMax) }
        let refused = Self.refusedFrames(peer.counters).values.reduce(UInt64(0)) { $0 &+ UInt64(clamping: $1) }
        if refused > watch.refused { watch.refusedAt = now }
        watch.refused = refused
        state.peers[peer.node] = watch
      }
    }
  }

  /// Rates, stall and when a frame was refused last, as far as they were watched.
  func flow(of peer: PeerFigures, now: Int64) -> (flow: PeerFlow, lastRefusedSeconds: Int64?) {
    let watch = state.withLock { $0.peers[peer.node] } ?? PeerWatch()
    var flow = PeerFlow()
    let counters = peer.counters
    if counters.sessions > 0 {
      flow.sent = PeerTraffic(
        operations: Int64(clamping: counters.operationsOut), bytes: Int64(clamping: counters.bytesOut))
      flow.received = PeerTraffic(
        operations: Int64(clamping: counters.operationsIn), bytes: Int64(clamping: counters.bytesIn))
    }
    if peer.lanes.first.isUp {
      flow.creditOutBytes = peer.lanes.first.credit.map { Int64(clamping: $0) }
      flow.creditInBytes = peer.lanes.first.allowance.map { Int64(clamping: $0) }
    }
    if let first = watch.samples.first, let last = watch.samples.last, last.at - first.at >= 900 {
      let seconds = Double(last.at - first.at) / 1000
      // Counters begin anew when a peer is forgotten; what shrank is no rate.
      if last.sent >= first.sent { flow.outPerSecond = Double(last.sent - first.sent) / seconds }
      if last.received >= first.received { flow.inPerSecond = Double(last.received - first.received) / seconds }
    }
    let isUp = peer.link == .live || peer.link == .catchingUp
    if isUp, let waiting = peer.outOperations {
      flow.stalledSeconds = waiting == 0 ? 0 : watch.movedAt.map { max(0, now - $0) / 1000 }
    }
    return (flow, watch.refusedAt.map { max(0, now - $0) / 1000 })
  }

  /// What was refused of a peer since the start, by reason; all of it is counted, shown and costs only the sender.
  static func refusedFrames(_ counters: PeerCounters) -> [String: Int64] {
    [
      "garbage": Int64(clamping: counters.garbage), "gap": Int64(clamping: counters.gaps),
      "overflow": Int64(clamping: counters.runsDropped &+ counters.creditOverruns),
      "run": Int64(clamping: counters.runsRefused), "inflation": Int64(clamping: counters.inflationsRefused),
      "unknown": Int64(clamping: counters.framesUnknown), "relay": Int64(clamping: counters.relaysDropped),
      "holds": Int64(clamping: counters.holdsDropped &+ counters.holdsRefused),
    ]
  }

  // MARK: Who stopped a link

  func setPause(_ pause: PauseStatus?, of node: NodeID) { state.withLock { $0.pauses[node] = pause } }

  func pause(of node: NodeID) -> PauseStatus? { state.withLock { $0.pauses[node] } }

  /// Every stopped link, in the order of node identifiers.
  var pauses: [(node: NodeID, pause: PauseStatus)] {
    state.withLock { state in state.pauses.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  // MARK: Conflicts by the node that wrote one side

  /// Remembers how many open conflicts a change of each node takes part in, for the state with this digest.
  func setConflicts(_ byNode: [NodeID: Int64], digest: Hash32) {
    state.withLock { $0.conflicts = (digest, byNode) }
  }

  /// Nil when the conflicts of this state were not counted yet, or were too many to count.
  func conflicts(of node: NodeID, digest: Hash32) -> Int64? {
    state.withLock { state in
      guard let known = state.conflicts, known.digest == digest else { return nil }
      return known.byNode[node] ?? 0
    }
  }

  /// The digest of the state whose conflicts were counted last.
  var conflictsDigest: Hash32? { state.withLock { $0.conflicts?.digest } }
}
