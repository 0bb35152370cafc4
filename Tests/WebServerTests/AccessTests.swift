import Helpdesk
import Hummingbird
import Testing

@testable import WebServer

@Suite("Who gets in, and what everybody is told")
struct AccessTests {
  @Test("Without a valid token the API says so, whatever the address")
  func tokens() async throws {
    try await withServer { client, _, _ in
      for path in ["/api/v1/tickets", "/api/v1/nothing"] {
        let answer = try await client.get(path, as: nil)
        #expect(answer.status == 401 && answer.problem == "sign_in_needed")
        #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true)
      }
      let wrong = try await client.get("/api/v1/tickets", as: "nobody")
      #expect(wrong.status == 401 && wrong.problem == "token_unknown")
      for header in ["Bearer", "Basic YTpi", "Bearer  ", "ana-token"] {
        #expect(try await client.get("/api/v1/tickets", as: nil, headers: ["Authorization": header]).status == 401)
      }
    }
  }

  @Test("A browser's session reads with its cookie, writes with its CSRF token, and ends")
  func sessions() async throws {
    try await withServer { client, _, server in
      let credentials = server.context.credentials
      let cookie = try await credentials.openSession(for: WebOffice.person("eva"))
      #expect(cookie.httpOnly && cookie.sameSite == .lax && !cookie.secure && cookie.maxAge == 30 * 24 * 3600)
      let headers = ["Cookie": "\(cookie.name)=\(cookie.value)"]
      #expect(try await client.get("/api/v1/users/me", as: nil, headers: headers).json["name"]?.text == "Eva")
      let body = #"{"subject": "x", "description": ""}"#
      let bare = try await client.post("/api/v1/tickets", as: nil, body, headers: headers)
      #expect(bare.status == 403 && bare.problem == "csrf_missing")
      let viewer = try #require(try await credentials.viewer(cookie: cookie.value))
      let wrong = String(viewer.csrf.reversed())
      #expect(
        try await client.post(
          "/api/v1/tickets", as: nil, body, headers: headers.merging(["X-CSRF-Token": wrong]) { $1 }
        ).status == 403)
      #expect(
        try await client.post(
          "/api/v1/tickets", as: nil, body, headers: headers.merging(["X-CSRF-Token": viewer.csrf]) { $1 }
        ).status == 201)
      #expect(try await credentials.closeSession(of: viewer).maxAge == 0)
      #expect(try await client.get("/api/v1/users/me", as: nil, headers: headers).status == 401)
      for forged in ["", "00", String(repeating: "0", count: 64)] {
        let cookies = ["Cookie": "\(cookie.name)=\(forged)"]
        #expect(try await client.get("/api/v1/users/me", as: nil, headers: cookies).status == 401)
      }
    }
  }

  @Test("Cookies insist on TLS where browsers come over TLS")
  func secureCookies() async throws {
    let settings = WebServerSettings(host: "127.0.0.1", port: 0, publicURL: "https://help.example.org")
    try await withServer(settings: settings) { _, _, server in
      let cookie = try await server.context.credentials.openSession(for: WebOffice.person("eva"))
      #expect(cookie.secure)
    }
  }

  @Test("Health, metrics and the description are open; a node that starts is not ready")
  func health() async throws {
    try await withServer { client, office, _ in
      #expect(try await client.get("/livez", as: nil).status == 200)
      #expect(try await client.get("/readyz", as: nil).status == 200)
      office.setReady(false)
      #expect(try await client.get("/readyz", as: nil).status == 503)
      #expect(try await client.get("/livez", as: nil).status == 200)
      let metrics = try await client.get("/metrics", as: nil)
      #expect(
        metrics.text == "# EOF\n" && metrics.header("content-type")?.hasPrefix("application/openmetrics-text") == true)
      #expect(try await client.get("/openapi.json", as: nil).json["info"]?["version"]?.text == "1.2.3")
    }
  }

  @Test("Every answer forbids framing, sniffing and foreign content")
  func securityHeaders() async throws {
    try await withServer { client, _, _ in
      for path in ["/livez", "/api/v1/tickets", "/api/v1/nothing"] {
        let answer = try await client.get(path)
        #expect(answer.header("x-content-type-options") == "nosniff" && answer.header("x-frame-options") == "DENY")
        #expect(answer.header("content-security-policy")?.contains("default-src 'self'") == true)
        #expect(answer.header("content-security-policy")?.contains("frame-ancestors 'none'") == true)
        #expect(answer.header("referrer-policy") == "same-origin" && answer.header("cache-control") == "no-store")
      }
    }
  }
}
