import Hummingbird
import Testing

@testable import WebServer

@Suite("Forms of pages that are refused")
struct PageFormTests {
  @Test("A form that is refused shows what was typed, and the node goes on")
  func keepsWhatWasTyped() async throws {
    try await withServer { client, _, server in
      let cookie = try await server.context.credentials.openSession(for: WebOffice.person("eva"))
      let headers = [
        "Cookie": "\(cookie.name)=\(cookie.value)", "Accept": "text/html",
        "Content-Type": "application/x-www-form-urlencoded",
      ]
      let form = "csrf=old&description=The+lamp+is+broken"
      let refused = try await client.send("POST", "/requests/new", as: nil, form, headers: headers)
      #expect(refused.status == 403 && refused.text.contains("The lamp is broken"))
      let lost = try await client.send("POST", "/nowhere", as: nil, form, headers: ["Accept": "text/html"])
      #expect(lost.status == 404)
      #expect(try await client.send("GET", "/livez", as: nil).status == 200)
    }
  }

  @Test("A search term that means nothing is explained on the queue")
  func explainsTerms() async throws {
    try await withServer { client, _, _ in
      let answer = try await client.send("GET", "/queue?q=is%3Afoo", as: "ana", headers: ["Accept": "text/html"])
      #expect(answer.status == 200 && answer.text.contains("is:foo"))
    }
  }
}
