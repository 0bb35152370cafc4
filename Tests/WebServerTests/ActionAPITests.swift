import Helpdesk
import OperationLog
import Store
import Testing

@testable import WebServer

@Suite("What is done with tickets through the API")
struct ActionAPITests {
  @Test("A ticket is taken, assigned, escalated, resolved, opened again and closed for good")
  func life() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      let taken = try await client.post("\(path)/take")
      #expect(taken.status == 200 && taken.header("etag") != nil)
      #expect(try taken.json["stage"]?.text == "assigned")
      let again = try await client.post("\(path)/take")
      #expect(again.status == 409 && again.problem == "already_assigned")
      let assigned = try await client.post("\(path)/assign", #"{"to": "luc@example.org"}"#)
      #expect(try assigned.json["assignee"]?["name"]?.text == "Luc")
      #expect(try await client.post("\(path)/assign", #"{"to": null}"#).json["assignee"] == .null)
      let employee = try await client.post("\(path)/assign", #"{"to": "eva@example.org"}"#)
      #expect(employee.status == 422 && employee.problem == "not_an_agent")

      let escalated = try await client.post(
        "\(path)/escalate", #"{"to": "Network", "reason": "Needs a router person"}"#)
      #expect(try escalated.json["queue"]?.text == "Network")
      #expect(try escalated.json["level"]?.integer == 2)
      let further = try await client.post("\(path)/escalate", #"{"to": "luc@example.org", "reason": "You know this"}"#)
      #expect(try further.json["assignee"]?["email"]?.text == "luc@example.org")
      let nowhere = try await client.post("\(path)/escalate", #"{"to": "Nowhere", "reason": "?"}"#)
      #expect(nowhere.status == 422 && nowhere.places == ["/to"])

      let resolved = try await client.post("\(path)/close", as: "luc", #"{"resolution": "Certificate renewed"}"#)
      #expect(try resolved.json["status"]?.text == "resolved" && resolved.json["resolved_at"] != .null)
      let reopened = try await client.post("\(path)/reopen", as: "eva", #"{"reason": "It is back"}"#)
      #expect(try reopened.json["status"]?.text == "open")
      #expect(try await client.post("\(path)/reopen", as: "eva").status == 409)
      let closed = try await client.post("\(path)/close", as: "luc", #"{"resolution": "New line", "final": true}"#)
      #expect(try closed.json["status"]?.text == "closed")
      let words = try closed.json["replies"]?.column("kind")
      #expect(words == ["escalation", "escalation", "resolution", "reopening", "resolution"])
      let late = try await client.post("\(path)/close", as: "luc", #"{"resolution": "Again"}"#)
      #expect(late.status == 409 && late.problem == "already_closed")
    }
  }

  @Test("Actions heed If-Match where it is sent")
  func conditionalActions() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      let tag = try #require(try await client.get(path).header("etag"))
      _ = try await client.post("\(path)/take", as: "luc")
      let late = try await client.post("\(path)/take", as: "ana", headers: ["If-Match": tag])
      #expect(late.status == 412 && late.problem == "changed_meanwhile")
    }
  }

  @Test("Employees write on their own tickets, and others' do not exist for them")
  func employees() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      #expect(try await client.get(path, as: "eli").problem == "ticket_unknown")
      for action in ["replies", "take", "assign", "escalate", "close", "reopen", "conflicts/subject"] {
        let answer = try await client.post("\(path)/\(action)", as: "eli", #"{"body": "x"}"#)
        #expect(answer.status == 404 && answer.problem == "ticket_unknown", "\(action)")
      }
      #expect(try await client.get("\(path)/history", as: "eli").status == 404)
      #expect(try await client.send("PATCH", path, as: "eli", "{}").status == 404)
      let note = try await client.post("\(path)/replies", as: "eva", #"{"body": "x", "visibility": "internal"}"#)
      #expect(note.status == 403 && note.problem == "not_allowed")
      #expect(try await client.post("\(path)/take", as: "eva").status == 403)
      let forOther = try await client.post(
        "/api/v1/tickets", as: "eva", #"{"subject": "x", "description": "", "requester": "eli@example.org"}"#)
      #expect(forOther.status == 403)
      #expect(
        try await client.post("\(path)/replies", as: "eva", #"{"body": "Hello"}"#).json["author"]?["name"]?.text
          == "Eva")
    }
  }

  @Test("Two offices' values stand side by side until a person chooses")
  func conflicts() async throws {
    try await withServer { client, office, _ in
      let path = "/api/v1/tickets/\(try await client.open())"
      let name = try #require(try await client.get(path).json["id"]?.text)
      let id = try #require(EntityID(hex: name))
      let before = try #require(try await office.store.detail(id)).version
      // Both wrote without having seen the other: the same version was on both screens.
      for (name, urgency) in [("ana", Urgency.high), ("luc", .low)] {
        var edit = TicketEdit()
        edit.urgency = urgency
        _ = try await office.store.execute(
          Command(actor: .person(WebOffice.person(name)), rendered: before, body: .editTicket(id, edit)))
      }
      let open = try await client.get("/api/v1/conflicts").json["items"]?.elements ?? []
      #expect(open.count == 1 && open[0]["field"]?.text == "urgency")
      let choices = open[0]["choices"]?.elements ?? []
      #expect(JSONValue.array(choices).column("value").sorted() == ["high", "low"])
      #expect(choices.filter { $0["displayed"] == .flag(true) }.count == 1)
      #expect(Set(choices.compactMap { $0["who"]?["name"]?.text }) == ["Ana", "Luc"])
      #expect(try await client.get(path).json["conflicts"]?.elements == [.string("urgency")])
      #expect(try await client.get("/api/v1/conflicts", as: "eva").status == 403)

      let unsuitable = try await client.post("\(path)/conflicts/urgency", #"{"value": "urgent"}"#)
      #expect(unsuitable.status == 422 && unsuitable.places == ["/value"])
      #expect(try await client.post("\(path)/conflicts/colour", #"{"value": "red"}"#).status == 404)
      let decided = try await client.post("\(path)/conflicts/urgency", #"{"value": "high"}"#)
      #expect(decided.status == 200)
      #expect(try decided.json["urgency"]?.text == "high" && decided.json["conflicts"]?.elements == [])
      let again = try await client.post("\(path)/conflicts/urgency", #"{"value": "high"}"#)
      #expect(again.status == 409 && again.problem == "not_in_conflict")
      #expect(try await client.get("/api/v1/conflicts").json["items"]?.elements == [])
    }
  }
}
