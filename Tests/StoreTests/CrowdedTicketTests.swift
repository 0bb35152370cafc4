import Foundation
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("A ticket that very many streams have written on")
struct CrowdedTicketTests {
  /// A node writes on one ticket from so many streams of its own, each change unseen by the others.
  private func crowd(_ count: Int, _ ticket: EntityID, into store: SiteStore, key: Ed25519SigningKey) async throws {
    let runs = (0..<count).map { number in
      var ghost = Ghost(seed: 10_000 + UInt64(number), key: key)
      ghost.append(.ticketEdited, ticket, [.set(tag: TicketField.urgency.rawValue, .code(1))])
      return ghost.run()
    }
    try await withThrowingTaskGroup(of: IngestOutcome.self) { group in
      for run in runs { group.addTask { try await store.ingest(run) } }
      for try await outcome in group { #expect(outcome == .stored(through: 2)) }
    }
  }

  private func offices() async throws -> (madrid: TestOffice, lyon: TestOffice, key: Ed25519SigningKey) {
    let offices = try await TestOffice.cluster()
    let ghost = Ghost()
    try await offices[0].execute(.admitNode(ghost.admitted))
    try await TestOffice.exchange(offices[0], offices[1])
    return (offices[0], offices[1], ghost.key)
  }

  @Test("What somebody writes on it can still be read and taken in everywhere, and replaces what stands")
  func written() async throws {
    let (madrid, lyon, key) = try await offices()
    let ticket = try await madrid.open("Crowded")
    try await crowd(1_600, ticket, into: madrid.store, key: key)
    try await madrid.edit(ticket) { $0.subject = "Still here" }
    try await madrid.execute(
      .reply(ticket, body: "Hello.", isInternal: false), by: .person(TestOffice.person("ana")))
    let last = try await madrid.store.vector()[madrid.stream]
    let run = try #require(try await madrid.store.run(of: madrid.stream, from: last, to: last, bytesMax: 1 << 20))
    #expect(run.records.allSatisfy { $0.header.count <= OperationHeader.headerBytesMax })
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    #expect(try await lyon.store.figures(now: 0).deferredCount == 0)
    let conflict = try #require(try await lyon.detail(ticket).conflicts.first { $0.field == .urgency })
    #expect(conflict.choices.count == 1_601, "and what it was opened with, which none of them had seen")
  }

  @Test("More streams than one operation may name leave it readable, also after a restart")
  func readable() async throws {
    let (madrid, _, key) = try await offices()
    let ticket = try await madrid.open("Crowded")
    try await crowd(4_200, ticket, into: madrid.store, key: key)
    try await madrid.store.close()
    let again = try madrid.openAgain()
    #expect(try await again.row(ticket)?.subject == "Crowded")
    _ = try await again.execute(
      Command(
        actor: .person(TestOffice.person("ana")), body: .reply(ticket, body: "Hello.", isInternal: false)))
    #expect(try await again.detail(ticket)?.history.count { $0.kind == .replied } == 1)
  }
}
