import Helpdesk
import OperationLog
import SiteEngine
import Store
import Synchronization
import Testing

@Suite("Who is at a ticket, at every office", .serialized)
struct PresenceBoardTests {
  private static let ticket = EntityID(high: 3, low: 1)
  private static let carlos = EntityID(high: 4, low: 1)

  @Test("Writing at one office is seen at the other, and forgotten when nothing more is heard")
  func acrossOffices() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    offices.link("MAD", "LYO")
    let clock = MovedClock()
    let madrid = PresenceBoard(engine: offices["MAD"].engine, clock: clock)
    let lyon = PresenceBoard(engine: offices["LYO"].engine, clock: clock)
    try await offices.wait("the link") { offices["MAD"].engine.isUp(offices["LYO"].store.home.node) }
    try await offices.wait("its other end") { offices["LYO"].engine.isUp(offices["MAD"].store.home.node) }
    let told = Mutex(0)
    madrid.onChange { ticket in if ticket == Self.ticket { told.withLock { $0 += 1 } } }

    lyon.note(Self.ticket, person: Self.carlos, .viewing)
    try await offices.wait("Carlos at Madrid") { madrid.present(at: Self.ticket).map(\.person) == [Self.carlos] }
    lyon.note(Self.ticket, person: Self.carlos, .writing)
    try await offices.wait("Carlos writing") { madrid.present(at: Self.ticket).first?.isWriting == true }
    #expect(madrid.present(at: Self.ticket).first?.node == offices["LYO"].store.home.node)
    let before = told.withLock { $0 }
    #expect(before >= 2)

    clock.move(31_000)
    #expect(madrid.present(at: Self.ticket).isEmpty)
    madrid.sweep()
    #expect(told.withLock { $0 } > before)

    lyon.note(Self.ticket, person: Self.carlos, .viewing)
    try await offices.wait("Carlos again") { !madrid.present(at: Self.ticket).isEmpty }
    lyon.note(Self.ticket, person: Self.carlos, .left)
    try await offices.wait("Carlos gone") { madrid.present(at: Self.ticket).isEmpty }
    try await offices.stop()
  }

  @Test("Behind a cut link the last word stays for a while, and is called that")
  func lastKnown() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    offices.link("MAD", "LYO")
    let clock = MovedClock()
    let madrid = PresenceBoard(engine: offices["MAD"].engine, clock: clock)
    let lyon = PresenceBoard(engine: offices["LYO"].engine, clock: clock)
    try await offices.wait("the link") { offices["MAD"].engine.isUp(offices["LYO"].store.home.node) }
    try await offices.wait("its other end") { offices["LYO"].engine.isUp(offices["MAD"].store.home.node) }
    lyon.note(Self.ticket, person: Self.carlos, .writing)
    try await offices.wait("Carlos at Madrid") { !madrid.present(at: Self.ticket).isEmpty }
    offices.cut("LYO")
    try await offices.wait("the cut") { !offices["MAD"].engine.isUp(offices["LYO"].store.home.node) }
    clock.move(60_000)
    let entry = try #require(madrid.present(at: Self.ticket).first)
    #expect(entry.isLastKnown && !entry.isWriting)
    clock.move(300_000)
    #expect(madrid.present(at: Self.ticket).isEmpty)
    try await offices.stop()
  }
}
