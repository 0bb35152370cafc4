import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

/// Nodes, links and stores in virtual time: the same seed gives the same course of events.
struct TestNetwork {
  struct Node {
    var store: TinyStore
    var replicator: Replicator
    var delivered: [RelayedMessage] = []
    var joins: [[UInt8]] = []
    var states: [NodeID: LinkState] = [:]
    var differs: [StreamPosition] = []
    /// Peers that the transport dials.
    var dialing: Set<Int> = []
    /// Peers to which the transport dials a bulk lane, as far as it has such lanes.
    var bulkDialing: Set<Int> = []
    /// A store that does not answer.
    var isStoreStuck = false
    var stuck: [ReplicationEffect] = []
  }

  /// One end's view: who is at the other end.
  struct End {
    var other: Int
    var otherLink: LinkID
    var isDialed: Bool
    var isBulk = false
  }

  /// What can happen to frames.
  struct Weather {
    /// Frames in a hundred that are lost, come twice, or are turned into noise.
    var lossPercent = 0
    var repeatPercent = 0
    var noisePercent = 0
    /// Each frame takes 1 to this many milliseconds; above 1 frames overtake one another when `isOrdered` is false.
    var delayMax: Int64 = 1
    var isOrdered = true
    /// What a line carries a second in each direction; all lanes share it. Nil: no limit.
    var bytesPerSecond: Int64?
  }

  private enum Happening {
    case frame(from: Int, to: Int, LinkID, [UInt8])
    case event(Int, ReplicationEvent)
    case connect(Int, Int, isBulk: Bool)
    case broken(Int, LinkID)
  }

  var nodes: [Node] = []
  var weather = Weather()
  var settings = ReplicationSettings()
  private(set) var now: Int64 = 1_000
  private var generator: SeededGenerator
  private var happenings: [(at: Int64, number: UInt64, what: Happening)] = []
  private var ends: [Int: [LinkID: End]] = [:]
  private var lineFree: [LinkID: Int64] = [:]
  /// Until when a line is busy in a direction, microseconds.
  private var lineBusy: [[Int]: Int64] = [:]
  /// The transport of these nodes can have a bulk lane.
  var hasBulkLanes = true
  private var number: UInt64 = 0
  private var cut: Set<[Int]> = []
  /// Frames sent since the start, by sender and kind.
  private(set) var sent: [Int: [UInt8: Int]] = [:]
  private(set) var sentBytes: [Int: Int] = [:]
  /// Frames sent on bulk lanes, by sender.
  private(set) var sentOnBulk: [Int: Int] = [:]
  /// A frame for which this is true is lost.
  var loses: ((Int, Int, [UInt8]) -> Bool)?

  /// Nodes in ascending order of their identifiers, so that node 0 is the lowest.
  init(_ count: Int, seed: UInt64 = 1, settings: ReplicationSettings = ReplicationSettings()) {
    generator = SeededGenerator(seed: seed)
    self.settings = settings
    let stores = (1...count).map { TinyStore(name: UInt8($0)) }.sorted { $0.node < $1.node }
    for store in stores {
      let identity = LocalNode(
        cluster: TinyStore.cluster, node: store.node, stream: store.stream, site: "N\(nodes.count)", program: "0.1.0")
      nodes.append(
        Node(
          store: store,
          replicator: Replicator(
            identity: identity, held: [], settings: settings, hashing: TinyStore.hashing, signer: store.signer,
            verifier: store.signer, wall: 1_000_000)))
    }
    for index in nodes.indices { introduce(index, to: Array(nodes.indices)) }
  }

  var wall: Int64 { 1_000_000 + now }

  /// The node's directory names these nodes.
  mutating func introduce(_ index: Int, to others: [Int]) {
    for other in others {
      let store = nodes[other].store
      nodes[index].store.directory[store.stream] = (store.node, store.signer.publicKey)
    }
    later(0, .event(index, .directoryChanged(nodes[index].store.directory.mapValues { $0.node })))
  }

  /// A link between two nodes; `both` when each dials the other.
  mutating func link(_ first: Int, _ second: Int, both: Bool = false) {
    cut.remove([min(first, second), max(first, second)])
    neighbours(of: first, adding: second)
    if both { neighbours(of: second, adding: first) }
  }

  private mutating func neighbours(of index: Int, adding other: Int) {
    nodes[index].dialing.insert(other)
    let neighbours = nodes[index].dialing.sorted().map {
      Neighbour(node: nodes[$0].store.node, site: "N\($0)", isDialed: true)
    }
    later(0, .event(index, .neighboursChanged(neighbours)))
    later(1, .connect(index, other, isBulk: false))
  }

  /// The line between two nodes is cut: connections break, none comes about.
  mutating func cutLine(_ first: Int, _ second: Int) {
    cut.insert([min(first, second), max(first, second)])
    for (link, end) in (ends[first] ?? [:]).sorted(by: { $0.key < $1.key }) where end.other == second {
      hangUp(first, link)
    }
  }

  /// The line is whole again; whoever dialled dials again.
  mutating func healLine(_ first: Int, _ second: Int) {
    cut.remove([min(first, second), max(first, second)])
    for (from, to) in [(first, second), (second, first)] where nodes[from].dialing.contains(to) {
      later(1, .connect(from, to, isBulk: false))
      if nodes[from].bulkDialing.contains(to) { later(1, .connect(from, to, isBulk: true)) }
    }
  }

  /// Both ends learn that a connection is gone.
  mutating func hangUp(_ index: Int, _ link: LinkID) {
    guard let end = ends[index]?[link] else { return }
    later(1, .broken(index, link))
    later(1, .broken(end.other, end.otherLink))
  }

  /// Connections of a node to another, as the transport sees them.
  func links(_ index: Int, _ other: Int) -> [LinkID] {
    (ends[index] ?? [:]).filter { $0.value.other == other }.map(\.key).sorted()
  }

  mutating func later(_ delay: Int64, _ index: Int, _ event: ReplicationEvent) { later(delay, .event(index, event)) }

  private mutating func later(_ delay: Int64, _ what: Happening) {
    number += 1
    happenings.append((now + delay, number, what))
  }

  /// A node writes operations in one commit.
  mutating func write(_ index: Int, _ count: Int = 1, textBytes: Int = 40) {
    let heads = nodes[index].store.write(count, textBytes: textBytes)
    handle(index, .committed(heads))
  }

  /// The same, with texts that no compression makes shorter.
  mutating func writeNoise(_ index: Int, _ count: Int, textBytes: Int) {
    let heads = nodes[index].store.write(count, textBytes: textBytes, isNoise: true)
    handle(index, .committed(heads))
  }

  /// Raw bytes arrive at a node on a connection.
  mutating func inject(_ index: Int, _ link: LinkID, _ bytes: [UInt8]) { handle(index, .received(link, bytes)) }

  /// Lets time go by.
  mutating func run(milliseconds: Int64) {
    let end = now + milliseconds
    while step(until: end) {}
    now = end
  }

  /// Lets time go by until the condition holds; false when it does not within this time.
  mutating func run(atMost milliseconds: Int64, until condition: (TestNetwork) -> Bool) -> Bool {
    let end = now + milliseconds
    while !condition(self) {
      guard step(until: end) else { return condition(self) }
    }
    return true
  }

  private mutating func step(until end: Int64) -> Bool {
    let nextHappening = happenings.indices.min {
      (happenings[$0].at, happenings[$0].number) < (happenings[$1].at, happenings[$1].number)
    }
    let wakeups = nodes.indices.compactMap { index in
      nodes[index].replicator.nextWakeup.map { (at: max($0, now), index: index) }
    }
    let wakeup = wakeups.min { ($0.at, $0.index) < ($1.at, $1.index) }
    if let nextHappening, happenings[nextHappening].at <= (wakeup?.at ?? .max) {
      guard happenings[nextHappening].at <= end else { return false }
      let happening = happenings.remove(at: nextHappening)
      now = max(now, happening.at)
      carryOut(happening.what)
      return true
    }
    guard let wakeup, wakeup.at <= end else { return false }
    // A deadline that is not met by a tick would stop the world here, so the tick moves on by a millisecond.
    now = max(now, wakeup.at)
    handle(wakeup.index, .ticked)
    if let again = nodes[wakeup.index].replicator.nextWakeup, again <= now { now += 1 }
    return true
  }

  private mutating func carryOut(_ what: Happening) {
    switch what {
    case .event(let index, let event): handle(index, event)
    case .frame(_, let to, let link, let bytes):
      guard ends[to]?[link] != nil else { return }
      handle(to, .received(link, bytes))
    case .broken(let index, let link): breakEnd(index, link)
    case .connect(let from, let to, let isBulk): connect(from, to, isBulk: isBulk)
    }
  }

  private mutating func connect(_ from: Int, _ to: Int, isBulk: Bool) {
    guard (isBulk ? nodes[from].bulkDialing : nodes[from].dialing).contains(to),
      !cut.contains([min(from, to), max(from, to)]),
      ends[from]?.values.contains(where: { $0.other == to && $0.isDialed && $0.isBulk == isBulk }) != true
    else { return }
    number += 2
    let (near, far) = (LinkID(number: number), LinkID(number: number + 1))
    number += 1
    ends[from, default: [:]][near] = End(other: to, otherLink: far, isDialed: true, isBulk: isBulk)
    ends[to, default: [:]][far] = End(other: from, otherLink: near, isDialed: false, isBulk: isBulk)
    let node = nodes[to].store.node
    handle(from, isBulk ? .bulkConnected(near, node) : .connected(near, dialed: true, .node(node)))
    handle(to, .connected(far, dialed: false, .node(nodes[from].store.node)))
  }

  /// One end learns that its connection is gone; one that dialled dials again, as the transport does.
  private mutating func breakEnd(_ index: Int, _ link: LinkID) {
    guard let end = ends[index]?.removeValue(forKey: link) else { return }
    handle(index, .disconnected(link))
    if end.isDialed { later(20, .connect(index, end.other, isBulk: end.isBulk)) }
  }

  mutating func handle(_ index: Int, _ event: ReplicationEvent) {
    let effects = nodes[index].replicator.handle(event, now: now, wall: wall)
    for effect in effects { carryOut(effect, of: index) }
  }

  private mutating func carryOut(_ effect: ReplicationEffect, of index: Int) {
    switch effect {
    case .send(let link, let bytes): send(bytes, index, link)
    case .close(let link):
      guard let end = ends[index]?[link] else { return }
      if end.isDialed {
        if end.isBulk { nodes[index].bulkDialing.remove(end.other) } else { nodes[index].dialing.remove(end.other) }
      }
      // What was sent before still arrives; the other end learns later that the connection is gone.
      ends[index]?[link] = nil
      later(weather.delayMax + 1, .broken(end.other, end.otherLink))
    case .dial(let node):
      guard let other = nodes.firstIndex(where: { $0.store.node == node }) else { return }
      nodes[index].dialing.insert(other)
      later(1, .connect(index, other, isBulk: false))
    case .undial(let node):
      if let other = nodes.firstIndex(where: { $0.store.node == node }) { nodes[index].dialing.remove(other) }
    case .dialBulk(let node):
      guard hasBulkLanes, let other = nodes.firstIndex(where: { $0.store.node == node }) else { return }
      nodes[index].bulkDialing.insert(other)
      later(1, .connect(index, other, isBulk: true))
    case .undialBulk(let node):
      if let other = nodes.firstIndex(where: { $0.store.node == node }) { nodes[index].bulkDialing.remove(other) }
    case .readRun, .ingest:
      if nodes[index].isStoreStuck { nodes[index].stuck.append(effect) } else { askStore(effect, of: index) }
    case .deliver(let message): nodes[index].delivered.append(message)
    case .joinAsked(_, let bytes), .joinAnswered(_, _, let bytes): nodes[index].joins.append(bytes)
    case .peerChanged(let node, let state): nodes[index].states[node] = state
    case .ownStreamDiffers(_, let position, _): nodes[index].differs.append(position)
    case .ownStreamRecovered, .incarnationSynchronised: break
    }
  }

  private mutating func askStore(_ effect: ReplicationEffect, of index: Int) {
    switch effect {
    case .readRun(let request, let stream, let from, let to, let bytesMax, let operationsMax):
      let run = nodes[index].store.run(stream, from: from, to: to, bytesMax: bytesMax, operationsMax: operationsMax)
      later(0, .event(index, .runRead(request, run)))
    case .ingest(let run, _, let ticket):
      switch nodes[index].store.ingest(run) {
      case .success(let heads):
        later(1, .event(index, .ingested(ticket, heads.isEmpty ? .alreadyHeld : .stored(heads))))
      case .failure(let refusal): later(1, .event(index, .ingested(ticket, .refused(refusal))))
      }
    default: break
    }
  }

  /// The store answers again, first what it was asked meanwhile.
  mutating func unstick(_ index: Int) {
    nodes[index].isStoreStuck = false
    let effects = nodes[index].stuck
    nodes[index].stuck = []
    for effect in effects { askStore(effect, of: index) }
  }

  private mutating func send(_ bytes: [UInt8], _ index: Int, _ link: LinkID) {
    guard let end = ends[index]?[link] else { return }
    sent[index, default: [:]][bytes.count > 1 ? bytes[1] : 0, default: 0] += 1
    sentBytes[index, default: 0] += bytes.count
    if end.isBulk { sentOnBulk[index, default: 0] += 1 }
    if loses?(index, end.other, bytes) == true || chance(weather.lossPercent) { return }
    var bytes = bytes
    if chance(weather.noisePercent), !bytes.isEmpty {
      // Half of it hits the beginning, where it makes the most trouble.
      let end = Bool.random(using: &generator) ? min(4, bytes.count) : bytes.count
      bytes[Int.random(in: 0..<end, using: &generator)] ^= 0x55
    }
    for _ in 0..<(chance(weather.repeatPercent) ? 2 : 1) {
      var at = now + Int64.random(in: 1...weather.delayMax, using: &generator)
      if let rate = weather.bytesPerSecond {
        let free = max(lineBusy[[index, end.other]] ?? 0, now * 1_000) + Int64(bytes.count) * 1_000_000 / rate
        lineBusy[[index, end.other]] = free
        at += (free - now * 1_000) / 1_000
      }
      if weather.isOrdered {
        at = max(at, lineFree[link] ?? 0)
        lineFree[link] = at
      }
      number += 1
      happenings.append((at, number, .frame(from: index, to: end.other, end.otherLink, bytes)))
    }
  }

  private mutating func chance(_ percent: Int) -> Bool {
    percent > 0 && Int.random(in: 0..<100, using: &generator) < percent
  }

  // MARK: What tests ask

  /// All nodes hold the same operations with the same hashes.
  var isConverged: Bool {
    guard let first = nodes.first else { return true }
    return nodes.allSatisfy { $0.store.hashes == first.store.hashes }
  }

  func count(_ index: Int, of other: Int) -> Int { nodes[index].store.records[nodes[other].store.stream]?.count ?? 0 }

  func figures(_ index: Int, of other: Int) -> PeerFigures? {
    nodes[index].replicator.figures(now: now).first { $0.node == nodes[other].store.node }
  }

  func isUp(_ index: Int, _ other: Int) -> Bool { nodes[index].replicator.isUp(nodes[other].store.node) }

  func frames(_ index: Int, _ kind: Frame.Kind) -> Int { sent[index]?[kind.rawValue] ?? 0 }
}
