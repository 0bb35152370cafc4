import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Synchronization
import Testing

@Suite("Searching and listing")
struct SearchTests {
  private let ana = Actor.person(TestOffice.person("ana"))

  private func find(
    _ office: TestOffice, _ text: String, viewer: String? = "ana", ownOnly: Bool = false, limit: Int = 50,
    after: String? = nil
  ) async throws -> [String] {
    let scope = SiteStore.ListScope(
      viewer: viewer.map(TestOffice.person), ownOnly: ownOnly, now: office.clock.now, limit: limit, after: after)
    let search = try TicketSearch(parsing: text)
    let page = try await office.store.tickets(search, scope)
    if after == nil, page.next == nil {
      #expect(try await office.store.count(search, scope) == page.items.count, "\(text)")
    }
    return page.items.map(\.number).sorted()
  }

  @Test("Subjects, descriptions, replies and notes are found by beginnings, without accents, as phrases, by number")
  func words() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let first = try await office.open("La conexión VPN falla", "Desde esta mañana no conecta")
    try await office.open("Impresora atascada", "En la segunda planta")
    try await office.execute(.reply(first, body: "Reinicie el portátil", isInternal: false), by: ana)
    try await office.execute(.reply(first, body: "Sospecho del cortafuegos", isInternal: true), by: ana)
    #expect(try await find(office, "vpn") == ["MAD-1"])
    #expect(try await find(office, "conexion") == ["MAD-1"])
    #expect(try await find(office, "CONEXIÓN") == ["MAD-1"])
    #expect(try await find(office, "manana portatil") == ["MAD-1"])
    #expect(try await find(office, "impre") == ["MAD-2"])
    #expect(try await find(office, "presora") == [])
    #expect(try await find(office, "\"conexión VPN falla\"") == ["MAD-1"])
    #expect(try await find(office, "\"VPN conexión\"") == [])
    #expect(try await find(office, "vpn impresora") == [])
    #expect(try await find(office, "cortafuegos") == ["MAD-1"])
    #expect(try await find(office, "mad-2") == ["MAD-2"])
    #expect(try await find(office, "MAD-2 planta") == ["MAD-2"])
    #expect(try await find(office, "MAD-7") == [])
    // What is typed is never a query language of its own.
    for odd in ["\"", "*", "a*b", "NEAR(a b)", "x:y", "-vpn", "(", "' OR 1=1", "^vpn", "🙂", "vpn AND impresora"] {
      _ = try await find(office, odd)
    }
    // A new subject is found, and so is the old one: the history has both.
    try await office.edit(first) { $0.subject = "Túnel caído" }
    #expect(try await find(office, "tunel") == ["MAD-1"])
  }

  @Test("Employees find their own requests by public words alone, and nothing of anybody else's")
  func ownOnly() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let mine = try await office.open("Pantalla rota", "", by: "eva")
    try await office.open("Pantalla negra", "", by: "luc")
    try await office.execute(.reply(mine, body: "Pedimos una nueva", isInternal: false), by: ana)
    try await office.execute(.reply(mine, body: "Cliente difícil", isInternal: true), by: ana)
    try await office.execute(.escalate(mine, Escalation(reason: "Garantía caducada")), by: ana)
    #expect(try await find(office, "pantalla", viewer: "eva", ownOnly: true) == ["MAD-1"])
    #expect(try await find(office, "nueva", viewer: "eva", ownOnly: true) == ["MAD-1"])
    #expect(try await find(office, "dificil", viewer: "eva", ownOnly: true) == [])
    #expect(try await find(office, "garantia", viewer: "eva", ownOnly: true) == [])
    #expect(try await find(office, "\"cliente difícil\"", viewer: "eva", ownOnly: true) == [])
    #expect(try await find(office, "MAD-2", viewer: "eva", ownOnly: true) == [])
    #expect(try await find(office, "", viewer: "eva", ownOnly: true) == ["MAD-1"])
    #expect(try await find(office, "", viewer: nil, ownOnly: true) == [])
    #expect(try await find(office, "dificil") == ["MAD-1"])
  }

  @Test("Filters by state, office, person, priority, tag and time left do what their names say")
  func filters() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    let soon = try await madrid.open("Soon", urgency: .critical, tags: ["vpn", "50%"])
    let mine = try await madrid.open("Mine", urgency: .low)
    let solved = try await madrid.open("Solved")
    let waiting = try await madrid.open("Waiting", tags: ["vpn2"])
    try await TestOffice.exchange(madrid, lyon)
    try await lyon.execute(
      .openTicket(OpenTicket(subject: "Lyon", description: "", site: lyon.site)),
      by: .person(TestOffice.person("luc")))
    try await madrid.execute(.assign(mine, to: TestOffice.person("ana")), by: .person(TestOffice.person("leo")))
    try await madrid.execute(.close(solved, resolution: "Done", isFinal: false), by: ana)
    try await madrid.edit(waiting) {
      $0.status = .waiting
      $0.waitingReason = .supplier
      $0.category = TestOffice.hashing.category(key: "vpn")
      $0.queue = TestOffice.hashing.queue(name: "Network")
    }
    try await TestOffice.exchange(madrid, lyon)
    for office in offices {
      #expect(try await find(office, "is:open") == ["LYO-1", "MAD-1", "MAD-2", "MAD-4"])
      #expect(try await find(office, "is:new") == ["LYO-1", "MAD-1"])
      #expect(try await find(office, "is:assigned") == ["MAD-2"])
      #expect(try await find(office, "is:waiting") == ["MAD-4"])
      #expect(try await find(office, "is:resolved") == ["MAD-3"])
      #expect(try await find(office, "is:closed") == [])
      #expect(try await find(office, "is:unassigned") == ["LYO-1", "MAD-1", "MAD-4"])
      #expect(try await find(office, "assignee:me") == ["MAD-2"])
      #expect(try await find(office, "assignee:ana@example.org is:open") == ["MAD-2"])
      #expect(try await find(office, "assignee:none is:open") == ["LYO-1", "MAD-1", "MAD-4"])
      #expect(try await find(office, "requester:luc@example.org") == ["LYO-1"])
      #expect(try await find(office, "site:lyo") == ["LYO-1"])
      #expect(try await find(office, "site:lyo site:mad is:new") == ["LYO-1", "MAD-1"])
      #expect(try await find(office, "category:vpn") == ["MAD-4"])
      #expect(try await find(office, "queue:Network") == ["MAD-4"])
      #expect(try await find(office, "tag:vpn") == ["MAD-1"])
      #expect(try await find(office, "tag:50%") == ["MAD-1"])
      #expect(try await find(office, "tag:5%") == [])
      #expect(try await find(office, "priority:high") == ["MAD-1"])
      #expect(try await find(office, "is:overdue") == [])
      #expect(try await find(office, "sla:<30m") == [])
      #expect(try await find(office, "sla:<1h") == ["MAD-1"])
    }
    madrid.clock.advance(minutes: 61)
    #expect(try await find(madrid, "is:overdue") == ["MAD-1"])
    #expect(try await find(madrid, "sla:<30m is:unassigned") == ["MAD-1"])
    // Once somebody has answered, what counts is when it should be solved.
    try await madrid.execute(.reply(soon, body: "On it", isInternal: false), by: ana)
    #expect(try await find(madrid, "is:overdue") == [])
  }

  @Test("Pages follow each other without a gap or a repetition while new tickets arrive", arguments: ["is:open", ""])
  func paging(search: String) async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    for index in 1...23 { try await office.open("Ticket \(index)", urgency: index % 2 == 0 ? .low : .critical) }
    var seen: [String] = []
    var after: String?
    repeat {
      let page = try await office.store.tickets(
        TicketSearch(parsing: search),
        .init(viewer: nil, ownOnly: false, now: office.clock.now, limit: 5, after: after))
      seen += page.items.map(\.number)
      after = page.next
      if let after { #expect(TicketList.isCursor(after)) }
      try await office.open("Arrived meanwhile", urgency: .critical)
      try await office.open("And this one", urgency: .low)
    } while after != nil && seen.count < 100
    #expect(Set(seen).count == seen.count, "nothing comes twice")
    #expect(Set(seen).isSuperset(of: (1...23).map { "MAD-\($0)" }), "nothing is left out")
    if search.isEmpty {
      #expect(seen == (1...23).reversed().map { "MAD-\($0)" })
    }
    #expect(!TicketList.isCursor("nonsense") && !TicketList.isCursor("1_2_3"))
  }

  @Test("A number with its incarnation is found as it is written")
  func incarnation() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    var ghost = Ghost()
    try await office.execute(.admitNode(ghost.admitted))
    ghost.open("Second life", number: "GHO.7QX2-1")
    _ = try await office.store.ingest(ghost.run())
    #expect(try await office.store.ticketID("gho.7qx2-1") != nil)
    #expect(try await find(office, "GHO.7QX2-1") == ["GHO.7QX2-1"])
  }

  // MARK: Plans

  @Test("The queue, one's own requests, one ticket and a search by words go through an index and never sort or scan")
  func plans() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let ticket = try await office.open("VPN")
    let scope = SiteStore.ListScope(viewer: TestOffice.person("eva"), ownOnly: false, now: office.clock.now)
    let own = SiteStore.ListScope(viewer: TestOffice.person("eva"), ownOnly: true, now: office.clock.now)
    let queue = try await plan(office) { _ = try await $0.tickets(TicketSearch(parsing: "is:open"), scope) }
    expectIndexed(queue, using: ["ticket_open"])
    let next = try await plan(office) {
      var later = scope
      later.after = "1_1"
      _ = try await $0.tickets(TicketSearch(parsing: "is:open"), later)
    }
    expectIndexed(next, using: ["ticket_open"])
    let mine = try await plan(office) { _ = try await $0.tickets(TicketSearch(), own) }
    expectIndexed(mine, using: ["ticket_requester"])
    let detail = try await plan(office) { _ = try await $0.detail(ticket) }
    expectIndexed(detail, using: ["operation_entity"], maySort: false)
    let words = try await plan(office) { _ = try await $0.tickets(TicketSearch(parsing: "vpn"), scope) }
    #expect(words.contains { $0.contains("SEARCH ticket USING INTEGER PRIMARY KEY") }, "\(words)")
    let due = try await plan(office) { _ = try await $0.waitingTickets(limit: 10) }
    expectIndexed(due, using: ["ticket_waiting"])
    let claims = try await plan(office) { _ = try await $0.nextAcceptanceDue() }
    #expect(claims.contains { $0.contains("ticket_claim") }, "\(claims)")
    let conflicts = try await plan(office) { _ = try await $0.conflictedTickets(limit: 10) }
    #expect(conflicts.contains { $0.contains("ticket_conflicts") }, "\(conflicts)")
  }

  private func expectIndexed(
    _ plan: [String], using indexes: [String], maySort: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for index in indexes {
      #expect(plan.contains { $0.contains(index) }, "\(plan)", sourceLocation: sourceLocation)
    }
    #expect(!plan.isEmpty, sourceLocation: sourceLocation)
    for line in plan {
      let isPlainScan = line.hasPrefix("SCAN") && !line.contains("USING")
      #expect(!isPlainScan && (maySort || !line.contains("TEMP B-TREE")), "\(line)", sourceLocation: sourceLocation)
    }
  }

  /// The query plans of everything that one call reads.
  private func plan(_ office: TestOffice, _ body: (SiteStore) async throws -> Void) async throws -> [String] {
    let store = try office.openAgain()
    let statements = Statements()
    // Readers are made when they are needed; one after the other, the calls share the first.
    try await store.pool.read { db in db.trace { statements.note($0) } }
    try await body(store)
    try await store.pool.read { db in db.trace(options: []) }
    var plan: [String] = []
    for sql in statements.all where sql.hasPrefix("SELECT") {
      plan += try await store.pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] }
      }
    }
    return plan
  }
}

/// The statements that a connection carried out, with their arguments.
private final class Statements: Sendable {
  private let list = Mutex<[String]>([])

  func note(_ event: Database.TraceEvent) {
    if case .statement(let statement) = event { list.withLock { $0.append(statement.expandedSQL) } }
  }

  var all: [String] { list.withLock { $0 } }
}
