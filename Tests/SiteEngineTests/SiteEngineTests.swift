import Helpdesk
import OperationLog
import Replication
import SiteEngine
import Store
import Testing

@Suite("Engines over real stores", .serialized)
struct SiteEngineTests {
  @Test("Three offices in a chain hold the same state, and the middle one passes on what the ends write")
  func chain() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO", "BOG"])
    offices.link("MAD", "LYO")
    offices.link("LYO", "BOG")
    try await offices.open(at: "MAD", subject: "At Madrid")
    let far = try await offices.open(at: "BOG", subject: "At Bogotá")
    try await offices.wait("Bogotá's ticket at Madrid") {
      try await offices["MAD"].store.row(far)?.subject == "At Bogotá"
    }
    try await offices.wait("equal digests") { try await offices.haveEqualStates(["MAD", "LYO", "BOG"]) }
    try await offices.stop()
  }

  @Test("A cut stops nobody; afterwards both sides hold everything and a field changed on both shows both values")
  func cutAndHeal() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    offices.link("MAD", "LYO")
    let shared = try await offices.open(at: "MAD", subject: "Before")
    try await offices.wait("the ticket at Lyon") { try await offices["LYO"].store.row(shared) != nil }
    offices.cut("LYO")
    for code in ["MAD", "LYO"] {
      var edit = TicketEdit()
      edit.subject = "Changed at \(code)"
      _ = try await offices[code].store.execute(Command(actor: .console, body: .editTicket(shared, edit)))
      try await offices.open(at: code, subject: "Meanwhile at \(code)")
    }
    #expect(try await offices.haveEqualStates(["MAD", "LYO"]) == false)
    offices.link("MAD", "LYO")
    try await offices.wait("equal digests") { try await offices.haveEqualStates(["MAD", "LYO"]) }
    for code in ["MAD", "LYO"] {
      let detail = try #require(try await offices[code].store.detail(shared))
      let texts = detail.conflicts.first { $0.field == .subject }?.choices.compactMap(\.text).sorted()
      #expect(texts == ["Changed at LYO", "Changed at MAD"])
    }
    try await offices.stop()
  }

  @Test("A write counts as held elsewhere only once the other office has acknowledged it")
  func holders() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    let mad = offices["MAD"]
    let ticket = OpenTicket(subject: "S", description: "", requesterEmail: "ana@example.org")
    let outcome = try await mad.store.execute(Command(actor: .console, body: .openTicket(ticket)))
    let dot = try #require(outcome.dots.last)
    try await offices.wait("the commit known to the engine") { mad.engine.holders(of: dot) == [mad.store.home.node] }
    #expect(mad.engine.onlyHere().operations > 0)
    offices.link("MAD", "LYO")
    try await offices.wait("the acknowledgement") {
      mad.engine.holders(of: dot).contains(offices["LYO"].store.home.node)
    }
    #expect(mad.engine.onlyHere().operations == 0)
    try await offices.stop()
  }
}
