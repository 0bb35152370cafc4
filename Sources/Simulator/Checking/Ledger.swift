import Helpdesk
import OperationLog
import Replication
import SiteEngine
import Store

/// What the simulator itself wrote down, outside all nodes, and what it compares them with while they work.
///
/// Confined to the thread of its simulation.
final class Ledger {
  private struct StateKey: Hashable {
    let vector: UInt64
    let isOld: Bool
  }

  private let cluster: SimulatedCluster
  /// The first promise that was broken.
  private(set) var violation: Violation?
  /// Hashes of the heads that authors committed.
  private var heads: [Dot: Hash32] = [:]
  /// How far each stream was acknowledged to the people who wrote.
  private(set) var acknowledged: [StreamID: UInt64] = [:]
  /// Tickets whose opening was acknowledged, in that order.
  private(set) var tickets: [EntityID] = []
  private var digests: [StateKey: (digest: Hash32, code: String)] = [:]
  /// What the first node holds at the end.
  var streamsAtEnd: [StreamEnd] = []
  private(set) var acknowledgedCount = 0
  private(set) var operationCount = 0
  /// Streams whose disk was taken back to an earlier day, and how far that day had come.
  private(set) var restored: [StreamID: UInt64] = [:]
  private var restoredNodes: Set<NodeID> = []
  /// The streams each node began, in order.
  private var written: [NodeID: [StreamID]] = [:]
  /// The same by machine: a copy has its own line.
  private var machines: [Int: [StreamID]] = [:]
  /// Streams that two machines may have written.
  private(set) var copied: Set<StreamID> = []

  init(_ cluster: SimulatedCluster) { self.cluster = cluster }

  func report(_ promise: Promise, _ what: @autoclosure () -> String) {
    guard violation == nil else { return }
    violation = Violation(promise: promise, what: what(), at: cluster.now)
    cluster.trace.note(cluster.now, "BROKEN: \(violation.map(\.description) ?? "")")
  }

  // MARK: What people were told

  func acknowledge(_ outcome: CommandOutcome, opened: Bool) {
    acknowledgedCount += 1
    for dot in outcome.dots where dot.sequence > acknowledged[dot.stream] ?? 0 {
      acknowledged[dot.stream] = dot.sequence
    }
    if opened { tickets.append(outcome.entity) }
  }

  // MARK: What nodes commit

  func committed(_ node: SimulatedNode, _ change: CommittedChange) {
    guard let store = node.store else { return }
    for head in change.heads {
      let dot = Dot(stream: head.stream, sequence: head.sequence)
      if head.stream == store.home.stream {
        if let known = heads[dot], known != head.hash, !copied.contains(head.stream) {
          report(.dotUniqueness, "\(node.code) wrote \(dot) twice, differently")
        }
        heads[dot] = head.hash
        operationCount += 1
        noteWritten(node)
      } else if let known = heads[dot], !copied.contains(head.stream) {
        if known != head.hash {
          report(.authenticity, "\(node.code) holds another operation at \(dot) than its author")
        }
      }
    }
    compareDigest(of: node)
  }

  private func compareDigest(of node: SimulatedNode) {
    let key = StateKey(vector: node.vectorKey, isOld: node.isOld)
    if let known = digests[key] {
      if known.digest != node.digest {
        report(.convergence, "\(node.code) and \(known.code) hold the same operations and have different states")
      }
    } else {
      if digests.count > 100_000 { digests = [:] }
      digests[key] = (node.digest, node.code)
    }
  }

  /// A process has read its disk: nothing that was acknowledged may be missing.
  func started(_ node: SimulatedNode, _ found: [SignedHead]) {
    guard let store = node.store else { return }
    noteWritten(node)
    let own = store.home.stream
    let held = node.vector[own]
    if let told = acknowledged[own], held < told, restored[own] == nil, !copied.contains(own) {
      report(
        .noLostWrite, "\(node.code) starts with \(held) operations of its own, \(told) had been acknowledged")
    }
    for head in found {
      let dot = Dot(stream: head.stream, sequence: head.sequence)
      if copied.contains(head.stream) { continue }
      if let known = heads[dot] {
        if known != head.hash { report(.dotUniqueness, "\(node.code) starts with another operation at \(dot)") }
      } else if head.stream == own {
        heads[dot] = head.hash
      }
    }
  }

  /// The hash its author committed at a dot; nil when no commit ended there.
  func head(at dot: Dot) -> Hash32? { heads[dot] }

  /// A node's disk is taken back, maybe to a day before its present stream began: of its streams only what other offices
  /// hold has to come back, and of those taken back before it maybe only this disk held something. A copy is no office: it
  /// goes away.
  func noteRestored(_ node: SimulatedNode) {
    restoredNodes.insert(node.name)
    noteLost(Set(written[node.name] ?? []).union(restored.keys), with: node)
  }

  /// The disk of a node is gone: of these streams only what the disks of other offices hold has to be there at the end.
  private func noteLost(_ streams: Set<StreamID>, with node: SimulatedNode) {
    let others = cluster.nodes.filter { $0 !== node && $0.number == $0.original }
    for stream in streams.sorted() {
      let elsewhere = others.map { $0.vector[stream] }.max() ?? 0
      restored[stream] = min(restored[stream] ?? .max, elsewhere)
    }
  }

  private func noteWritten(_ node: SimulatedNode) {
    guard let own = node.store?.home.stream, machines[node.number]?.last != own else { return }
    machines[node.number, default: []].append(own)
    written[node.name, default: []].append(own)
    cluster.trace.note(cluster.now, "\(node.code), node \(node.number), writes \(own)")
  }

  /// A node goes to work a second time, on another machine. What either of them wrote and told nobody may be gone when a
  /// person stops one; what the others hold must be the same everywhere.
  func noteCopied(_ node: NodeID, _ stream: StreamID) {
    restoredNodes.insert(node)
    copied.insert(stream)
    restored[stream] = 0
  }

  /// A person has stopped a copy for good, and nobody starts its disk again. Whether it ran just then or not, what it alone
  /// wrote and told nobody is gone, in each of the streams it began; whatever another office holds of them must be everywhere.
  func noteRetired(_ copy: SimulatedNode) {
    noteLost(Set(machines[copy.number] ?? []), with: copy)
  }

  // MARK: Comparing nodes

  /// What a node says of another, the other really holds: an acknowledgement comes after the commit.
  ///
  /// Not where frames were altered on their way: an altered acknowledgement is believed, because on real lines none gets through.
  func checkAcknowledgements() {
    guard cluster.network.counters.corrupted == 0 else { return }
    for node in cluster.nodes {
      guard let engine = node.engine else { continue }
      for (peer, vector) in engine.peerVectors() {
        guard let other = cluster.nodes.first(where: { $0.name == peer }), other.isUp, !restoredNodes.contains(peer)
        else { continue }
        // A stream that two machines wrote ends where they part, also at those who had held more of one side.
        let gaps = other.vector.lacking(from: vector)
        if let gap = gaps.first(where: { !copied.contains($0.stream) && restored[$0.stream] == nil }) {
          report(
            .noLostWrite,
            "\(node.code) was told that \(other.code) holds \(gap.to) operations of \(gap.stream), it holds \(gap.from - 1)"
          )
        }
      }
    }
  }

  /// Frames wait for a node within the credits of its peers, however long it reads nothing.
  func checkMemory() {
    let settings = cluster.shape.settings
    // A run that is begun may go on to its signed head, 64 KiB further at most; some frames come twice.
    let allowed = (settings.inFlightBytesMax + 64 * 1024 + settings.runBytesMax) * 5 / 4
    for node in cluster.nodes {
      guard let engine = node.engine else { continue }
      if let most = node.frozenBytes.values.max(), most > allowed {
        report(
          .boundedMemory,
          "\(most) bytes of operations wait on one link for \(node.code), which reads nothing; \(allowed) may")
      }
      if engine.bytesWaiting > SiteEngine.waitingBytesMax {
        report(.boundedMemory, "\(engine.bytesWaiting) bytes of frames wait at \(node.code)")
      }
    }
  }
}
