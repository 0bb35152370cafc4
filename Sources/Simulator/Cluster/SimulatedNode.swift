package import Helpdesk
import Logging
package import OpenSSLCrypto
package import OperationLog
import Replication
package import SiteEngine
package import Store

/// One office's machine: disk, clocks, and the process that runs the real store and engine on them.
///
/// Confined to the thread of its simulation.
package final class SimulatedNode: @unchecked Sendable {
  /// The wall clock of all nodes begins here, milliseconds UTC.
  static let epoch: Int64 = 1_760_000_000_000

  /// What runs between two starts.
  struct Process {
    let store: SiteStore
    let engine: SiteEngine
    let executor: VirtualExecutor
    /// Nil where nothing is assigned by itself.
    let desk: SimulatedDesk?
  }

  package let number: Int
  package let code: String
  package let key: Ed25519SigningKey
  package let name: NodeID
  package let disk: SimulatedDisk
  unowned let cluster: SimulatedCluster
  private(set) var process: Process?
  /// How often the process was started.
  private(set) var boot = 0
  /// How far the wall clock is ahead of the true time, milliseconds.
  package var clockOffset: Int64 = 0
  /// True for a program of before some kinds of operations.
  package var isOld = false
  package private(set) var isFrozen = false
  private var dice: Dice
  private var directoryIsDue = false

  /// What the store holds, as its commits said.
  package private(set) var vector = VersionVector()
  /// A number that follows from the operations held: sequence and chain hash of each head. A node and its copy may
  /// both write on after the same operation, and then hold different operations up to the same sequence.
  private(set) var vectorKey: UInt64 = 0
  /// The chain hash at each head, as far as the commits said.
  private var headHashes: [StreamID: Hash32] = [:]
  package private(set) var digest = Hash32.zero
  /// Bytes of operations that came while it was frozen, by the link they came on.
  private(set) var frozenBytes: [LinkID: Int] = [:]
  /// Beside the disk: survives a backup that is restored, and lags behind after a power cut.
  let witness = SimulatedWitness()
  /// Which machine the disk is in; a clone works in another.
  package var machine: UInt8 = 1
  /// The latest wall time it ever read.
  var wallMax: Int64 = 0

  /// The node of which this is a copy; its own number for all others.
  let original: Int
  /// A person has found the copy and stopped it for good.
  package var isRetired = false

  /// A node, or a copy of the node `original`: the same key at work on another machine.
  init(_ number: Int, in cluster: SimulatedCluster, copyOf original: Int? = nil) {
    self.number = number
    self.original = original ?? number
    self.cluster = cluster
    code = ClusterShape.code(self.original)
    let seed = cluster.shape.seed
    let bytes = SeededBytes(Dice(seed: seed, "key", self.original)).bytes(32)
    guard let key = Ed25519SigningKey(seed: bytes) else { preconditionFailure("32 bytes are a key") }
    self.key = key
    name = SHA256Hashing().node(publicKey: key.publicKey)
    dice = Dice(seed: seed, "machine", number)
    disk = SimulatedDisk(name: code, seed: Dice(seed: seed, "disk", number).seedBelow())
  }

  package var isUp: Bool { process != nil }
  package var store: SiteStore? { process?.store }
  package var engine: SiteEngine? { process?.engine }
  package var wall: Int64 { Self.epoch + cluster.time.now + cluster.lateness + clockOffset }
  package var site: EntityID { SHA256Hashing().site(code: code) }

  package var admitted: AdmittedNode {
    AdmittedNode(
      id: name, site: site, publicKey: key.publicKey,
      curveKey: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32),
      address: "tcp://\(code.lowercased()).example:7100")
  }

  // MARK: Starting and ending

  /// Starts the process from what is on the disk. Throws what opening the store throws.
  package func start(bootstrap: [AdmittedNode] = []) throws {
    precondition(process == nil && !isRetired, "\(code) runs already, or never again")
    boot += 1
    let boot = boot
    let store = try SiteStore.open(
      directory: disk.directory, identity: identity(), powers: powers(), surroundings: surroundings(),
      scheduling: .stepped, logger: Self.silence)
    if !bootstrap.isEmpty { try store.addBootstrapNodesNow(bootstrap) }
    let (heads, streams) = try store.readNow { db in
      (try SiteStore.signedHeads(db), try SiteStore.streamNodes(db))
    }
    vector = VersionVector()
    vectorKey = 0
    headHashes = [:]
    for head in heads { note(head) }
    digest = try store.readNow { db in try SiteStore.digest(db) }
    store.onWaitingWrites { [weak self] in self?.planCommit(boot) }
    store.onCommit { [weak self] change in self?.committed(change, boot) }
    let executor = VirtualExecutor(cluster.time)
    let local = LocalNode(
      cluster: cluster.secrets.cluster, node: name, stream: store.home.stream, site: code,
      program: isOld ? "0.1.0" : "0.2.0")
    let engine = SiteEngine(
      store: store, links: SimulatedLinks(cluster.network, node: number), clock: NodeClock(node: self), identity: local,
      heads: heads, settings: cluster.shape.settings, executor: executor,
      idleMillisecondsMax: cluster.shape.idleMillisecondsMax, logger: Self.silence)
    let desk = cluster.shape.hasDesks ? SimulatedDesk(of: self, store, engine, in: cluster) : nil
    process = Process(store: store, engine: engine, executor: executor, desk: desk)
    isFrozen = false
    engine.tell(.directoryChanged(streams))
    engine.tell(.neighboursChanged(cluster.neighbours(of: original)))
    engine.tell(.stateChanged(digest: digest, load: []))
    cluster.trace.note(cluster.time.now, "\(code) starts")
    cluster.started(self, heads)
  }

  private func identity() -> StoreIdentity {
    StoreIdentity(
      cluster: cluster.secrets.cluster, clusterSecret: cluster.secrets.secret, node: name, siteCode: code,
      signer: NotedSigning(key: key, verifier: cluster.verifier))
  }

  private func surroundings() -> StoreSurroundings {
    let machine = [UInt8](repeating: UInt8(truncatingIfNeeded: original), count: 15) + [machine]
    return StoreSurroundings(witness: witness, machine: machine, host: code.lowercased())
  }

  private func powers() -> StorePowers {
    var powers = StorePowers(
      hashing: SHA256Hashing(), verifier: cluster.verifier,
      random: SeededBytes(Dice(seed: cluster.shape.seed, "random \(boot)", number)), normaliser: PlainText(),
      wallClock: { [unowned self] in self.readWall() })
    powers.plantedBugs = cluster.shape.plantedBugs
    powers.memory = cluster.shape.storeMemory
    powers.kindsNotUnderstood = isOld ? SimulatedCluster.newerKinds : []
    return powers
  }

  func readWall() -> Int64 {
    let wall = wall
    wallMax = max(wallMax, wall)
    return wall
  }

  private struct PlainText: TextNormalising {
    func normalised(_ text: String) -> String { text }
  }

  private static let silence = Logger(label: "relevo.simulator") { _ in SwiftLogNoOpLogHandler() }

  /// How a process ends.
  package enum End: Hashable, Sendable {
    /// It says goodbye and closes its files.
    case stop
    /// It is killed; the machine goes on, so that nothing written is lost.
    case kill
    /// The machine loses power.
    case powerCut(DiskLoss)
  }

  /// Ends the process.
  package func end(_ end: End) {
    guard let process else { return }
    cluster.trace.note(cluster.time.now, "\(code) ends: \(end)")
    switch end {
    case .stop: process.engine.tell(.stopped)
    case .kill: disk.restore(disk.snapshot())
    case .powerCut(let loss):
      disk.crash(loss)
      witness.losePower(losing: Int(dice.number(0...3)))
    }
    finish(process)
  }

  /// The process has lost its disk in the middle of a commit.
  private func endWithoutPower() {
    guard let process else { return }
    cluster.trace.note(cluster.time.now, "\(code) loses power in a commit")
    disk.powerOn()
    witness.losePower(losing: Int(dice.number(0...3)))
    finish(process)
    cluster.lostPower(self)
  }

  private func finish(_ process: Process) {
    process.executor.die()
    process.desk?.die()
    cluster.network.leave(number)
    // Connections to a disk that lost power cannot be closed in good order, and need not be.
    try? process.store.closeNow()
    // The power may fail while a process that was told to stop writes its last.
    if !disk.hasPower { disk.powerOn() }
    self.process = nil
    isFrozen = false
    frozenBytes = [:]
    disk.heal()
  }

  /// The disk becomes what it was on an earlier day, while nothing runs; from now on the node holds what it held then.
  func takeBack(to image: DiskImage, holding earlier: VersionVector) {
    disk.restore(image)
    vector = earlier
  }

  package func setFrozen(_ frozen: Bool) {
    isFrozen = frozen && process != nil
    frozenBytes = [:]
    process?.executor.setFrozen(isFrozen)
    process?.desk?.setFrozen(isFrozen)
    if !isFrozen, let process, process.store.waitingWrites > 0 { planCommit(boot) }
  }

  // MARK: Writing

  private func planCommit(_ boot: Int) {
    cluster.time.after(dice.number(cluster.shape.commitDelay)) { [weak self] in self?.commit(boot) }
  }

  private func commit(_ boot: Int) {
    guard self.boot == boot, let process, !isFrozen, process.store.waitingWrites > 0 else { return }
    let more = process.store.commitGroup()
    if !disk.hasPower { return endWithoutPower() }
    if more { planCommit(boot) }
  }

  private func committed(_ change: CommittedChange, _ boot: Int) {
    guard self.boot == boot else { return }
    for head in change.heads { note(head) }
    // A stream that was written twice ends earlier than it went.
    for end in change.ends { note(end) }
    digest = change.digest
    cluster.trace.mix(UInt64(number) << 48 ^ UInt64(bitPattern: cluster.time.now))
    cluster.trace.mix(digest)
    cluster.committed(self, change)
    if change.directoryChanged, !directoryIsDue {
      directoryIsDue = true
      cluster.time.after(cluster.shape.directoryDelay) { [weak self] in self?.tellDirectory() }
    }
  }

  /// As the node does after a change: the engine hears which node each stream belongs to.
  private func tellDirectory() {
    directoryIsDue = false
    guard let process else { return }
    do {
      process.engine.tell(.directoryChanged(try process.store.readNow { db in try SiteStore.streamNodes(db) }))
    } catch {
      cluster.trace.note(cluster.time.now, "\(code) cannot read its directory: \(error)")
    }
  }

  private func note(_ head: SignedHead) {
    let before = vector[head.stream]
    if before > 0 { vectorKey &-= Self.term(head.stream, before, headHashes[head.stream] ?? .zero) }
    vector[head.stream] = head.sequence
    headHashes[head.stream] = head.hash
    if head.sequence > 0 { vectorKey &+= Self.term(head.stream, head.sequence, head.hash) }
  }

  private static func term(_ stream: StreamID, _ sequence: UInt64, _ hash: Hash32) -> UInt64 {
    var dice = Dice(seed: stream.high ^ sequence &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(hash.prefix))
    return dice.next() ^ dice.next()
  }
}

extension SimulatedNode: NetworkEndpoint {
  var isListening: Bool { process != nil }

  func hear(_ event: LinkEvent) {
    if isFrozen, case .received(let link, let bytes) = event, Frame.carriesOperations(bytes) {
      frozenBytes[link, default: 0] += bytes.count
    }
    process?.engine.take(event)
  }
}

/// The clocks of one simulated machine.
struct NodeClock: EngineClock {
  unowned let node: SimulatedNode

  var now: Int64 { node.cluster.time.now }
  var wall: Int64 { node.readWall() }
}

extension Dice {
  /// A seed for a generator of another kind.
  func seedBelow() -> UInt64 {
    var copy = self
    return copy.next()
  }
}
