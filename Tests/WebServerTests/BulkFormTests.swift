import Hummingbird
import OperationLog
import Testing

@testable import WebServer

@Suite("One form for several tickets, and for the agent's own availability")
struct BulkFormTests {
  private struct Session {
    let client: WebClient
    let cookie: String
    let csrf: String

    init(_ client: WebClient, _ server: WebServer, _ name: String) async throws {
      self.client = client
      let cookie = try await server.context.credentials.openSession(for: WebOffice.person(name))
      self.cookie = "\(cookie.name)=\(cookie.value); relevo_language=en"
      let page = try await client.send(
        "GET", "/queue?q=is%3Aany", as: nil, headers: ["Cookie": self.cookie, "Accept": "text/html"])
      csrf = String(page.text.firstMatch(of: /name="csrf" value="([^"]+)"/)?.output.1 ?? "")
    }

    func get(_ path: String) async throws -> WebClient.Answer {
      try await client.send("GET", path, as: nil, headers: ["Cookie": cookie, "Accept": "text/html"])
    }

    func post(_ path: String, _ form: String) async throws -> WebClient.Answer {
      try await client.send(
        "POST", path, as: nil, "csrf=\(csrf)&" + form,
        headers: [
          "Cookie": cookie, "Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded",
        ])
    }

    /// What choosing each row of the page would send.
    func picks() async throws -> [String] {
      try await get("/queue?q=is%3Aany").text.matches(of: /name="ticket" value="([^"]+)"/).map {
        String($0.output.1).replacing(" ", with: "+")
      }
    }
  }

  @Test("Three tickets are taken at once; the one somebody else took meanwhile is named and left alone")
  func takesSeveral() async throws {
    try await withServer { client, _, server in
      for number in 1...3 {
        _ = try await client.send(
          "POST", "/api/v1/tickets", as: "eva", "{\"subject\": \"Lamp \(number)\", \"description\": \"It is dark.\"}",
          headers: ["Content-Type": "application/json"])
      }
      let ana = try await Session(client, server, "ana")
      let picks = try await ana.picks()
      #expect(picks.count == 3)
      _ = try await client.send(
        "POST", "/api/v1/tickets/LYO-2/take", as: "luc", "{}", headers: ["Content-Type": "application/json"])
      let form = picks.map { "ticket=\($0)" }.joined(separator: "&") + "&act=take&key=k1&q=is%3Aany"
      let answer = try await ana.post("/queue/bulk", form)
      #expect(answer.status == 200)
      #expect(answer.text.contains("<strong>2</strong> tickets were changed"))
      #expect(answer.text.contains("<strong>LYO-2</strong> stays as it was"))
      let mine = try await ana.get("/queue?q=assignee%3Ame")
      #expect(mine.text.contains("Lamp 1") && mine.text.contains("Lamp 3") && !mine.text.contains("Lamp 2"))
      // The same form again, as a reload sends it, finds its work done.
      let again = try await ana.post("/queue/bulk", form)
      #expect(again.text.contains("<strong>2</strong> tickets were changed"))
      let history = try await client.send("GET", "/api/v1/tickets/LYO-1/history", as: "ana")
      #expect(history.text.ranges(of: "\"what\":\"taken\"").count == 1, "\(history.text)")
    }
  }

  @Test("A tag goes to every chosen ticket; an empty choice says what to do")
  func tags() async throws {
    try await withServer { client, _, server in
      _ = try await client.send(
        "POST", "/api/v1/tickets", as: "eva", "{\"subject\": \"Lamp\", \"description\": \"It is dark.\"}",
        headers: ["Content-Type": "application/json"])
      let ana = try await Session(client, server, "ana")
      let pick = try #require(try await ana.picks().first)
      #expect(
        try await ana.post("/queue/bulk", "ticket=\(pick)&act=tag&tag=floor-2&key=k1").text.contains("was changed"))
      #expect(try await ana.get("/queue?q=tag%3Afloor-2").text.contains("Lamp"))
      #expect(try await ana.post("/queue/bulk", "act=take&key=k2").text.contains("No ticket was chosen"))
    }
  }

  @Test("An agent pauses and takes tickets again with a form that needs no script; the state stands beside it")
  func availability() async throws {
    try await withServer { client, _, server in
      let ana = try await Session(client, server, "ana")
      #expect(try await ana.get("/queue").text.contains("You take new tickets"))
      let paused = try await ana.post("/people/me/availability", "available=no&key=k1&return_to=%2Fqueue")
      #expect(paused.status == 303 || paused.status == 200)
      #expect(try await ana.get("/queue").text.contains("You get no new tickets"))
      _ = try await ana.post("/people/me/availability", "available=yes&key=k2&return_to=%2Fqueue")
      #expect(try await ana.get("/queue").text.contains("You take new tickets"))
    }
  }

  @Test("The search box can complete every field of the query language, and every word it offers is understood")
  func completions() async throws {
    try await withServer { client, _, server in
      let ana = try await Session(client, server, "ana")
      let words = try await ana.get("/queue").text.matches(of: /<option value="([a-z]+:[^"]*)" label/).map {
        String($0.output.1).replacing("&lt;", with: "<")
      }
      #expect(Set(words.map { $0.prefix { $0 != ":" } }).isSuperset(of: ["is", "site", "assignee", "priority", "sla"]))
      for word in words where !word.hasSuffix(":") {
        let escaped = PageRoutes.escaped(word)
        let answer = try await ana.get("/queue?q=" + escaped)
        #expect(!answer.text.contains("means nothing"), "\(word)")
      }
    }
  }
}
