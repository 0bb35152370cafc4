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
    let definition = PersonDefinition(
      email: email, name: email, role: .agent, site: offices[site].store.home.site, capacity: capacity)
    return try await offices["MAD"].store.execute(Command(actor: .console, body: .definePerson(definition))).entity
  }

  /// Runs desks at the offices for the length of the body.
  private func working(_ codes: [String], in offices: LinkedOffices, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for code in codes {
        let office = offices[code]
        let desk = AssignmentDesk(
          store: office.store, engine: office.engine, clock: TestClock(), logger: Logger(label: "test"))
        group.addTask { try await desk.run() }
      }
      try await body()
      group.cancelAll()
    }
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
}
