import Helpdesk
import OperationLog
import Store
import Synchronization
import Testing

@Suite("Queues are sorted by the deadlines that pages show")
struct DeadlineTests {
  /// Every zone is UTC.
  private struct UTCZones: ZoneReading {
    func rules(_ name: String) -> ZoneRules? { .utc }
    func names() -> [String] { ["UTC"] }
  }

  /// Every zone is so many seconds east of UTC, as a parliament has it.
  private final class DecreedZones: ZoneReading {
    private let offset: Mutex<Int>

    init(_ offset: Int) { self.offset = Mutex(offset) }

    func decree(_ seconds: Int) { offset.withLock { $0 = seconds } }
    func rules(_ name: String) -> ZoneRules? { ZoneRules(name: name, fixedOffsetSeconds: offset.withLock { $0 }) }
    func names() -> [String] { ["UTC"] }
  }

  private static let hour: Int64 = 3_600_000
  /// Friday, 10 October 2025, 17:00 UTC: an hour before offices close for the weekend.
  private static let friday: Int64 = 1_760_115_600_000
  private static let monday: Int64 = friday + 64 * hour

  /// Lyon with the standard hours, and Madrid, open around the clock.
  private func office(zones: any ZoneReading = UTCZones()) async throws -> TestOffice {
    let office = try TestOffice("LYO", clock: ManualClock(Self.friday), zones: zones)
    try await office.execute(.foundCluster(name: "Example"))
    try await office.execute(.defineSite(SiteDefinition(code: "LYO", name: "Lyon", timeZone: "UTC", node: office.node)))
    try await office.execute(.admitNode(office.admitted))
    try await office.execute(.definePerson(PersonDefinition(email: "eva@example.org", name: "Eva", role: .employee)))
    try await office.execute(.definePerson(PersonDefinition(email: "ana@example.org", name: "Ana", role: .agent)))
    try await office.execute(.defineCalendar(CalendarDefinition(key: "always", name: "Always", hours: .always)))
    try await office.execute(
      .defineSite(SiteDefinition(code: "MAD", name: "Madrid", timeZone: "UTC", calendar: .some(calendar))))
    return office
  }

  private var calendar: EntityID { TestOffice.hashing.calendar(key: "always") }

  private func open(_ office: TestOffice, at code: String) async throws -> EntityID {
    let site = TestOffice.hashing.site(code: code)
    let ticket = OpenTicket(subject: "At \(code)", description: "Words.", site: site)
    return try await office.execute(.openTicket(ticket), by: .person(TestOffice.person("eva"))).entity
  }

  private func due(_ store: SiteStore, _ ticket: EntityID) async throws -> Int64 {
    // The test's clock moves by a millisecond with each look.
    try #require(try await store.row(ticket)).answerDue / 60_000 * 60_000
  }

  private func order(_ store: SiteStore) async throws -> [EntityID] {
    try await store.waitingTickets(limit: 10).map(\.id)
  }

  @Test("A deadline counts working time of the office concerned, and changed hours move it in the same transaction")
  func workingTime() async throws {
    let office = try await office()
    let lyon = try await open(office, at: "LYO")
    let madrid = try await open(office, at: "MAD")
    let opened = try #require(try await office.store.row(lyon))
    let roster = Roster(
      sites: try await office.store.sites(), calendars: try await office.store.calendars(), zones: UTCZones())
    #expect(
      opened.answerDue
        == roster.dueMoment(
          since: opened.createdAt, workingMinutes: opened.priority.responseTargetMinutes, site: opened.site))
    let minutes = opened.priority.responseTargetMinutes
    let left = (minutes - 60) * 60_000
    #expect(try await due(office.store, lyon) == Self.monday + left, "an hour on Friday, the rest on Monday")
    #expect(try await due(office.store, madrid) == Self.friday + minutes * 60_000)
    #expect(try await order(office.store) == [madrid, lyon])

    try await office.execute(.defineSite(SiteDefinition(code: "LYO", calendar: .some(calendar))))
    #expect(try await due(office.store, lyon) == Self.friday + minutes * 60_000)
    #expect(try await order(office.store) == [lyon, madrid])
    let late = try WeeklyHours(text: "sat 08:00-18:00")
    try await office.execute(.defineCalendar(CalendarDefinition(key: "always", hours: late)))
    #expect(try await due(office.store, lyon) == Self.friday + 15 * Self.hour + minutes * 60_000)

    let row = try #require(try await office.store.row(lyon))
    try await office.execute(.take(lyon), by: .person(TestOffice.person("ana")))
    #expect(try await office.store.row(lyon)?.answerDue == row.answerDue, "taking is no answer")
  }

  @Test("At the start deadlines are worked out anew: as after a change of the zone rules, or by a program without any")
  func atStart() async throws {
    let office = try await office()
    let lyon = try await open(office, at: "LYO")
    let monday = try await due(office.store, lyon)
    try await office.store.close()
    let plain = try office.openAgain()
    _ = try await plain.execute(Command(actor: .person(TestOffice.person("ana")), body: .take(lyon)))
    let minutes = try #require(try await plain.row(lyon)).priority.responseTargetMinutes
    #expect(try await due(plain, lyon) == Self.friday + minutes * 60_000, "without zone rules every minute counts")
    try await plain.close()
    let again = try office.openAgain(zones: UTCZones())
    #expect(try await due(again, lyon) == monday)
    try await again.close()
  }

  @Test("New zone rules move deadlines when they are asked for, in one step, and whoever keeps hours hears of it")
  func newRules() async throws {
    let zones = DecreedZones(0)
    let office = try await office(zones: zones)
    let lyon = try await open(office, at: "LYO")
    let madrid = try await open(office, at: "MAD")
    let (before, always) = (try await due(office.store, lyon), try await due(office.store, madrid))
    let digest = try await office.store.digest().digest
    let heard = Mutex(0)
    office.store.onCommit { change in
      if change.directoryChanged && change.heads.isEmpty { heard.withLock { $0 += 1 } }
    }
    // Lyon's clock is two hours ahead from now on: by ours its office is closed already, and opens two hours earlier on Monday.
    zones.decree(7200)
    #expect(try await due(office.store, lyon) == before, "nobody has asked yet")
    try await office.store.renewDeadlines()
    #expect(heard.withLock { $0 } == 1)
    let minutes = try #require(try await office.store.row(lyon)).priority.responseTargetMinutes
    #expect(try await due(office.store, lyon) == Self.monday - 2 * Self.hour + minutes * 60_000)
    #expect(try await due(office.store, lyon) != before)
    #expect(try await due(office.store, madrid) == always, "where it is always open no zone counts")
    #expect(try await office.store.digest().digest == digest, "a deadline is no replicated state")
    // What is opened from now on is counted alike.
    let next = try await open(office, at: "LYO")
    #expect(try await due(office.store, next) == due(office.store, lyon))
  }
}
