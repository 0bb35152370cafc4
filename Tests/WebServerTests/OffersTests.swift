import Helpdesk
import Hummingbird
import OperationLog
import Store
import Testing

@testable import WebServer

@Suite("Offers, custody and lost claims, as programs and agents see them")
struct OffersTests {
  private func offer(_ number: String, to name: String, at office: WebOffice) async throws -> EntityID {
    let id = try #require(try await office.store.ticketID(number))
    let assignment = AutomaticAssignment(agent: WebOffice.person(name), rule: "arrival", record: "because")
    try await office.execute(.assignAutomatically(id, assignment), by: .system)
    return id
  }

  @Test("An offer is listed with its deadline, accepted once, and declined only with a reason")
  func answers() async throws {
    try await withServer { client, office, _ in
      let first = try await client.open("First")
      let second = try await client.open("Second")
      _ = try await offer(first, to: "ana", at: office)
      _ = try await offer(second, to: "ana", at: office)
      let offers = try await client.get("/api/v1/offers").json["items"]
      #expect(offers?.column("number") == [first, second])
      #expect(offers?.elements.first?["claim"]?["by"]?.text == "rule")
      #expect(offers?.elements.first?["claim"]?["accept_by"] != .null)
      #expect(try await client.get("/api/v1/offers", as: "luc").json["items"]?.elements.isEmpty == true)
      #expect(try await client.get("/api/v1/offers", as: "eva").status == 403)

      let path = "/api/v1/tickets/\(first)"
      let foreign = try await client.post("\(path)/accept", as: "luc")
      #expect(foreign.status == 409 && foreign.problem == "not_offered_but_to")
      let accepted = try await client.post("\(path)/accept")
      #expect(try accepted.json["claim"]?["accepted"] == .flag(true) && accepted.json["stage"]?.text == "in_progress")
      #expect(try await client.post("\(path)/accept").problem == "nothing_to_change")
      #expect(try await client.post("\(path)/decline", #"{"reason": "Too late"}"#).problem == "work_started")

      let other = "/api/v1/tickets/\(second)"
      #expect(try await client.post("\(other)/decline", "{}").places == ["/reason"])
      let declined = try await client.post("\(other)/decline", #"{"reason": "I do not know it"}"#)
      #expect(try declined.json["assignee"] == .null && declined.json["claim"] == .null)
      let history = try await client.get("\(other)/history").json["items"]?.elements.last
      #expect(history?["what"]?.text == "offer_declined" && history?["text"]?.text == "I do not know it")
      #expect(try await client.get("/api/v1/offers").json["items"]?.elements.isEmpty == true)
    }
  }

  @Test("Custody is handed over from here, shown as pending, and only asked for at an office that can be reached")
  func custody() async throws {
    try await withServer { client, office, _ in
      let madrid = NodeID(high: 9, low: 9)
      try await office.execute(.defineSite(SiteDefinition(code: "MAD", node: madrid)))
      let path = "/api/v1/tickets/\(try await client.open())"
      let body = #"{"site": "mad", "reason": "It stands there"}"#
      #expect(try await client.post("\(path)/hand-over", #"{"site": "XXX", "reason": "?"}"#).places == ["/site"])
      #expect(try await client.post("\(path)/take-over", #"{"reason": "Mine"}"#).problem == "already_custodian")
      let moved = try await client.post("\(path)/hand-over", body)
      #expect(try moved.json["custody"]?["site"]?.text == "MAD" && moved.json["custody"]?["pending"] == .flag(true))
      #expect(try await client.post("\(path)/hand-over", body).problem == "already_custodian")
      let taken = try await client.post("\(path)/take-over", #"{"reason": "Mine"}"#)
      #expect(taken.status == 409 && taken.problem == "custodian_reachable")
    }
  }

  @Test(
    "The pages show an offer with its reasons, and a page that lost the ticket keeps the words instead of sending them")
  func pages() async throws {
    try await withServer { client, office, server in
      let number = try await client.open("Printer hums")
      let id = try await offer(number, to: "ana", at: office)
      let cookie = try await server.context.credentials.openSession(for: WebOffice.person("ana"))
      var headers = ["Cookie": "\(cookie.name)=\(cookie.value)", "Accept": "text/html"]
      let offers = try await client.send("GET", "/offers", as: nil, headers: headers)
      #expect(offers.status == 200 && offers.text.contains("Printer hums") && offers.text.contains("/accept"))
      let page = try await client.send("GET", "/tickets/\(number)", as: nil, headers: headers).text
      #expect(page.contains("/tickets/\(number)/decline") && page.contains(#"name="held" value="yes""#))
      let csrf = try #require(page.split(separator: #"name="csrf" value=""#).dropFirst().first?.prefix { $0 != "\"" })
      let rendered = try #require(
        page.split(separator: #"name="rendered" value=""#).dropFirst().first?.prefix { $0 != "\"" })

      try await office.execute(.assign(id, to: WebOffice.person("luc")), by: .person(WebOffice.person("leo")))
      headers["Content-Type"] = "application/x-www-form-urlencoded"
      let form = "csrf=\(csrf)&rendered=\(rendered)&key=k1&held=yes&body=Have+you+tried+it"
      let stopped = try await client.send("POST", "/tickets/\(number)/reply", as: nil, form, headers: headers)
      #expect(stopped.status == 409 && stopped.text.contains("Have you tried it") && stopped.text.contains("Luc"))
      #expect(stopped.text.contains(#"name="anyway" value="yes""#))
      let before = try #require(try await office.store.detail(id)).history.count { $0.kind == .replied }
      #expect(before == 0)
      let sent = try await client.send(
        "POST", "/tickets/\(number)/reply", as: nil, form.replacing("held=yes", with: "anyway=yes"), headers: headers)
      // The client follows to the ticket.
      #expect(sent.status == 200)
      let detail = try #require(try await office.store.detail(id))
      #expect(detail.history.count { $0.kind == .replied } == 1 && detail.row.assignee == WebOffice.person("luc"))
    }
  }
}
