import Helpdesk
import Testing

@testable import WebServer

@Suite("Tickets through the API")
struct TicketAPITests {
  @Test("A new ticket is answered whole, with its address and version, and read back the same")
  func createAndRead() async throws {
    try await withServer { client, _, _ in
      let created = try await client.post(
        "/api/v1/tickets", as: "ana",
        """
        {"subject": "VPN \\u00e9 \\"fails\\"", "description": "Line one\\nLine two", "requester": "Eva@Example.org",
         "category": "vpn", "queue": "Network", "site": "mad", "urgency": "high", "impact": "medium",
         "channel": "phone", "tags": ["Home Office", "vpn"]}
        """)
      #expect(created.status == 201)
      let ticket = try created.json
      #expect(ticket["number"]?.text == "LYO-1")
      #expect(created.header("location") == "/api/v1/tickets/LYO-1")
      #expect(ticket["subject"]?.text == "VPN é \"fails\"")
      #expect(ticket["description"]?.text == "Line one\nLine two")
      #expect(ticket["requester"]?["email"]?.text == "eva@example.org" && ticket["requester"]?["name"]?.text == "Eva")
      #expect(ticket["category"]?.text == "vpn" && ticket["queue"]?.text == "Network" && ticket["site"]?.text == "MAD")
      #expect(ticket["custodian"]?.text == "LYO" && ticket["channel"]?.text == "phone")
      #expect(ticket["status"]?.text == "open" && ticket["stage"]?.text == "new" && ticket["priority"]?.text == "high")
      #expect(ticket["tags"]?.elements.compactMap(\.text).sorted() == ["home-office", "vpn"])
      #expect(ticket["created_at"]?.text == "2026-05-12T08:00:00Z")
      #expect(ticket["due"]?["answer_by"]?.text == "2026-05-12T09:00:00Z")
      #expect(ticket["due"]?["solve_by"]?.text == "2026-05-12T16:00:00Z")
      #expect(ticket["replicated"]?["copies"]?.integer == 2)
      #expect(ticket["assignee"] == .null && ticket["resolved_at"] == .null && ticket["waiting_reason"] == .null)

      let id = try #require(ticket["id"]?.text)
      for name in ["LYO-1", "lyo-1", id] {
        let read = try await client.get("/api/v1/tickets/\(name)")
        #expect(read.status == 200 && read.body == created.body && read.header("etag") == created.header("etag"))
      }
    }
  }

  @Test("Lists are searched in the language of the page, in pages, and employees see their own only")
  func list() async throws {
    try await withServer { client, _, _ in
      for number in 1...5 { _ = try await client.open("Printer \(number)") }
      _ = try await client.open("Badge lost", as: "eli")
      var seen: [String] = []
      var path = "/api/v1/tickets?q=is%3Aopen+printer&limit=2"
      while true {
        let page = try await client.get(path).json
        seen += page["items"]?.column("number") ?? []
        guard let next = page["next"]?.text else { break }
        path = "/api/v1/tickets?q=is%3Aopen+printer&limit=2&after=\(next)"
      }
      #expect(seen == ["LYO-1", "LYO-2", "LYO-3", "LYO-4", "LYO-5"])
      let own = try await client.get("/api/v1/tickets", as: "eli").json
      #expect(own["items"]?.column("subject") == ["Badge lost"] && own["next"] == .null)
    }
  }

  @Test("Every field can be changed, and the version moves only when fields do")
  func patch() async throws {
    try await withServer { client, _, _ in
      let number = try await client.open()
      let path = "/api/v1/tickets/\(number)"
      let tag = try #require(try await client.get(path).header("etag"))
      // A reply of the requester arrives meanwhile: it does not make the version stale.
      #expect(try await client.post("\(path)/replies", as: "eva", #"{"body": "Also at home"}"#).status == 201)
      let changed = try await client.send(
        "PATCH", path,
        """
        {"subject": "VPN fails at home", "description": "All of it", "status": "waiting", "waiting_reason": "supplier",
         "urgency": "low", "impact": "major", "priority": "critical", "category": "vpn", "queue": "Network",
         "assignee": "luc@example.org", "tags": ["vpn"]}
        """, headers: ["If-Match": tag])
      #expect(changed.status == 200)
      let ticket = try changed.json
      #expect(ticket["subject"]?.text == "VPN fails at home" && ticket["description"]?.text == "All of it")
      #expect(ticket["status"]?.text == "waiting" && ticket["waiting_reason"]?.text == "supplier")
      #expect(ticket["priority"]?.text == "critical" && ticket["assignee"]?["name"]?.text == "Luc")
      #expect(changed.header("etag") != tag)

      let emptied = try await client.send(
        "PATCH", path, #"{"priority": null, "category": null, "queue": null, "assignee": null, "tags": []}"#,
        headers: ["If-Match": "*"])
      #expect(emptied.status == 200)
      let bare = try emptied.json
      #expect(bare["category"] == .null && bare["queue"] == .null && bare["assignee"] == .null)
      #expect(bare["priority"]?.text == "high" && bare["tags"]?.elements == [])
    }
  }

  @Test("A stale version is refused with what changed, a missing one asked for")
  func preconditions() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      let tag = try #require(try await client.get(path).header("etag"))
      let missing = try await client.send("PATCH", path, #"{"urgency": "high"}"#)
      #expect(missing.status == 428 && missing.problem == "if_match_missing")
      #expect(try await client.send("PATCH", path, #"{"urgency": "high"}"#, headers: ["If-Match": tag]).status == 200)
      let stale = try await client.send("PATCH", path, #"{"urgency": "low"}"#, headers: ["If-Match": tag])
      #expect(stale.status == 412 && stale.problem == "changed_meanwhile")
      #expect(try stale.json["detail"]?.text?.contains("urgency") == true)
      let elsewhere = try await client.send("PATCH", path, #"{"impact": "high"}"#, headers: ["If-Match": tag])
      #expect(elsewhere.status == 200, "another field than the changed one is nobody's loss")
      for tag in ["\"AAAA\"", "W/\"AA\""] {
        let foreign = try await client.send("PATCH", path, #"{"impact": "low"}"#, headers: ["If-Match": tag])
        #expect(foreign.status == 412 && foreign.problem == "if_match_unknown")
      }
      let malformed = try await client.send("PATCH", path, #"{"impact": "low"}"#, headers: ["If-Match": "abc"])
      #expect(malformed.status == 422 && malformed.places == ["If-Match"])
    }
  }

  @Test("The same key does a thing once; with another request it is refused")
  func idempotency() async throws {
    try await withServer { client, _, _ in
      let key = ["Idempotency-Key": "order-66"]
      let body = #"{"subject": "Once", "description": ""}"#
      let first = try await client.post("/api/v1/tickets", as: "eva", body, headers: key)
      let second = try await client.post("/api/v1/tickets", as: "eva", body, headers: key)
      #expect(first.status == 201 && second.status == 201 && first.body == second.body)
      let other = try await client.post(
        "/api/v1/tickets", as: "eva", #"{"subject": "Twice", "description": ""}"#, headers: key)
      #expect(other.status == 422 && other.problem == "key_reused")
      // Somebody else's key is another key.
      #expect(try await client.post("/api/v1/tickets", as: "eli", body, headers: key).status == 201)
      let path = "/api/v1/tickets/\(try #require(try first.json["number"]?.text))"
      let reply = ["Idempotency-Key": "reply-1"]
      let one = try await client.post("\(path)/replies", as: "eva", #"{"body": "Hello"}"#, headers: reply)
      let two = try await client.post("\(path)/replies", as: "eva", #"{"body": "Hello"}"#, headers: reply)
      #expect(one.status == 201 && two.body == one.body)
      #expect(try await client.get(path).json["replies"]?.elements.count == 1)
      // The key is looked up before If-Match: the retry of a change that got through is not stale.
      let tag = try #require(try await client.get(path).header("etag"))
      for _ in 1...2 {
        let changed = try await client.send(
          "PATCH", path, #"{"urgency": "high"}"#, headers: ["If-Match": tag, "Idempotency-Key": "patch-1"])
        #expect(changed.status == 200)
      }
    }
  }

  @Test("History says who, when, where, what, from and to; employees do not read what colleagues told each other")
  func history() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      _ = try await client.post("\(path)/take")
      _ = try await client.send("PATCH", path, #"{"urgency": "high", "subject": "VPN"}"#, headers: ["If-Match": "*"])
      _ = try await client.post("\(path)/replies", #"{"body": "Between us", "visibility": "internal"}"#)
      _ = try await client.post("\(path)/replies", #"{"body": "We are at it"}"#)
      let steps = try await client.get("\(path)/history").json["items"]?.elements ?? []
      #expect(JSONValue.array(steps).column("what") == ["opened", "taken", "edited", "noted", "replied"])
      #expect(steps.allSatisfy { $0["where"]?.text == "LYO" && $0["when"]?.text == "2026-05-12T08:00:00Z" })
      #expect(steps[1]["who"]?["email"]?.text == "ana@example.org")
      let taken = steps[1]["changes"]?.elements.first
      #expect(taken?["field"]?.text == "assignee" && taken?["from"] == .null && taken?["to"]?.text == "ana@example.org")
      let edits = steps[2]["changes"]?.elements ?? []
      let subject = edits.first { $0["field"]?.text == "subject" }
      #expect(subject?["from"]?.text == "VPN fails" && subject?["to"]?.text == "VPN")
      let urgency = edits.first { $0["field"]?.text == "urgency" }
      #expect(urgency?["from"]?.text == "normal" && urgency?["to"]?.text == "high")
      let shown = try await client.get("\(path)/history", as: "eva")
      #expect(!shown.text.contains("Between us") && !shown.text.contains("noted"))
      let ticket = try await client.get(path, as: "eva")
      #expect(ticket.text.contains("We are at it") && !ticket.text.contains("Between us"))
    }
  }
}
