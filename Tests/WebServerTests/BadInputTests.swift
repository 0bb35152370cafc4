import Foundation
import GRDB
import Helpdesk
import OperationLog
import Store
import Testing

@testable import WebServer

@Suite("Bad input through the API")
struct BadInputTests {
  @Test("Every fault of a body is told with its pointer, in the caller's language")
  func faults() async throws {
    try await withServer { client, _, _ in
      let body = """
        {"description": 5, "urgency": "very", "tags": ["a", 1], "colour": "red", "a/b~c": 1, "category": "nothing"}
        """
      let answer = try await client.post("/api/v1/tickets", as: "ana", body, headers: ["Accept-Language": "es"])
      #expect(answer.status == 422 && answer.problem == "request_unsuitable")
      #expect(
        answer.places == [
          "/subject", "/description", "/category", "/urgency", "/tags/1", "/colour", "/a~1b~0c",
        ])
      #expect(try answer.json["detail"]?.text == "Falta «subject».")
      #expect(answer.header("content-language") == "es")
      #expect(try answer.json.names == ["type", "title", "status", "detail", "errors"])
      let english = try await client.post(
        "/api/v1/tickets", as: "ana", "{}", headers: ["Accept-Language": "fr, en;q=0.5"])
      #expect(try english.json["detail"]?.text == "“subject” is missing.")
    }
  }

  @Test("What is no JSON, no UTF-8 or no object gets its own answer")
  func unreadable() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/tickets"
      #expect(try await client.post(path, "{").problem == "json_malformed")
      #expect(try await client.post(path, "").status == 400)
      let latin = try await client.send("POST", path, bytes: Array(#"{"subject": ""#.utf8) + [0xe9, 0x22, 0x7d])
      #expect(latin.status == 400 && latin.problem == "not_utf8")
      #expect(try await client.post(path, #"{"subject": 1, "subject": 2}"#).problem == "json_repeated_name")
      #expect(try await client.post(path, String(repeating: "[", count: 5000)).problem == "json_too_deep")
      let list = try await client.post(path, "[]")
      #expect(list.status == 422 && list.places == [""])
      let form = try await client.post(path, "a=b", headers: ["Content-Type": "application/x-www-form-urlencoded"])
      #expect(form.status == 415 && form.problem == "json_needed")
      #expect(
        try await client.post(
          path, #"{"subject": "x", "description": ""}"#, headers: ["Content-Type": "Application/JSON; charset=utf-8"]
        ).status == 201)
    }
  }

  @Test("Texts that are too long, empty or of control characters are refused with the limit")
  func texts() async throws {
    try await withServer { client, _, _ in
      func subject(_ text: String) async throws -> WebClient.Answer {
        try await client.post("/api/v1/tickets", #"{"subject": "\#(text)", "description": ""}"#)
      }
      let long = try await subject(String(repeating: "é", count: 201))
      #expect(long.status == 422 && long.problem == "field_too_long" && long.places == ["/subject"])
      #expect(try await subject(String(repeating: "é", count: 200)).status == 201)
      for text in ["", "   ", "\\u0000\\u0007", "\\u202e"] {
        #expect(try await subject(text).problem == "field_empty", "\(text)")
      }
      let tags = (1...21).map { "\"t\($0)\"" }.joined(separator: ",")
      let many = try await client.post("/api/v1/tickets", #"{"subject": "x", "description": "", "tags": [\#(tags)]}"#)
      #expect(many.status == 422 && many.places == ["/tags"])
      let requester = try await client.post(
        "/api/v1/tickets", #"{"subject": "x", "description": "", "requester": "eva"}"#)
      #expect(requester.status == 422 && requester.places == ["/requester"])
    }
  }

  @Test("A body beyond 1 MiB is refused, whether its length is told or not")
  func tooLarge() async throws {
    try await withServer { client, _, _ in
      let told = try await client.post("/api/v1/tickets", String(repeating: " ", count: (1 << 20) + 1))
      #expect(told.status == 413 && told.problem == "body_too_large")
      let chunk = "100000\r\n" + String(repeating: "x", count: 1 << 20) + "\r\n1\r\nx\r\n0\r\n\r\n"
      let head =
        "POST /api/v1/tickets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ana-token\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n"
      let untold = await client.raw(head + chunk) { $0.contains("body_too_large") }
      #expect(untold.hasPrefix("HTTP/1.1 413"))
    }
  }

  @Test("Searches, cursors, limits and unknown parameters are refused with what would do")
  func queries() async throws {
    try await withServer { client, _, _ in
      func place(_ query: String) async throws -> [String] {
        let answer = try await client.get("/api/v1/tickets?\(query)")
        #expect(answer.status == 422, "\(query)")
        return answer.places
      }
      #expect(try await place("q=is:nothing") == ["q"])
      #expect(try await place("q=sla:soon") == ["q"])
      #expect(try await place("q=\(String(repeating: "a", count: 501))") == ["q"])
      for limit in ["0", "201", "-1", "x", "99999999999999999999", ""] {
        #expect(try await place("limit=\(limit)") == ["limit"])
      }
      #expect(try await place("after=yesterday") == ["after"])
      #expect(try await place("limit=1&limit=2") == ["limit"])
      #expect(try await place("colour=red") == ["colour"])
      #expect(try await place("q=%ff") == ["q"])
      let choices = try await client.get("/api/v1/tickets?q=is:nothing").json["detail"]?.text
      #expect(choices?.contains("is:overdue") == true)
    }
  }

  @Test("Unsuitable idempotency keys are refused")
  func keys() async throws {
    try await withServer { client, _, _ in
      for key in ["a b", String(repeating: "k", count: 201)] {
        // Also where nothing would be written, because the person is there already.
        let person = try await client.post(
          "/api/v1/users", as: "ada", #"{"email": "eva@example.org"}"#, headers: ["Idempotency-Key": key])
        #expect(person.status == 422)
        let answer = try await client.post(
          "/api/v1/tickets", #"{"subject": "x", "description": ""}"#, headers: ["Idempotency-Key": key])
        #expect(answer.status == 422 && answer.places == ["Idempotency-Key"])
      }
    }
  }

  @Test("Unknown addresses and methods are answered as problems")
  func addresses() async throws {
    try await withServer { client, _, _ in
      #expect(try await client.get("/api/v1/nothing").problem == "not_found")
      #expect(try await client.get("/api/v1/tickets/LYO-99").problem == "ticket_unknown")
      #expect(try await client.get("/api/v1/tickets/%ff").problem == "not_found")
      let method = try await client.send("DELETE", "/api/v1/tickets")
      #expect(method.status == 405 && method.problem == "method_not_allowed")
      #expect(method.header("allow") == "GET, HEAD, POST")
      let unheard = try await client.send("QUERY", "/api/v1/tickets/LYO-1/take")
      #expect(unheard.status == 405 && unheard.header("allow") == "POST")
      #expect(try await client.send("HEAD", "/api/v1/tickets").status == 200)
      let garbage = await client.raw("NONSENSE\r\n\r\n") { $0.contains("\r\n\r\n") }
      #expect(garbage.hasPrefix("HTTP/1.1 400"))
      // Rows of the interface that a later release fills.
      for path in ["/articles", "/announcements", "/reports/service"] {
        #expect(try await client.get("/api/v1\(path)").problem == "not_found")
      }
    }
  }

  @Test("A full disk is said to be full, nothing of the write remains, and reading goes on")
  func fullDisk() async throws {
    try await withServer { client, office, _ in
      _ = try await client.open("Before")
      try await office.store.pool.writeWithoutTransaction { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        try db.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
      var answer = try await client.post("/api/v1/tickets", #"{"subject": "x", "description": ""}"#)
      let filler = String(repeating: "word ", count: 1400)
      for _ in 1...50 where answer.status == 201 {
        answer = try await client.post("/api/v1/tickets", #"{"subject": "x", "description": "\#(filler)"}"#)
      }
      #expect(answer.status == 507 && answer.problem == "disk_full")
      let count = try await client.get("/api/v1/tickets?limit=200").json["items"]?.elements.count ?? 0
      #expect(try await client.get("/api/v1/tickets/LYO-1").status == 200)
      try await office.store.pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA max_page_count = 1000000")
      }
      let after = try await client.post("/api/v1/tickets", #"{"subject": "x", "description": ""}"#)
      #expect(after.status == 201)
      #expect(try after.json["number"]?.text == "LYO-\(count + 1)", "the refused ticket used up no number")
    }
  }

  @Test("When too much waits to be saved, a write is refused at once and says when to come back")
  func busy() async throws {
    try await withServer { client, office, _ in
      let store = office.store
      let gate = DispatchSemaphore(value: 0)
      store.pool.asyncWriteWithoutTransaction { _ in gate.wait() }
      let (refusals, refused) = AsyncStream.makeStream(of: Void.self)
      let writers = Task {
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<(SiteStore.pendingMax + 100) {
            group.addTask {
              do {
                _ = try await store.execute(Command(actor: .console, body: .take(.zero)))
              } catch CommandRefusal.busy {
                refused.yield()
              } catch {
                // Every other one is refused because there is no such ticket, which is cheap.
              }
            }
          }
        }
      }
      for await _ in refusals { break }
      let answer = try await client.post("/api/v1/tickets", #"{"subject": "x", "description": ""}"#)
      gate.signal()
      #expect(answer.status == 503 && answer.problem == "busy" && answer.header("retry-after") == "1")
      await writers.value
      #expect(try await client.post("/api/v1/tickets", #"{"subject": "x", "description": ""}"#).status == 201)
    }
  }
}
