import Foundation
package import Helpdesk
package import Logging
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Replication
import ServiceLifecycle
import SiteEngine
import Status
package import Store
import Synchronization
import Texts
import WebServer

/// A node at work: the store, the links to other nodes, assignment, pages and commands, wired together.
package final class RunningNode: Sendable {
  /// Local setting: set by `relevo join` until the node has caught up once.
  package static let awaitingCatchUp = "awaiting_catch_up"
  package static let version = "0.1.0"

  package let configuration: NodeConfiguration
  package let store: SiteStore
  let keys: NodeKeys
  let engine: SiteEngine
  let admission: Admission
  let directory: DataDirectory
  let passwords: PasswordHasher
  let clock = SystemClock()
  /// The same that the store counts deadlines by, so that pages, shifts and queues change together.
  package let zones: any ZoneReading
  let startedAt: Int64
  let logger: Logger
  private let links: TransportLinks
  private let transport: PeerTransport
  let desk: AssignmentDesk
  let presenceBoard: PresenceBoard
  private let names = Mutex(DirectoryNames())
  private let isCaughtUp: Mutex<Bool>
  let strangerRefused = Mutex<Bool?>(nil)
  let watch = StatusWatch()
  let balanceWatch = BalanceWatch()
  let echo: PeerEcho

  /// What of the directory is needed at once on any thread.
  struct DirectoryNames {
    /// Site codes by the node that serves them; a node's own site first.
    var codes: [NodeID: String] = [:]
    var siteNames: [String: String] = [:]
    var neighbours: [NodeID] = []
    /// Configured sites no node is known for.
    var unknownNeighbours: [String] = []
  }

  /// Opens everything; nothing is served before `run`. Throws `NodeFailure`, `StoreFailure` or `TransportStartError`.
  package init(_ configuration: NodeConfiguration, logger: Logger) async throws {
    self.configuration = configuration
    self.logger = logger
    directory = try DataDirectory(configuration.dataDirectory)
    guard let file = try NodeIdentityFile.read(directory: directory.path) else {
      throw NodeFailure(
        "\(directory.path) holds no node yet: run `relevo cluster init` for a first office, or `relevo join` with a token."
      )
    }
    guard file.site == configuration.site else {
      throw NodeFailure("\(directory.path) belongs to \(file.site), the configuration says \(configuration.site).")
    }
    keys = try file.keys()
    let zones = SystemZones()
    self.zones = zones
    var powers = StorePowers.system
    powers.zones = zones
    store = try SiteStore.open(
      directory: directory.path, identity: try file.storeIdentity(), powers: powers,
      surroundings: try .system(directory: directory.path), logger: logger)
    passwords = try PasswordHasher()
    startedAt = clock.wall
    links = TransportLinks(logger: logger)
    let bind = try TransportEndpoint(configuration.replication.bind)
    transport = try links.start(keyPair: keys.curve, bind: bind, settings: Self.transportSettings)
    let identity = LocalNode(
      cluster: keys.cluster, node: keys.node, stream: store.home.stream, site: configuration.site,
      program: Self.version)
    engine = SiteEngine(
      store: store, links: links, clock: clock, identity: identity, heads: try await store.signedHeads(),
      logger: logger)
    links.attach(engine)
    echo = PeerEcho(engine: engine)
    desk = AssignmentDesk(
      store: store, engine: engine, clock: clock, zones: zones,
      // The first office is the central one.
      isCentral: FileManager.default.fileExists(atPath: directory.path + "/founder"), logger: logger)
    presenceBoard = PresenceBoard(engine: engine, clock: clock)
    admission = Admission(
      store: store, keys: keys, advertise: configuration.replication.advertise, logger: logger)
    isCaughtUp = Mutex(try await store.localSetting(Self.awaitingCatchUp) == nil)
    try await rememberPeers()
    try await restorePauses()
    try await refreshDirectory()
  }

  /// Offices reconnect within seconds after a cut; the pause grows while a neighbour stays away.
  private static var transportSettings: TransportSettings {
    var settings = TransportSettings()
    settings.reconnectDelayMin = .milliseconds(500)
    settings.reconnectDelayMax = .seconds(15)
    return settings
  }

  // MARK: Running

  /// Serves until cancelled or told to stop; then drains and says goodbye to the peers.
  package func run() async throws {
    let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    store.onCommit { change in
      if change.directoryChanged { changed.yield() }
    }
    let (joins, asked) = AsyncStream.makeStream(
      of: (LinkID, [UInt8]).self, bufferingPolicy: .bufferingOldest(64))
    engine.onJoinAsked { link, bytes in asked.yield((link, bytes)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.desk.run() }
      group.addTask { try await self.followDirectory(changes) }
      group.addTask {
        for await (link, bytes) in joins {
          let answer = await self.admission.answer(bytes, now: self.clock.wall)
          self.engine.answerJoin(link, isAdmitted: answer.isAdmitted, answer.bytes)
        }
      }
      group.addTask { try await self.keepStatus() }
      group.addTask { try await self.keepBalance() }
      group.addTask {
        try await ZoneWatch(store: self.store, zones: self.zones, logger: self.logger).run()
      }
      group.addTask {
        while !Task.isCancelled {
          try await Task.sleep(for: .seconds(5))
          self.presenceBoard.sweep()
        }
      }
      group.addTask { await self.proveStranger() }
      try await gracefulShutdown()
      group.cancelAll()
    }
  }

  /// Waits for SIGTERM (through the service group) or cancellation.
  private func gracefulShutdown() async throws {
    do {
      try await ServiceLifecycle.gracefulShutdown()
    } catch is CancellationError {
      return
    }
  }

  /// Says goodbye and closes the links. Called once, after everything that writes has stopped.
  package func stop() async {
    await writeStatusFile()
    await saveRememberedPeers()
    await engine.stop()
    if await !transport.stop() { logger.warning("the links to other nodes did not close in time") }
  }

  private func proveStranger() async {
    let proof = await transport.proveStrangerRefused()
    switch proof {
    case .refused: strangerRefused.withLock { $0 = true }
    case .admitted:
      strangerRefused.withLock { $0 = false }
      logger.critical("a stranger's key was not refused on \(configuration.replication.bind): \(proof)")
    case .undecided: logger.error("\(proof)")
    }
  }

  // MARK: Directory

  /// Reads the directory again at the first change at once, and at those that follow together: with a thousand offices a look
  /// takes its time, and a node that joins hears of them one after the other.
  private func followDirectory(_ changes: AsyncStream<Void>) async throws {
    for await _ in changes {
      let began = clock.now
      await refreshDirectoryLogged()
      try await Task.sleep(for: .milliseconds(min(max(20, 9 * (clock.now - began)), 2_000)))
    }
  }

  private func refreshDirectoryLogged() async {
    do {
      try await refreshDirectory()
    } catch {
      logger.error("the directory could not be read: \(error)")
    }
  }

  /// Lets in whom the directory lists, and tells the engine who the neighbours are.
  func refreshDirectory() async throws {
    let sites = try await store.sites()
    let admitted = try await store.nodes()
    var nodes = Dictionary(admitted.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for node in try await store.bootstrapNodes() where nodes[node.id] == nil { nodes[node.id] = node }
    nodes[keys.node] = nil
    let invitations = try await store.openInvitations(now: clock.wall)
    var fresh = DirectoryNames()
    let codes = Dictionary(sites.map { ($0.id, $0.code) }, uniquingKeysWith: { first, _ in first })
    for site in sites { fresh.siteNames[site.code] = site.name }
    for node in nodes.values { fresh.codes[node.id] = codes[node.site] }
    fresh.codes[keys.node] = configuration.site
    var addresses: [NodeID: TransportEndpoint] = [:]
    var neighbours: [Neighbour] = []
    for entry in configuration.replication.neighbours {
      let site = store.powers.hashing.site(code: entry.site)
      // The one that was admitted last serves the site: one that was installed anew has another key.
      let serving = sites.first { $0.id == site }?.node.flatMap { nodes[$0] }
      guard let node = serving ?? nodes.values.filter({ $0.site == site }).max(by: { $0.id < $1.id }) else {
        fresh.unknownNeighbours.append(entry.site)
        continue
      }
      fresh.codes[node.id] = entry.site
      addresses[node.id] = try TransportEndpoint(entry.address)
      neighbours.append(Neighbour(node: node.id, site: entry.site, isDialed: true))
      fresh.neighbours.append(node.id)
    }
    links.setDirectory(
      nodes.values.sorted { $0.id < $1.id }, addresses: addresses,
      invitations: Dictionary(
        invitations.map { ($0.curveKey, $0.id.description) }, uniquingKeysWith: { first, _ in first }))
    names.withLock { $0 = fresh }
    engine.tell(.directoryChanged(try await store.streamNodes()))
    engine.tell(.neighboursChanged(neighbours))
  }

  func directoryNames() -> DirectoryNames { names.withLock { $0 } }

  /// The code of the site a node serves; eight digits of its name while the directory does not tell.
  func code(of node: NodeID) -> String {
    names.withLock { $0.codes[node] } ?? String(node.description.prefix(8))
  }

  /// The node of a configured neighbour; nil when there is none of that code.
  func neighbour(_ site: String) -> NodeID? {
    let code = site.uppercased()
    return names.withLock { names in names.neighbours.first { names.codes[$0] == code } }
  }

  // MARK: Peers across restarts

  private static let rememberedPeers = "peer_vectors"

  private func rememberPeers() async throws {
    guard let bytes = try await store.localSetting(Self.rememberedPeers) else { return }
    var reader = ByteReader(bytes)
    do {
      for _ in 0..<(try reader.count(limit: 5_000)) {
        let node = try reader.identifier(NodeID.self)
        engine.tell(.peerRemembered(node, held: try VersionVector(from: &reader)))
      }
    } catch {
      // Only a memory of what peers held: they say it again when they connect.
      logger.warning("what peers held before the restart could not be read: \(error)")
    }
  }

  func saveRememberedPeers() async {
    var writer = ByteWriter()
    let vectors = engine.peerVectors()
    writer.varint(UInt64(vectors.count))
    for peer in vectors {
      writer.identifier(peer.node)
      peer.vector.encode(into: &writer)
    }
    do {
      if try await store.localSetting(Self.rememberedPeers) != writer.bytes {
        try await store.setLocalSetting(Self.rememberedPeers, writer.bytes)
      }
    } catch {
      logger.warning("what peers hold could not be written down: \(error)")
    }
  }

  /// True once the node has, at least once since it joined, held all that a neighbour held.
  func caughtUp() -> Bool {
    if isCaughtUp.withLock({ $0 }) { return true }
    let isSo = engine.peerFigures().contains { $0.inOperations == 0 && ($0.link == .live || $0.link == .catchingUp) }
    if isSo { isCaughtUp.withLock { $0 = true } }
    return isSo
  }
}
