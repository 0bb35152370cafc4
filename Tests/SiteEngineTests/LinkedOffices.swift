import Foundation
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Replication
import SiteEngine
import Store
import Synchronization
import Testing

/// Offices in one process: real stores and engines, joined by links in memory that can be cut.
final class LinkedOffices: Sendable {
  struct Office: Sendable {
    let code: String
    let key: Ed25519SigningKey
    let store: SiteStore
    let engine: SiteEngine
    let links: MemoryLinks
  }

  let offices: [String: Office]
  let directory: String
  private let wires = Mutex<[Wire]>([])

  private struct Wire {
    let from: String
    let to: String
    let fromLink: LinkID
    let toLink: LinkID
  }

  /// The first office founds the cluster and admits the others.
  init(_ codes: [String]) async throws {
    directory = NSTemporaryDirectory() + "relevo-engine-" + UUID().uuidString
    let cluster = try #require(ClusterID(bytes: [UInt8](repeating: 7, count: 16)))
    var made: [String: Office] = [:]
    var logger = Logger(label: "test")
    logger.logLevel = .error
    for code in codes {
      let path = directory + "/" + code
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let key = Ed25519SigningKey.generate()
      let node = SHA256Hashing().node(publicKey: key.publicKey)
      let store = try SiteStore.open(
        directory: path,
        identity: StoreIdentity(
          cluster: cluster, clusterSecret: [UInt8](repeating: 9, count: 32), node: node, siteCode: code, signer: key),
        powers: TestPowers.powers, logger: logger)
      let links = MemoryLinks()
      let engine = SiteEngine(
        store: store, links: links, clock: TestClock(),
        identity: LocalNode(cluster: cluster, node: node, stream: store.home.stream, site: code, program: "test"),
        heads: try await store.signedHeads(), logger: logger)
      links.attach(engine)
      made[code] = Office(code: code, key: key, store: store, engine: engine, links: links)
    }
    offices = made
    try await admitAll(codes)
  }

  private func admitAll(_ codes: [String]) async throws {
    let first = self[codes[0]]
    for code in codes {
      let office = self[code]
      let node = AdmittedNode(
        id: office.store.home.node, site: office.store.home.site, publicKey: office.key.publicKey,
        curveKey: [UInt8](repeating: 1, count: 32), address: "tcp://127.0.0.1:1")
      _ = try await first.store.execute(Command(actor: .console, body: .admitNode(node)))
      let site = SiteDefinition(code: code, name: code, timeZone: "Europe/Madrid", node: office.store.home.node)
      _ = try await first.store.execute(Command(actor: .console, body: .defineSite(site)))
    }
    let nodes = try await first.store.nodes()
    for code in codes {
      try await self[code].store.addBootstrapNodes(nodes)
      let neighbours = codes.filter { $0 != code }.map {
        Neighbour(node: self[$0].store.home.node, site: $0, isDialed: false)
      }
      self[code].engine.tell(.neighboursChanged(neighbours))
      self[code].engine.tell(.directoryChanged(try await self[code].store.streamNodes()))
    }
  }

  subscript(code: String) -> Office {
    guard let office = offices[code] else { preconditionFailure("no office \(code)") }
    return office
  }

  func link(_ from: String, _ to: String) {
    let ends = MemoryLinks.join(self[from], self[to])
    wires.withLock { $0.append(Wire(from: from, to: to, fromLink: ends.0, toLink: ends.1)) }
  }

  /// Cuts every link of an office.
  func cut(_ code: String) {
    let cut = wires.withLock { wires -> [Wire] in
      let cut = wires.filter { $0.from == code || $0.to == code }
      wires.removeAll { $0.from == code || $0.to == code }
      return cut
    }
    for wire in cut {
      self[wire.from].links.end(wire.fromLink)
      self[wire.to].links.end(wire.toLink)
    }
  }

  @discardableResult
  func open(at code: String, subject: String) async throws -> EntityID {
    let ticket = OpenTicket(subject: subject, description: "Words.", requesterEmail: "ana@example.org")
    return try await self[code].store.execute(Command(actor: .console, body: .openTicket(ticket))).entity
  }

  /// Waits until the condition holds; fails the test after the deadline.
  func wait(
    _ what: String, seconds: Int = 20, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("\(what) did not happen within \(seconds) s", sourceLocation: sourceLocation)
  }

  func haveEqualStates(_ codes: [String]) async throws -> Bool {
    let first = try await self[codes[0]].store.digest()
    for code in codes.dropFirst() {
      let other = try await self[code].store.digest()
      if other.vector != first.vector || other.digest != first.digest { return false }
    }
    return true
  }

  func stop() async throws {
    for office in offices.values { await office.engine.stop() }
    try FileManager.default.removeItem(atPath: directory)
  }
}

/// Links inside one process; frames arrive in order.
final class MemoryLinks: PeerLinks {
  private struct Table {
    var engine: SiteEngine?
    var ends: [LinkID: (links: MemoryLinks, link: LinkID)] = [:]
  }

  private let table = Mutex(Table())
  private static let last = Mutex<UInt64>(0)

  func attach(_ engine: SiteEngine) { table.withLock { $0.engine = engine } }

  static func join(_ from: LinkedOffices.Office, _ to: LinkedOffices.Office) -> (LinkID, LinkID) {
    let number = last.withLock { last -> UInt64 in
      last += 2
      return last
    }
    let (here, there) = (LinkID(number: number), LinkID(number: number + 1))
    from.links.table.withLock { $0.ends[here] = (to.links, there) }
    to.links.table.withLock { $0.ends[there] = (from.links, here) }
    from.engine.take(.connected(here, dialed: true, .node(to.store.home.node)))
    to.engine.take(.connected(there, dialed: false, .node(from.store.home.node)))
    return (here, there)
  }

  func send(_ frame: [UInt8], on link: LinkID) {
    guard let end = table.withLock({ $0.ends[link] }) else { return }
    end.links.table.withLock { $0.engine }?.take(.received(end.link, frame))
  }

  func end(_ link: LinkID) {
    let engine = table.withLock { table -> SiteEngine? in
      table.ends[link] = nil
      return table.engine
    }
    engine?.take(.disconnected(link))
  }

  func close(_ link: LinkID) { table.withLock { $0.ends[link] = nil } }
  func dial(_ node: NodeID) {}
  func undial(_ node: NodeID) {}
}

struct TestClock: EngineClock {
  var now: Int64 { Int64(ProcessInfo.processInfo.systemUptime * 1000) }
  var wall: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

enum TestPowers {
  struct Plain: TextNormalising {
    func normalised(_ text: String) -> String { text }
  }

  static let powers = StorePowers(
    hashing: SHA256Hashing(), verifier: Ed25519Verifier(), random: SecureRandomBytes(), normaliser: Plain(),
    wallClock: { Int64(Date().timeIntervalSince1970 * 1000) })
}
