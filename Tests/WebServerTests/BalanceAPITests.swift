import Foundation
import Helpdesk
import OperationLog
import Store
import Testing

@testable import WebServer

@Suite("Balance and equal service: the API")
struct BalanceAPITests {
  /// Gives people an office, and one ticket that was answered and one that waits.
  private func furnish(_ client: WebClient, _ office: WebOffice) async throws -> (answered: String, waiting: String) {
    let answered = try await client.open("Answered")
    _ = try await client.post("/api/v1/tickets/\(answered)/take", "{}")
    _ = try await client.post("/api/v1/tickets/\(answered)/replies", #"{"body": "Restart it", "visibility": "public"}"#)
    return (answered, try await client.open("Waiting"))
  }

  @Test("The report counts what was answered and what waits, per site, with every field of its description")
  func report() async throws {
    try await withServer { client, office, _ in
      _ = try await furnish(client, office)
      let answer = try await client.get("/api/v1/reports/equal-service", as: "leo")
      #expect(answer.status == 200)
      let json = try answer.json
      #expect(json["basis"]?.text == "answer")
      #expect(json["company"]?["count"]?.integer == 1)
      #expect(json["company"]?["waiting"]?.integer == 1)
      let site = try #require(json["sites"]?.elements.first)
      #expect(site["site"]?.text == "LYO")
      #expect(site["standing"]?.text == "too_few")
      #expect(site["index_median"] == .number("1.000"))
      #expect(site["current_at"]?.text == "2026-05-12T08:00:00Z")
      #expect(json["even"]?["from"] == .number("0.800"))
      #expect(json["jain"] == .null)
      for basis in ["acceptance", "queued"] {
        let other = try await client.get("/api/v1/reports/equal-service?basis=\(basis)", as: "leo")
        #expect(try other.json["company"]?["waiting"]?.integer == 1, "\(basis)")
      }
    }
  }

  @Test("Imported histories count by acceptance and by queueing, and are left out where words are asked for")
  func imported() async throws {
    try await withServer { client, office, _ in
      for (index, hours) in [1, 2, 3].enumerated() {
        let opened = WebOffice.morning - 86_400_000
        let ticket = try await office.store.execute(
          Command(
            actor: .system, occurredAt: opened,
            body: .openTicket(
              OpenTicket(
                subject: "Old", description: "", requesterEmail: "eva@example.org", channel: .imported,
                site: WebOffice.hashing.site(code: "MAD"),
                source: OpenTicket.Source(name: "test", id: "\(index)"))))
        ).entity
        var edit = TicketEdit()
        edit.assignee = .some(WebOffice.person("ana"))
        _ = try await office.store.execute(
          Command(
            actor: .system, occurredAt: opened + Int64(hours) * 3_600_000,
            body: .importStep(
              ticket,
              ImportedStep(
                source: OpenTicket.Source(name: "test", id: "\(index)#1"), text: "Accepted", edit: edit, level: 1,
                person: WebOffice.person("ana")))))
      }
      let words = try await client.get("/api/v1/reports/equal-service", as: "leo").json
      #expect(words["left_out_imported"]?.integer == 3)
      #expect(words["company"]?["median_seconds"] == .null)
      for basis in ["acceptance", "queued"] {
        let json = try await client.get("/api/v1/reports/equal-service?basis=\(basis)", as: "leo").json
        #expect(json["company"]?["median_seconds"]?.integer == 7200, "\(basis)")
        #expect(json["company"]?["p90_seconds"]?.integer == 10_800, "\(basis)")
        #expect(json["sites"]?.elements.first?["site"]?.text == "MAD")
      }
    }
  }

  @Test(
    "What cannot be a period or a basis is refused with its place",
    arguments: [
      ("from=yesterday", "from"), ("to=2026-13-01", "to"), ("from=2026-05-10&to=2026-05-01", "from"),
      ("from=1990-01-01&to=2026-05-01", "from"), ("basis=fairness", "basis"), ("since=1", "since"),
    ])
  func badQuery(_ query: String, _ place: String) async throws {
    try await withServer { client, _, _ in
      let answer = try await client.get("/api/v1/reports/equal-service?\(query)", as: "leo")
      #expect(answer.status == 422)
      #expect(answer.places == [place])
    }
  }

  @Test("Agents and employees see no comparison of sites, agents see why a ticket is where it is")
  func roles() async throws {
    try await withServer { client, _, _ in
      let number = try await client.open()
      for path in ["/api/v1/reports/equal-service", "/api/v1/balance", "/api/v1/policy"] {
        #expect(try await client.get(path, as: "ana").status == 403, "\(path)")
        #expect(try await client.get(path, as: "eva").status == 403, "\(path)")
        #expect(try await client.get(path, as: "leo").status == 200, "\(path)")
      }
      let why = try await client.get("/api/v1/tickets/\(number)/why", as: "ana")
      #expect(why.status == 200)
      #expect(try why.json["decisions"]?.elements.isEmpty == true)
      #expect(try await client.get("/api/v1/tickets/\(number)/why", as: "eva").status == 403)
    }
  }

  @Test("The balance shows each site with what is known of it, null for what is not")
  func balance() async throws {
    try await withServer { client, _, _ in
      let json = try await client.get("/api/v1/balance", as: "leo").json
      #expect(json["sites"]?.column("site") == ["LYO", "MAD"])
      #expect(json["sites"]?.column("link") == ["here", "down"])
      #expect(json["sites"]?.elements.last?["expected_wait_seconds"] == .null)
      #expect(json["service"]?["basis"]?.text == "answer")
    }
  }

  @Test("A batch goes to another office ticket by ticket, and comes back")
  func move() async throws {
    try await withServer { client, office, _ in
      let other = NodeID(high: 9, low: 9)
      try await office.execute(
        .admitNode(
          AdmittedNode(
            id: other, site: WebOffice.hashing.site(code: "MAD"), publicKey: [UInt8](repeating: 1, count: 32),
            curveKey: [UInt8](repeating: 2, count: 32), address: "tcp://mad.example:7100")))
      try await office.execute(.defineSite(SiteDefinition(code: "MAD", node: other)))
      let (first, second) = (try await client.open("One"), try await client.open("Two"))
      let body = #"{"to": "MAD", "tickets": ["\#(first)", "\#(second)", "NO-1"], "reason": "Nobody is here today"}"#
      let answer = try await client.post("/api/v1/balance/move", as: "leo", body)
      #expect(answer.status == 200)
      let json = try answer.json
      #expect(json["moved"]?.integer == 2, "\(answer.text)")
      #expect(json["items"]?.column("outcome") == ["moved", "moved", "refused"])
      #expect(json["items"]?.elements.last?["reason"]?.text?.isEmpty == false)
    }
  }

  @Test(
    "A batch nobody could have meant is refused with its place",
    arguments: [
      (#"{"reason": "x"}"#, "/to"), (#"{"to": "XXX", "tickets": ["A-1"], "reason": "x"}"#, "/to"),
      (#"{"to": "MAD", "reason": "x"}"#, "/tickets"), (#"{"to": "MAD", "tickets": [], "reason": "x"}"#, "/tickets"),
      (#"{"to": "MAD", "from": "LYO", "tickets": ["A-1"], "reason": "x"}"#, "/tickets"),
      (#"{"to": "LYO", "from": "LYO", "reason": "x"}"#, "/to"), (#"{"to": "MAD", "from": "LYO"}"#, "/reason"),
      (#"{"to": "MAD", "from": "LYO", "reason": "x", "limit": 1000}"#, "/limit"),
    ])
  func badMove(_ body: String, _ place: String) async throws {
    try await withServer { client, _, _ in
      let answer = try await client.post("/api/v1/balance/move", as: "leo", body)
      #expect(answer.status == 422)
      #expect(answer.places.contains(place), "\(answer.text)")
    }
  }

  @Test("Administrators set the rules, leads read them, and what is not sent stays")
  func policy() async throws {
    try await withServer { client, _, _ in
      let before = try await client.get("/api/v1/policy", as: "leo").json
      #expect(before["is_set"] == .flag(false))
      #expect(before["hops_max"]?.integer == 3)
      #expect(try await client.send("PUT", "/api/v1/policy", as: "leo", #"{"hops_max": 5}"#).status == 403)
      let put = try await client.send("PUT", "/api/v1/policy", as: "ada", #"{"hops_max": 5}"#)
      #expect(put.status == 200, "\(put.text)")
      #expect(try put.json["hops_max"]?.integer == 5)
      #expect(try put.json["handling_seconds"]?.integer == 1200)
      let bad = try await client.send("PUT", "/api/v1/policy", as: "ada", #"{"hops_max": 50, "speed": 1}"#)
      #expect(bad.places == ["/hops_max", "/speed"])
      let site = try await client.send("PUT", "/api/v1/policy", as: "ada", #"{"site": "MAD", "hand_over_seconds": 90}"#)
      #expect(try site.json["hops_max"]?.integer == 5)
      #expect(try await client.get("/api/v1/policy?site=MAD", as: "leo").json["hand_over_seconds"]?.integer == 90)
      #expect(try await client.get("/api/v1/policy?site=XYZ", as: "leo").status == 422)
    }
  }
}

@Suite("Busier than usual, trials and reports in small")
struct BalanceReckoningTests {
  @Test(
    "Busier than usual needs more requests and more who wait than in the same hour of the weeks before",
    arguments: [
      ([9, 3, 3, 3, 3], [4, 1, 1, 1, 1], true), ([9, 8, 8, 8, 8], [4, 1, 1, 1, 1], false),
      ([9, 3, 3, 3, 3], [1, 1, 1, 1, 1], false), ([4, 0, 0, 0, 0], [9, 0, 0, 0, 0], false),
      ([5, 0], [1, 0], true), ([9], [9], false), ([], [], false),
    ])
  func rush(_ arrivals: [Int], _ waiting: [Int], _ isRush: Bool) {
    #expect((BusyHours.rush(arrivals: arrivals, waiting: waiting) != nil) == isRush)
  }

  @Test("The usual number is told rounded up, so that it is never none where some came")
  func usual() {
    #expect(BusyHours.rush(arrivals: [9, 1, 0, 0, 0], waiting: [4, 0, 0, 0, 0])?.usual == 1)
  }

  private func history(
    _ site: UInt64, hours: Int64?, isRemote: Bool = false, openedAt: Int64 = 0
  ) -> ServiceHistory {
    ServiceHistory(
      ticket: EntityID(high: 1, low: 1), site: EntityID(high: 0, low: site), isRemote: isRemote, isImported: false,
      openedAt: openedAt, priority: .normal, category: nil, isOpen: true,
      answer: hours.map { ServiceHistory.Act(person: EntityID(high: 2, low: 2), at: openedAt + $0 * 3_600_000) })
  }

  private func report(_ histories: [ServiceHistory], now: Int64 = 100 * 3_600_000) -> EqualServiceReport {
    EqualServiceReport(
      ServiceHistoryList(histories: histories, isCut: false), basis: .answer, from: 0, to: now, now: now,
      clock: .always)
  }

  @Test("A site that waits twice as long is slower, and stands first; a small one is not judged")
  func standings() throws {
    let report = report(
      (0..<30).map { _ in history(1, hours: 2) } + (0..<20).map { _ in history(2, hours: 4) }
        + (0..<19).map { _ in history(3, hours: 40) })
    // Of 69 waits the median is 4 h and the 90th percentile 40 h.
    #expect(report.lines.map(\.standing) == [.faster, .faster, .tooFew])
    #expect(report.lines.map(\.medianPerMille) == [1000, 500, 10_000])
    #expect(report.company.count == 69)
    #expect(report.jainPerMille != nil)
  }

  @Test("A ticket that still waits counts once it has waited longer than the company's median")
  func censored() {
    let answered = (0..<20).map { _ in history(1, hours: 2) }
    let waiting = (0..<20).map { _ in history(2, hours: nil) }
    let early = report(answered + waiting, now: 3_600_000)
    #expect(early.lines.first { $0.site == EntityID(high: 0, low: 2) }?.standing == .unmeasured)
    let late = report(answered + waiting, now: 20 * 3_600_000)
    let starved = late.lines.first { $0.site == EntityID(high: 0, low: 2) }
    #expect(starved?.standing == .slower)
    #expect(starved?.figures.waiting == 20)
    let waited: Int64 = 20 * 3_600_000
    #expect(starved?.figures.median == waited)
  }

  @Test("Remote staff are a line of their own, whatever their office")
  func remote() {
    let report = report(
      (0..<5).map { _ in history(1, hours: 1) } + (0..<3).map { _ in history(1, hours: 3, isRemote: true) })
    #expect(report.lines.count == 2)
    #expect(report.lines.first { $0.site == nil }?.figures.count == 3)
    #expect(report.jainPerMille == nil)
  }

  @Test("Of nothing nothing is claimed")
  func empty() {
    let report = report([])
    #expect(report.lines.isEmpty && report.company.median == nil && report.jainPerMille == nil)
  }

  @Test("A period ends with its last day, follows from one end alone, and is as long as asked for")
  func periods() throws {
    let now: Int64 = 1_778_572_800_000
    let may = try ReportPeriod(from: "2026-05-01", to: "2026-05-10", now: now)
    #expect(may.days == 10)
    let open = try ReportPeriod(from: "2026-05-01", to: nil, now: now)
    #expect(open.from == may.from && open.to > now)
    let usual = try ReportPeriod(from: nil, to: nil, now: now)
    #expect(usual.days == 28)
    let past = try ReportPeriod(from: nil, to: "2012-05-31", now: now)
    #expect(past.days == 28)
  }

  @Test("A trial needs tickets, and says what it tried on")
  func trial() async throws {
    try await withServer { client, office, _ in
      let none = try await client.post("/api/v1/balance/dry-run", as: "leo", #"{"hops_max": 0}"#)
      #expect(none.status == 200, "\(none.text)")
      #expect(try none.json["tickets"]?.integer == 0)
      _ = try await client.open()
      for name in ["ana", "luc"] {
        try await office.execute(
          .definePerson(
            PersonDefinition(email: "\(name)@example.org", site: WebOffice.hashing.site(code: "LYO"))))
      }
      let tried = try await client.post("/api/v1/balance/dry-run", as: "leo", #"{"hops_max": 0}"#)
      #expect(tried.status == 200, "\(tried.text)")
      #expect(try await client.post("/api/v1/balance/dry-run", as: "leo", #"{"hops": 0}"#).places == ["/hops"])
      #expect(try await client.post("/api/v1/balance/dry-run", as: "ana", #"{"hops_max": 0}"#).status == 403)
    }
  }
}

@Suite("Balance and equal service: the pages over HTTP")
struct BalancePageRouteTests {
  @Test("Of many sites a page draws forty, those that need somebody first, with the way on and back")
  func manySites() async throws {
    try await withServer { client, office, _ in
      for number in 10..<60 {
        try await office.execute(.defineSite(SiteDefinition(code: "S\(number)", name: "Site \(number)")))
      }
      func page(_ path: String) async throws -> String {
        try await client.get(path, as: "leo", headers: ["Accept": "text/html"]).text
      }
      let first = try await page("/balance")
      #expect(first.matches(of: /<th scope="row">/).count == 40)
      #expect(first.contains("href=\"/balance?from=40\"") && !first.contains("rel=\"prev\""))
      let second = try await page("/balance?from=40")
      #expect(second.matches(of: /<th scope="row">/).count == 12)
      #expect(second.contains("rel=\"prev\" href=\"/balance\"") && !second.contains("rel=\"next\""))
    }
  }

  @Test(
    "The report shows forty sites at a time of one and the same period, and its CSV all of them, also with before and after"
  )
  func manySitesInTheReport() async throws {
    try await withServer { client, office, _ in
      for number in 10..<60 {
        try await office.execute(.defineSite(SiteDefinition(code: "S\(number)", name: "Site \(number)")))
        let source = OpenTicket.Source(name: "test", id: "\(number)")
        let ticket = OpenTicket(
          subject: "Old", description: "", requesterEmail: "eva@example.org", channel: .imported,
          site: WebOffice.hashing.site(code: "S\(number)"),
          source: source)
        _ = try await office.store.execute(
          Command(actor: .system, occurredAt: WebOffice.morning - 40 * 86_400_000, body: .openTicket(ticket)))
      }
      func page(_ path: String) async throws -> String {
        try await client.get(path, as: "leo", headers: ["Accept": "text/html"]).text
      }
      let history = "/reports/equal-service?basis=queued&period=history"
      let first = try await page(history)
      #expect(first.matches(of: /<tr class="[a-z_]+"><th scope="row">/).count == 41, "forty and the company")
      let next = try #require(first.firstMatch(of: /rel="next" href="([^"]*)"/)).1.replacing("&amp;", with: "&")
      #expect(next.contains("basis=queued") && next.hasSuffix("&row=40") && next.contains("&from="))
      let second = try await page(String(next))
      #expect(second.matches(of: /<tr class="[a-z_]+"><th scope="row">/).count == 11)
      #expect(second.contains("rel=\"prev\"") && !second.contains("rel=\"next\""))
      #expect(
        first.matches(of: /class="service-site"/).count == 40 && second.matches(of: /class="service-site"/).count == 10)

      _ = try await client.open()
      let compared = "basis=queued&compare=history"
      let both = try await page("/reports/equal-service?\(compared)")
      #expect(
        both.matches(of: /<tr class="[a-z_]+"><th scope="row">/).count == 40, "Lyon now, and those of the history")
      #expect(both.contains(" →</span>"))
      let csv = try await client.get("/reports/equal-service.csv?\(compared)", as: "leo").text
      #expect(csv.hasPrefix("site,name,n,waiting,median_seconds,p90_seconds,index_median,index_p90,standing,n_before,"))
      #expect(csv.split(separator: "\r\n").count == 52, "the heading, Lyon and fifty more")
      #expect(csv.contains("\r\nS10,Site 10,0,0,,,,,unmeasured,1,"))
      let plain = try await client.get("/reports/equal-service.csv?basis=queued", as: "leo").text
      #expect(!plain.contains("before") && plain.split(separator: "\r\n").count == 2)
    }
  }

  @Test("What a site is responsible for can be moved from there, wherever its people are; what was moved away cannot")
  func movable() async throws {
    try await withServer { client, office, _ in
      let other = NodeID(high: 9, low: 9)
      let mad = WebOffice.hashing.site(code: "MAD")
      try await office.execute(
        .admitNode(
          AdmittedNode(
            id: other, site: mad, publicKey: [UInt8](repeating: 1, count: 32),
            curveKey: [UInt8](repeating: 2, count: 32), address: "tcp://mad.example:7100")))
      try await office.execute(.defineSite(SiteDefinition(code: "MAD", node: other)))
      try await office.execute(.defineSite(SiteDefinition(code: "GRE", name: "Grenoble", node: office.store.home.node)))
      let (first, second) = (try await client.open("One"), try await client.open("Two"))
      let (lyon, grenoble) = (WebOffice.hashing.site(code: "LYO"), WebOffice.hashing.site(code: "GRE"))
      let small = OpenTicket(subject: "Small office", description: "Words.", site: grenoble)
      try await office.execute(.openTicket(small), by: .person(WebOffice.person("eva")))
      #expect(try await office.store.movableTickets(from: lyon, limit: 10).count == 3)
      #expect(try await office.store.movableTickets(from: grenoble, limit: 10).count == 1)
      #expect(try await office.store.movableCounts() == [lyon: 3, grenoble: 1])
      let body = #"{"to": "MAD", "from": "LYO", "limit": 2, "reason": "Nobody is here today"}"#
      let moved = try await client.post("/api/v1/balance/move", as: "leo", body).json
      #expect(moved["moved"]?.integer == 2 && moved["items"]?.column("outcome") == ["moved", "moved"])
      #expect(try await office.store.movableTickets(from: mad, limit: 10).sorted() == [first, second].sorted())
      #expect(try await office.store.movableCounts() == [mad: 2, lyon: 1, grenoble: 1])
      let page = try await client.get("/balance", as: "leo", headers: ["Accept": "text/html"]).text
      #expect(page.contains("Madrid (2 ") && page.contains("Lyon (1 "))
    }
  }

  @Test("Leads see the pages and the CSV, in their language; agents and employees do not")
  func pages() async throws {
    try await withServer { client, _, _ in
      _ = try await client.open()
      for path in ["/balance", "/reports/equal-service", "/reports/equal-service?period=year&compare=previous"] {
        let page = try await client.get(path, as: "leo", headers: ["Accept": "text/html"])
        #expect(page.status == 200, "\(path)")
        #expect(page.text.contains("class=\"headline unknown\""), "\(path)")
        #expect(!page.text.contains("pages."), "\(path)")
        #expect(try await client.get(path, as: "ana").status == 403, "\(path)")
        #expect(try await client.get(path, as: "eva").status == 403, "\(path)")
      }
      let csv = try await client.get("/reports/equal-service.csv?basis=queued", as: "leo")
      #expect(csv.header("content-type") == "text/csv; charset=utf-8")
      #expect(csv.text.hasPrefix("site,name,n,waiting,"))
      #expect(csv.text.contains("\r\nLYO,Lyon,"))
      let bad = try await client.get(
        "/reports/equal-service?from=yesterday", as: "leo", headers: ["Accept": "text/html"])
      #expect(bad.status == 422 && bad.text.contains("yesterday"))
    }
  }
}
