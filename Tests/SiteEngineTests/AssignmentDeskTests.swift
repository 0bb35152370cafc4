import Helpdesk
import Logging
import OperationLog
import SiteEngine
import Store
import Testing

@Suite("Assignment at work", .serialized)
struct AssignmentDeskTests {
  private func agent(_ email: String, at site: String, capacity: Int, in offices: LinkedOffices) async throws
    -> EntityID
  {
    try await offices.agent(email, at: site, capacity: capacity)
  }

  /// Runs desks at the offices for the length of the body.
  private func working(_ codes: [String], in offices: LinkedOffices, _ body: () async throws -> Void) async throws {
    try await offices.running(codes.map { offices.desk(at: $0) }, body)
  }

  @Test("A free agent of the office gets a new ticket at once, with the reason on record")
  func arrival() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let amina = try await agent("amina@example.org", at: "MAD", capacity: 3, in: offices)
    try await working(["MAD"], in: offices) {
      let ticket = try await offices.open(at: "MAD", subject: "New")
      try await offices.wait("the assignment") { try await offices["MAD"].store.row(ticket)?.assignee == amina }
      let detail = try #require(try await offices["MAD"].store.detail(ticket))
      let step = try #require(detail.history.last { $0.kind == .assignedAutomatically })
      #expect(step.texts?.first?.isEmpty == false)
    }
    try await offices.stop()
  }

  @Test("With nobody free here, an agent of a reachable neighbour gets it; custody stays")
  func neighbour() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    let hugo = try await agent("hugo@example.org", at: "LYO", capacity: 3, in: offices)
    offices.link("MAD", "LYO")
    try await offices.wait("the directory at Lyon") { try await offices["LYO"].store.person(hugo) != nil }
    try await working(["MAD", "LYO"], in: offices) {
      let ticket = try await offices.open(at: "MAD", subject: "For whoever is free")
      try await offices.wait("the assignment at Lyon") { try await offices["LYO"].store.row(ticket)?.assignee == hugo }
      #expect(try await offices["LYO"].store.row(ticket)?.custodian == offices["MAD"].store.home.site)
    }
    try await offices.stop()
  }

  @Test("An office that cannot be reached is given nothing; its agent takes the ticket once the link is back")
  func unreachable() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    let hugo = try await agent("hugo@example.org", at: "LYO", capacity: 1, in: offices)
    offices.link("MAD", "LYO")
    try await offices.wait("the directory at Lyon") { try await offices["LYO"].store.person(hugo) != nil }
    offices.cut("LYO")
    try await working(["MAD", "LYO"], in: offices) {
      let ticket = try await offices.open(at: "MAD", subject: "Nobody is free here")
      try await offices.wait("the link known to be down") {
        !offices["MAD"].engine.isUp(offices["LYO"].store.home.node)
      }
      #expect(try await offices["MAD"].store.row(ticket)?.assignee == nil)
      offices.link("MAD", "LYO")
      try await offices.wait("the late assignment", seconds: 30) {
        try await offices["MAD"].store.row(ticket)?.assignee == hugo
      }
    }
    try await offices.stop()
  }

  @Test("An offer to somebody who goes away is withdrawn and goes to the next agent; work that began stays")
  func away() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let amina = try await agent("amina@example.org", at: "MAD", capacity: 3, in: offices)
    let store = offices["MAD"].store
    try await working(["MAD"], in: offices) {
      let begun = try await offices.open(at: "MAD", subject: "Begun")
      try await offices.wait("the first offer") { try await store.row(begun)?.offeredTo == amina }
      _ = try await store.execute(Command(actor: .person(amina), body: .acceptOffer(begun)))
      let offered = try await offices.open(at: "MAD", subject: "Only offered")
      try await offices.wait("the second offer") { try await store.row(offered)?.offeredTo == amina }
      let bruno = try await agent("bruno@example.org", at: "MAD", capacity: 3, in: offices)
      let leaves = PersonDefinition(email: "amina@example.org", isAvailable: false)
      _ = try await store.execute(Command(actor: .console, body: .definePerson(leaves)))
      try await offices.wait("the offer to Bruno") { try await store.row(offered)?.offeredTo == bruno }
      #expect(try await store.row(begun)?.assignee == amina)
      let kinds = try #require(try await store.detail(offered)).history.map(\.kind)
      #expect(kinds.contains(.offerWithdrawn))
    }
    try await offices.stop()
  }

  @Test("Declined, it goes to somebody else and never back")
  func declined() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let amina = try await agent("amina@example.org", at: "MAD", capacity: 3, in: offices)
    let store = offices["MAD"].store
    try await working(["MAD"], in: offices) {
      let ticket = try await offices.open(at: "MAD", subject: "Not for Amina")
      try await offices.wait("the offer") { try await store.row(ticket)?.offeredTo == amina }
      _ = try await store.execute(
        Command(actor: .person(amina), body: .declineOffer(ticket, reason: "I do not know it.")))
      let bruno = try await agent("bruno@example.org", at: "MAD", capacity: 3, in: offices)
      try await offices.wait("the offer to Bruno") { try await store.row(ticket)?.offeredTo == bruno }
    }
    try await offices.stop()
  }

  @Test("A hand-over is acknowledged by the other office, which then decides; a pending one nobody answers comes back")
  func handedOver() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    offices.link("MAD", "LYO")
    try await offices.wait("the directory at Lyon") { try await offices["LYO"].store.sites().count == 2 }
    let madrid = offices["MAD"].store
    let lyon = offices["LYO"].store
    try await working(["MAD", "LYO"], in: offices) {
      let ticket = try await offices.open(at: "MAD", subject: "Better at Lyon")
      let handOver = HandOver(site: lyon.home.site, reason: "It stands there.")
      _ = try await madrid.execute(Command(actor: .console, body: .handOver(ticket, handOver)))
      try await offices.wait("the acknowledgement at Madrid") {
        try await madrid.row(ticket)?.custodianStream == lyon.home.stream
      }
      let hugo = try await agent("hugo@example.org", at: "LYO", capacity: 3, in: offices)
      try await offices.wait("Lyon assigns it") { try await lyon.row(ticket)?.assignee == hugo }
    }
    try await offices.stop()
  }

  @Test("What nobody in the company can do is named with its reason, and no longer once somebody can")
  func unservable() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let store = offices["MAD"].store
    let vpn = try await store.execute(
      Command(actor: .console, body: .defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    ).entity
    let printers = try await store.execute(
      Command(actor: .console, body: .defineCategory(key: "printer", english: "Printers", spanish: "Impresoras"))
    ).entity
    var definition = PersonDefinition(
      email: "amina@example.org", name: "Amina", role: .agent, site: store.home.site, capacity: 3)
    definition.skills = [printers]
    _ = try await store.execute(Command(actor: .console, body: .definePerson(definition)))
    let body = OpenTicket(
      subject: "Tunnel", description: "It drops.", requesterEmail: "ana@example.org", category: vpn)
    let ticket = try await store.execute(Command(actor: .console, body: .openTicket(body))).entity
    let office = offices["MAD"]
    let desk = AssignmentDesk(
      store: office.store, engine: office.engine, clock: TestClock(), zones: UTCZones(), logger: Logger(label: "test"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await desk.run() }
      try await offices.wait("the reason") { desk.unservable(ticket) == "no_skill" }
      #expect(desk.unservableTickets.count == 1)
      definition.skills = [printers, vpn]
      _ = try await store.execute(Command(actor: .console, body: .definePerson(definition)))
      try await offices.wait("the assignment", seconds: 30) { try await store.row(ticket)?.assignee != nil }
      #expect(desk.unservable(ticket) == nil)
      group.cancelAll()
    }
    try await offices.stop()
  }

  @Test("However much waits that nobody can serve, what somebody can serve is seen and given out")
  func crowdedOut() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let store = offices["MAD"].store
    let vpn = try await store.execute(
      Command(actor: .console, body: .defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    ).entity
    let printers = try await store.execute(
      Command(actor: .console, body: .defineCategory(key: "printer", english: "Printers", spanish: "Impresoras"))
    ).entity
    try await offices.openMany(510, at: "MAD", category: vpn)
    var definition = PersonDefinition(
      email: "amina@example.org", name: "Amina", role: .agent, site: store.home.site, capacity: 3)
    definition.skills = [printers]
    _ = try await store.execute(Command(actor: .console, body: .definePerson(definition)))
    let body = OpenTicket(
      subject: "Paper", description: "Jammed.", requesterEmail: "ana@example.org", category: printers)
    let ticket = try await store.execute(Command(actor: .console, body: .openTicket(body))).entity
    try await working(["MAD"], in: offices) {
      try await offices.wait("the one that can be served", seconds: 30) { try await store.row(ticket)?.assignee != nil }
    }
    try await offices.stop()
  }

  @Test("However much waits at an office that is cut off, this office sees its own")
  func crowdedOutByOthers() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    let (madrid, lyon) = (offices["MAD"].store, offices["LYO"].store)
    offices.link("MAD", "LYO")
    try await offices.wait("the directory at Lyon") { try await lyon.sites().count == 2 }
    try await offices.openMany(510, at: "LYO", category: nil)
    try await offices.wait("Lyon's tickets at Madrid", seconds: 30) {
      try await madrid.waitingTicketIDs(limit: 1_000).count == 510
    }
    offices.cut("LYO")
    try await offices.wait("the link known to be down") { !offices["MAD"].engine.isUp(lyon.home.node) }
    let amina = try await agent("amina@example.org", at: "MAD", capacity: 1, in: offices)
    let ticket = try await offices.open(at: "MAD", subject: "Our own")
    try await working(["MAD"], in: offices) {
      try await offices.wait("our own", seconds: 30) { try await madrid.row(ticket)?.assignee == amina }
    }
    try await offices.stop()
  }
}

/// Every zone is UTC: these tests set no hours.
struct UTCZones: ZoneReading {
  func rules(_ name: String) -> ZoneRules? { .utc }
  func names() -> [String] { ["UTC"] }
}
