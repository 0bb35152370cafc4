import Foundation
import GRDB
import Helpdesk
import OperationLog
import Testing

@testable import Store

@Suite("What service reports read")
struct ReportTests {
  private static let hour: Int64 = 3_600_000

  private func office() async throws -> TestOffice { try #require(try await TestOffice.cluster(["MAD"]).first) }

  /// Whole hours; the clock of the tests moves by a millisecond with every look at it.
  private func hours(_ moment: Int64?, since start: Int64) -> Int64? {
    moment.map { ($0 - start + 1000) / Self.hour }
  }

  private func histories(_ office: TestOffice) async throws -> [EntityID: ServiceHistory] {
    let list = try await office.store.serviceHistories(from: 0, to: .max)
    return Dictionary(list.histories.map { ($0.ticket, $0) }, uniquingKeysWith: { first, _ in first })
  }

  @Test("A taken and answered ticket tells who accepted it, who answered, and how long nobody had it")
  func answered() async throws {
    let office = try await office()
    let ticket = try await office.open("VPN")
    let opened = try await office.detail(ticket).row.createdAt
    office.clock.advance(minutes: 60)
    try await office.execute(.take(ticket), by: .person(TestOffice.person("ana")))
    office.clock.advance(minutes: 60)
    try await office.execute(
      .reply(ticket, body: "Restart it", isInternal: false), by: .person(TestOffice.person("luc")))
    let history = try #require(try await histories(office)[ticket])
    #expect(history.openedAt == opened)
    #expect(history.acceptance?.person == TestOffice.person("ana"))
    #expect(hours(history.acceptance?.at, since: opened) == 1)
    #expect(history.answer?.person == TestOffice.person("luc"))
    #expect(hours(history.answer?.at, since: opened) == 2)
    #expect(history.unowned.map { hours($0.to, since: $0.from) } == [1])
    #expect(history.unowned.first?.from == opened)
    #expect(history.isOpen)
    #expect(!history.isImported)
  }

  @Test("The requester's own word and an internal note are no answer; given back, a ticket waits again")
  func unanswered() async throws {
    let office = try await office()
    let ticket = try await office.open("VPN")
    let opened = try await office.detail(ticket).row.createdAt
    office.clock.advance(minutes: 60)
    try await office.execute(
      .reply(ticket, body: "Still broken", isInternal: false), by: .person(TestOffice.person("eva")))
    try await office.execute(.take(ticket), by: .person(TestOffice.person("ana")))
    try await office.execute(
      .reply(ticket, body: "Known", isInternal: true), by: .person(TestOffice.person("ana")))
    office.clock.advance(minutes: 60)
    try await office.execute(.assign(ticket, to: nil), by: .person(TestOffice.person("ana")))
    let history = try #require(try await histories(office)[ticket])
    #expect(history.answer == nil)
    #expect(history.unowned.map { hours($0.from, since: opened) } == [0, 2])
    #expect(history.unowned.map { hours($0.to, since: opened) } == [1, nil])
  }

  @Test("Remote staff are told apart, and an imported ticket says so")
  func kinds() async throws {
    let office = try await office()
    try await office.execute(.definePerson(PersonDefinition(email: "eva@example.org", worksRemotely: true)))
    let remote = try await office.open("From home")
    let local = try await office.open("From here", by: "ana")
    let imported = try await office.execute(
      .openTicket(
        OpenTicket(
          subject: "Old", description: "", requesterEmail: "ana@example.org", channel: .imported, site: office.site,
          source: OpenTicket.Source(name: "test", id: "1"))), by: .system, occurredAt: 1_000_000
    ).entity
    let found = try await histories(office)
    #expect(found[remote]?.isRemote == true)
    #expect(found[local]?.isRemote == false)
    #expect(found[imported]?.isImported == true)
    #expect(found[imported]?.openedAt == 1_000_000)
  }

  @Test("A period leaves out what was opened outside of it, and the limit keeps the latest")
  func period() async throws {
    let office = try await office()
    var opened: [Int64] = []
    for index in 0..<5 {
      let ticket = try await office.open("Ticket \(index)")
      opened.append(try await office.detail(ticket).row.createdAt)
      office.clock.advance(minutes: 60)
    }
    let middle = try await office.store.serviceHistories(from: opened[1], to: opened[3])
    #expect(middle.histories.map(\.openedAt) == [opened[2], opened[1]])
    #expect(!middle.isCut)
    let latest = try await office.store.serviceHistories(from: 0, to: .max, ticketsMax: 2)
    #expect(latest.histories.map(\.openedAt) == [opened[4], opened[3]])
    #expect(latest.isCut)
    let span = try #require(try await office.store.openingSpan())
    #expect(span.first == opened[0])
    #expect(span.last == opened[4])
  }

  @Test("What waits is counted by site, and so are arrivals and what waited at a moment")
  func counts() async throws {
    let office = try await office()
    let first = try await office.open("One")
    let opened = try await office.detail(first).row.createdAt
    office.clock.advance(minutes: 60)
    let second = try await office.open("Two")
    try await office.execute(
      .reply(second, body: "Done", isInternal: false), by: .person(TestOffice.person("ana")))
    let site = try #require(try await office.detail(first).row.site)
    let waiting = try #require(try await office.store.waitingBySite()[site])
    #expect(waiting.open == 2)
    #expect(waiting.oldestOpenedAt == opened)
    let arrivals = try await office.store.arrivals(
      site: site, in: [(opened, opened + 1), (opened, opened + 2 * Self.hour), (0, opened)])
    #expect(arrivals == [1, 2, 0])
    #expect(try await office.store.waiting(site: site, at: [opened, opened + 1, opened + 2 * Self.hour]) == [0, 1, 1])
  }

  @Test("Over thousands of tickets the queries go through their indexes")
  func indexes() async throws {
    let office = try await office()
    try await office.store.pool.write { db in
      try db.execute(
        sql: """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
          INSERT INTO ticket (no, id, state, number, subject, stage, status, waiting_reason, priority, urgency, impact,
            category, queue, level, site, custodian, custodian_stream, requester, assignee, channel, tags, created_at,
            updated_at, answered_at, resolved_at, answer_due, conflicts, review, last_word, last_word_at, last_word_by)
          SELECT 100000 + i, randomblob(16), x'00', 'T-' || i, 's', 0, 0, 0, 2, 2, 1, NULL, NULL, 1,
            randomblob(16), NULL, NULL, NULL, NULL, 1, '', i * 1000, i, NULL, NULL, i, 0, 0, '', 0, 0 FROM n
          """)
      try db.execute(sql: "ANALYZE")
    }
    func plan(_ sql: String, _ arguments: StatementArguments) async throws -> String {
      try await office.store.pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
          .map { $0["detail"] as String }.joined(separator: "\n")
      }
    }
    let tickets = try await plan(ServiceHistoryReader.tickets, [1000, 2000, 100])
    #expect(tickets.contains("USING INDEX ticket_created (created_at>? AND created_at<?)"), "\(tickets)")
    #expect(!tickets.contains("TEMP B-TREE"), "\(tickets)")
    let operations = try await plan(ServiceHistoryReader.operations, [1])
    #expect(operations.contains("operation_entity"), "\(operations)")
    let arrivals = try await plan(SiteStore.arrivalsSQL, [1, 2, Data(), 1])
    #expect(arrivals.contains("USING COVERING INDEX ticket_created"), "\(arrivals)")
    let waiting = try await plan(SiteStore.waitingAtSQL, [1, 2, Data(), 1, 1, 1])
    #expect(waiting.contains("ticket_created"), "\(waiting)")
    let list = try await office.store.serviceHistories(from: 1_000_000, to: 2_000_000)
    #expect(list.histories.count == 1000)
  }
}
