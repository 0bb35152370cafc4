import Assignment
import Helpdesk
import OperationLog
import SiteEngine
import Store
import Testing

@Suite("What the desk tells those who wait", .serialized)
struct DeskExpectationTests {
  private let minute: Int64 = 60_000

  private func answer(_ desk: AssignmentDesk, _ row: TicketRow, _ clock: MovedClock) async throws -> Int64? {
    // What was seen for the last page counts no more.
    clock.move(6_000)
    return try await desk.expectedAnswer(for: row).map { ($0.at - clock.wall + 30_000) / 60_000 }
  }

  @Test("The promise follows who works, what is ahead, and the agent who has it")
  func promise() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let store = offices["MAD"].store
    let clock = MovedClock()
    let desk = offices.desk(at: "MAD", clock: clock)
    func probe() -> TicketRow { .probe(at: clock.wall, site: store.home.site) }
    #expect(try await answer(desk, probe(), clock) == nil, "nobody works anywhere, so no time is told")

    let amina = try await offices.agent("amina@example.org", at: "MAD", capacity: 1)
    #expect(try await answer(desk, probe(), clock) == 10, "somebody is free")
    let first = try await offices.open(at: "MAD", subject: "First")
    _ = try await store.execute(Command(actor: .console, body: .assign(first, to: amina)))
    let second = try await offices.open(at: "MAD", subject: "Second")
    let row = try #require(try await store.row(second))
    // Twenty minutes for what she has, as long as nothing is learned.
    #expect(try await answer(desk, row, clock) == 20)
    var later = probe()
    later.createdAt = clock.wall + 1_000
    later.priority = row.priority
    #expect(try await answer(desk, later, clock) == 40, "what came before counts too")
    let own = try #require(try await store.row(first))
    #expect(try await answer(desk, own, clock) == 10, "nothing comes before it in her hands")

    let leaves = PersonDefinition(email: "amina@example.org", isAvailable: false)
    _ = try await store.execute(Command(actor: .console, body: .definePerson(leaves)))
    #expect(try await answer(desk, row, clock) == nil, "nobody knows when she comes back")
    try await offices.stop()
  }

  @Test("A neighbour with somebody free answers sooner; cut off, its people promise nothing here")
  func neighbour() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    _ = try await offices.agent("hugo@example.org", at: "LYO", capacity: 1)
    let store = offices["MAD"].store
    let clock = MovedClock()
    let desk = offices.desk(at: "MAD", clock: clock)
    let probe = TicketRow.probe(at: clock.wall, site: store.home.site)
    #expect(try await answer(desk, probe, clock) == nil)
    offices.link("MAD", "LYO")
    try await offices.wait("the link") { offices["MAD"].engine.isUp(offices["LYO"].store.home.node) }
    #expect(try await answer(desk, probe, clock) == 10)
    let waits = try await desk.expectedWaits()
    let here = try #require(waits[store.home.site])
    #expect(here >= 60_000 && here < 10 * minute, "the hand-over, and the age of what is known")
    #expect(waits[offices["LYO"].store.home.site] == 0)
    try await offices.stop()
  }
}
