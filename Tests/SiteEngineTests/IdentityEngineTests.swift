import Foundation
import GRDB
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Replication
import SiteEngine
import Store
import Testing

@Suite("Engines of a node that was set back or cloned", .serialized)
struct IdentityEngineTests {
  /// The office's database as it is now, as a node of its own with the same key.
  private func copy(_ office: LinkedOffices.Office, of offices: LinkedOffices, as name: String) async throws
    -> LinkedOffices.Office
  {
    let path = offices.directory + "/" + name
    try await office.store.pool.writeWithoutTransaction { _ in
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: office.store.path + suffix) {
        try FileManager.default.copyItem(
          atPath: office.store.path + suffix, toPath: path + "/relevo.sqlite" + suffix)
      }
    }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let store = try SiteStore.open(
      directory: path, identity: office.store.identity, powers: TestPowers.powers, logger: logger)
    let links = MemoryLinks()
    let engine = SiteEngine(
      store: store, links: links, clock: TestClock(),
      identity: LocalNode(
        cluster: office.store.identity.cluster, node: store.home.node, stream: store.home.stream, site: office.code,
        program: "test"), heads: try await store.signedHeads(), logger: logger)
    links.attach(engine)
    let others = offices.offices.values.filter { $0.code != office.code }.sorted { $0.code < $1.code }
    engine.tell(
      .neighboursChanged(others.map { Neighbour(node: $0.store.home.node, site: $0.code, isDialed: false) }))
    let copied = LinkedOffices.Office(code: name, key: office.key, store: store, engine: engine, links: links)
    await follow(copied)
    return copied
  }

  /// Tells the engine of the directory after every change, as a node does.
  private func follow(_ office: LinkedOffices.Office) async {
    let (store, engine) = (office.store, office.engine)
    @Sendable func tell() {
      Task {
        do {
          engine.tell(.directoryChanged(try await store.streamNodes()))
        } catch {
          Issue.record("the directory cannot be read: \(error)")
        }
      }
    }
    tell()
    store.onCommit { if $0.directoryChanged { tell() } }
  }

  private func open(_ office: LinkedOffices.Office, _ subject: String) async throws -> EntityID {
    let ticket = OpenTicket(subject: subject, description: "Words.", requesterEmail: "ana@example.org")
    return try await office.store.execute(Command(actor: .console, body: .openTicket(ticket))).entity
  }

  private func areEqual(_ stores: [SiteStore]) async throws -> Bool {
    let first = try await stores[0].digest()
    for store in stores.dropFirst() {
      let other = try await store.digest()
      if other.vector != first.vector || other.digest != first.digest { return false }
    }
    return true
  }

  @Test("A node whose peer knows more stops, fetches its own operations back, and goes on under a new stream")
  func restored() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    for code in ["MAD", "LYO"] { await follow(offices[code]) }
    offices.link("MAD", "LYO")
    let before = try await open(offices["MAD"], "Before")
    let copied = try await copy(offices["MAD"], of: offices, as: "MAD2")
    let after = try await open(offices["MAD"], "After")
    let lyon = offices["LYO"].store
    try await offices.wait("both at Lyon") { try await lyon.row(after) != nil }
    offices.cut("MAD")
    await offices["MAD"].engine.stop()

    _ = MemoryLinks.join(copied, offices["LYO"])
    try await offices.wait("the new incarnation", seconds: 40) { copied.store.incarnation?.isBegun == true }
    #expect(copied.store.incarnation?.cause == .peerKnowsMore)
    for ticket in [before, after] { #expect(try await copied.store.row(ticket) != nil) }
    let fresh = try await open(copied, "Afterwards")
    #expect(try await copied.store.row(fresh)?.number.hasPrefix("MAD.") == true)
    try await offices.wait("equal digests") { try await areEqual([copied.store, lyon]) }
    try await offices.wait("the confirmation") { copied.store.mayWriteAutomatically }
    #expect(try await lyon.forkProofs().isEmpty)
    await copied.engine.stop()
    try await offices.stop()
  }

  @Test("Two clones at two offices: both branches are everywhere, and each clone goes on alone", arguments: [1, 3])
  func cloned(extra: Int) async throws {
    let offices = try await LinkedOffices(["MAD", "LYO", "BOG"])
    for code in ["MAD", "LYO", "BOG"] { await follow(offices[code]) }
    offices.link("MAD", "LYO")
    offices.link("MAD", "BOG")
    let (lyon, bogota) = (offices["LYO"].store, offices["BOG"].store)
    let shared = try await open(offices["MAD"], "Before")
    try await offices.wait("the ticket everywhere") { try await areEqual([offices["MAD"].store, lyon, bogota]) }
    offices.cut("BOG")
    let clone = try await copy(offices["MAD"], of: offices, as: "MAD2")
    _ = MemoryLinks.join(clone, offices["BOG"])
    var tickets = [shared]
    // With one operation each, the branches are equally long and only the states differ.
    for index in 0..<extra { tickets.append(try await open(offices["MAD"], "At Madrid \(index)")) }
    tickets.append(try await open(clone, "At the clone"))
    try await offices.wait("Madrid's at Lyon") { try await lyon.row(tickets[extra]) != nil }
    try await offices.wait("the clone's at Bogotá") { try await bogota.row(tickets[extra + 1]) != nil }

    offices.link("LYO", "BOG")
    let stores = [offices["MAD"].store, clone.store, lyon, bogota]
    try await offices.wait("both new incarnations", seconds: 90) {
      offices["MAD"].store.incarnation?.isBegun == true && clone.store.incarnation?.isBegun == true
    }
    try await offices.wait("equal digests", seconds: 60) { try await areEqual(stores) }
    #expect(offices["MAD"].store.home.stream != clone.store.home.stream)
    for store in stores {
      #expect(try await store.forkProofs().count == 1)
      for ticket in tickets { #expect(try await store.row(ticket) != nil) }
      #expect(try await store.findProblems() == [])
    }
    await clone.engine.stop()
    try await offices.stop()
  }
}
