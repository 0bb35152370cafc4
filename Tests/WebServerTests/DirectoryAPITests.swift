import Helpdesk
import Testing

@testable import WebServer

@Suite("People, places, tokens and the node through the API")
struct DirectoryAPITests {
  @Test("Sites, categories and queues are listed; only those who may add to them")
  func smallLists() async throws {
    try await withServer { client, _, _ in
      let sites = try await client.get("/api/v1/sites", as: "eva").json["items"]?.elements ?? []
      #expect(JSONValue.array(sites).column("code") == ["LYO", "MAD"])
      #expect(sites[0]["here"] == .flag(true) && sites[0]["link"] == .null && sites[1]["link"]?.text == "up")
      let body = #"{"key": "Badge", "names": {"en": "Badge", "es": "Tarjeta"}}"#
      #expect(try await client.post("/api/v1/categories", as: "leo", body).status == 403)
      let category = try await client.post("/api/v1/categories", as: "ada", body)
      #expect(try category.status == 201 && category.json["key"]?.text == "badge")
      let categories = try await client.get("/api/v1/categories", as: "eva")
      #expect(try categories.json["items"]?.column("key") == ["badge", "vpn"])
      let wrong = try await client.post(
        "/api/v1/categories", as: "ada", #"{"key": "x", "names": {"en": "X", "fr": "X"}}"#)
      #expect(wrong.status == 422 && wrong.places == ["/names/fr", "/names/es"])
      let queue = try await client.post("/api/v1/queues", as: "leo", #"{"name": "Desk", "level": 1.0}"#)
      #expect(try queue.status == 201 && queue.json["level"]?.integer == 1)
      let level = try await client.post("/api/v1/queues", as: "leo", #"{"name": "Desk", "level": 4}"#)
      #expect(level.status == 422 && level.places == ["/level"])
      #expect(try await client.get("/api/v1/queues").json["items"]?.elements.count == 2)
    }
  }

  @Test("People are added, listed in pages, changed against their version, and deactivated")
  func people() async throws {
    try await withServer { client, _, _ in
      let body =
        #"{"email": "Mia@Example.org", "name": "Mia", "role": "agent", "site": "LYO", "password": "four plain words"}"#
      #expect(try await client.post("/api/v1/users", as: "ana", body).status == 403)
      let created = try await client.post("/api/v1/users", as: "ada", body)
      #expect(created.status == 201)
      #expect(try created.json["email"]?.text == "mia@example.org" && created.json["has_password"] == .flag(true))
      let location = try #require(created.header("location"))
      #expect(
        try await client.post("/api/v1/users", as: "ada", body).status == 201, "the same again is the same person")
      let other = try await client.post("/api/v1/users", as: "ada", #"{"email": "mia@example.org", "name": "Maria"}"#)
      #expect(other.status == 409 && other.problem == "person_exists")
      let byLead = try await client.post("/api/v1/users", as: "leo", #"{"email": "max@example.org", "role": "lead"}"#)
      #expect(byLead.status == 403)

      var names: [String] = []
      var path = "/api/v1/users?limit=3"
      while true {
        let page = try await client.get(path).json
        names += page["items"]?.column("name") ?? []
        guard let next = page["next"]?.text else { break }
        path = "/api/v1/users?limit=3&after=\(next)"
      }
      #expect(names == ["Ada", "Ana", "Eli", "Eva", "Leo", "Luc", "Mia"])
      #expect(try await client.get("/api/v1/users?role_at_least=lead").json["items"]?.elements.count == 2)
      #expect(try await client.get("/api/v1/users", as: "eva").status == 403)

      let tag = try #require(try await client.get(location).header("etag"))
      #expect(try await client.send("PATCH", location, as: "ada", #"{"capacity": 3}"#).status == 428)
      let changed = try await client.send(
        "PATCH", location, as: "ada", #"{"active": false, "capacity": 3}"#, headers: ["If-Match": tag])
      #expect(try changed.status == 200 && changed.json["active"] == .flag(false))
      let stale = try await client.send(
        "PATCH", location, as: "ada", #"{"capacity": 4}"#, headers: ["If-Match": tag])
      #expect(stale.status == 412 && stale.problem == "person_changed")
      let short = try await client.send(
        "PATCH", "/api/v1/users/me", as: "eva", #"{"password": "short"}"#, headers: ["If-Match": "*"])
      #expect(short.status == 422 && short.places == ["/password"])
      let own = try await client.send(
        "PATCH", "/api/v1/users/me", as: "eva", #"{"language": "en", "available": false}"#, headers: ["If-Match": "*"])
      #expect(try own.status == 200 && own.json["language"]?.text == "en")
      let raised = try await client.send(
        "PATCH", "/api/v1/users/me", as: "eva", #"{"role": "admin"}"#, headers: ["If-Match": "*"])
      #expect(raised.status == 403)
      let last = try await client.send(
        "PATCH", "/api/v1/users/me", as: "ada", #"{"role": "lead"}"#, headers: ["If-Match": "*"])
      #expect(last.status == 409 && last.problem == "last_admin")
      #expect(try await client.get("/api/v1/users/ana@example.org", as: "eva").status == 404)
    }
  }

  @Test("A token works at once, is shown once, and stops working when it is revoked or its holder deactivated")
  func tokens() async throws {
    try await withServer { client, _, _ in
      let key = ["Idempotency-Key": "token-1"]
      let made = try await client.post("/api/v1/tokens", as: "eva", #"{"name": "script"}"#, headers: key)
      #expect(made.status == 201)
      let secret = try #require(try made.json["secret"]?.text)
      let id = try #require(try made.json["id"]?.text)
      let again = try await client.post("/api/v1/tokens", as: "eva", #"{"name": "script"}"#, headers: key)
      #expect(again.body == made.body, "a retry gets the same secret")
      let bearer = ["Authorization": "Bearer \(secret)"]
      #expect(try await client.get("/api/v1/users/me", as: nil, headers: bearer).json["name"]?.text == "Eva")
      let list = try await client.get("/api/v1/tokens", as: "eva")
      #expect(!list.text.contains(secret))
      #expect(try list.json["items"]?.column("name") == ["script", "test"])
      #expect(try await client.get("/api/v1/tokens?person=ada@example.org", as: "eva").status == 403)
      #expect(
        try await client.post("/api/v1/tokens", as: "eva", #"{"name": "x", "person": "ada@example.org"}"#).status == 403
      )

      #expect(try await client.send("DELETE", "/api/v1/tokens/\(id)", as: "eli").status == 404)
      #expect(try await client.send("DELETE", "/api/v1/tokens/\(id)", as: "eva").status == 204)
      #expect(try await client.get("/api/v1/users/me", as: nil, headers: bearer).problem == "token_unknown")
      #expect(try await client.get("/api/v1/users/me", as: "eli").status == 200)
      let off = try await client.send(
        "PATCH", "/api/v1/users/eli@example.org", as: "ada", #"{"active": false}"#, headers: ["If-Match": "*"])
      #expect(off.status == 200)
      #expect(try await client.get("/api/v1/users/me", as: "eli").status == 401)
    }
  }

  @Test("The status is the one the command line prints, for agents")
  func status() async throws {
    try await withServer { client, _, _ in
      let answer = try await client.get("/api/v1/status")
      #expect(answer.status == 200 && answer.header("content-type") == "application/json")
      #expect(try answer.json["site"]?.text == "LYO" && answer.json["uptime_seconds"] == .null)
      #expect(try await client.get("/api/v1/status", as: "eva").status == 403)
    }
  }
}
