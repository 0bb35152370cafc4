import Helpdesk
import Hummingbird
import OperationLog
import Store
import Testing

@testable import WebServer

@Suite("Hours, holidays and absences on the pages, without JavaScript")
struct CalendarFormTests {
  private struct Session {
    let client: WebClient
    let cookie: String
    let csrf: String

    init(_ client: WebClient, _ server: WebServer, _ name: String) async throws {
      self.client = client
      let cookie = try await server.context.credentials.openSession(for: WebOffice.person(name))
      self.cookie = "\(cookie.name)=\(cookie.value); relevo_language=en"
      let page = try await client.send(
        "GET", "/queue", as: nil, headers: ["Cookie": self.cookie, "Accept": "text/html"])
      csrf = String(page.text.firstMatch(of: /name="csrf" value="([^"]+)"/)?.output.1 ?? "")
    }

    func get(_ path: String) async throws -> WebClient.Answer {
      try await client.send("GET", path, as: nil, headers: ["Cookie": cookie, "Accept": "text/html"])
    }

    func post(_ path: String, _ form: String) async throws -> WebClient.Answer {
      try await client.send(
        "POST", path, as: nil, "csrf=\(csrf)&" + form,
        headers: ["Cookie": cookie, "Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"])
    }

    func upload(_ path: String, _ fields: [(String, String)]) async throws -> WebClient.Answer {
      var body = ""
      for (name, value) in [("csrf", csrf)] + fields {
        body += "--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
      }
      return try await client.send(
        "POST", path, as: nil, body + "--edge--\r\n",
        headers: ["Cookie": cookie, "Accept": "text/html", "Content-Type": "multipart/form-data; boundary=edge"])
    }
  }

  @Test("An office starts with standard hours, said so; its lead gives it hours of its own")
  func hours() async throws {
    try await withServer { client, office, server in
      let leo = try await Session(client, server, "leo")
      let before = try await leo.get("/hours")
      #expect(before.text.contains("Standard hours: nobody has set the hours of this office yet."))
      #expect(before.text.contains("href=\"/hours/lyo\"") && !before.text.contains("href=\"/hours/mad\""))
      #expect(try await (Session(client, server, "ana")).get("/hours").status == 403)
      let bad = try await leo.post("/hours/lyo", "key=k0&name=Lyon&day1=9-5")
      #expect(
        bad.status == 422 && bad.text.contains("“9-5” cannot be read as hours") && bad.text.contains("value=\"9-5\""))
      let zone = try await leo.post("/hours/lyo", "key=k1&name=Lyon&zone=Europe%2FPari")
      #expect(zone.status == 422 && zone.text.contains("Did you mean Europe/Paris?"))
      let saved = try await leo.post("/hours/lyo", "key=k2&name=Lyon&day1=08:00-12:00+13:00-17:00&day2=22:00-06:00")
      #expect(saved.text.contains("The hours are saved."), "\(saved.status)")
      let site = try #require(try await office.store.sites().first { $0.code == "LYO" })
      let calendar = try #require(try await office.store.calendar(key: "lyo"))
      #expect(site.calendar == calendar.id)
      #expect(calendar.hours.description == "mon 08:00-12:00 13:00-17:00, tue 22:00-06:00")
      let refused = try await leo.post("/hours/mad", "key=k3&name=Madrid&day1=08:00-12:00")
      #expect(refused.status == 422)
    }
  }

  @Test("Of many offices a page of /hours draws some, with the way on and back; the count is of all")
  func manyOffices() async throws {
    try await withServer { client, office, server in
      for number in 10..<40 {
        try await office.execute(.defineSite(SiteDefinition(code: "S\(number)", name: "Site \(number)")))
      }
      let leo = try await Session(client, server, "leo")
      let first = try await leo.get("/hours").text
      #expect(first.contains("of 32 ") && first.contains("href=\"/hours?from=24\"") && !first.contains("rel=\"prev\""))
      #expect(first.contains("Site 10") && !first.contains("Site 39"))
      let second = try await leo.get("/hours?from=24").text
      #expect(second.contains("of 32 ") && second.contains("rel=\"prev\" href=\"/hours\""))
      #expect(second.contains("Site 39") && !second.contains("Site 10") && !second.contains("rel=\"next\""))
      #expect(try await leo.get("/hours?from=-7x").text.contains("Site 10"))
    }
  }

  @Test("A calendar file is shown before it is added; what is ticked is added, and a holiday can be removed")
  func importing() async throws {
    try await withServer { client, office, server in
      let leo = try await Session(client, server, "leo")
      let file = """
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260714
        SUMMARY:F\u{ea}te <nationale>
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260815
        SUMMARY:Assomption
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260901
        RRULE:FREQ=WEEKLY
        SUMMARY:Odd
        END:VEVENT
        END:VCALENDAR
        """
      let preview = try await leo.upload("/hours/lyo/import", [("first", "2026"), ("last", "2026"), ("file", file)])
      #expect(preview.status == 200 && preview.text.contains("F\u{ea}te &lt;nationale&gt;"))
      #expect(preview.text.contains("New: 2.") && preview.text.contains("FREQ=WEEKLY"))
      #expect(try await office.store.calendar(key: "lyo") == nil, "nothing is added by looking")
      let references = preview.text.matches(of: /name="holiday" value="([0-9a-f]+)"/).map { String($0.output.1) }
      #expect(references.count == 2)
      let added = try await leo.post(
        "/hours/lyo/holidays/add", "key=k1&holiday=" + references.joined(separator: "&holiday="))
      #expect(added.text.contains("2 holidays added."), "\(added.status)")
      #expect(try await office.store.calendar(key: "lyo")?.holidays.count == 2)
      let single = try await leo.post("/hours/lyo/holidays", "key=k2&date=2026-12-24&name=Eve&part=14:00-24:00")
      #expect(single.text.contains("14:00-24:00"))
      let wrong = try await leo.post("/hours/lyo/holidays", "key=k3&date=soon&name=Eve")
      #expect(wrong.status == 422 && wrong.text.contains("“soon” is no date."))
      let removed = try await leo.post("/hours/lyo/holidays/remove", "key=k4&holiday=\(references[0])")
      #expect(removed.text.contains("The holiday is removed."))
      #expect(try await office.store.calendar(key: "lyo")?.holidays.map(\.name) == ["Assomption", "Eve"])
    }
  }

  @Test("A lead sets topics and shift; people note their own absences and see nothing to plan")
  func work() async throws {
    try await withServer { client, office, server in
      let leo = try await Session(client, server, "leo")
      let ana = try await Session(client, server, "ana")
      let path = "/people/\(WebOffice.person("ana"))"
      #expect(try await leo.get("/people").text.contains("every topic · no hours set, counts as at work"))
      #expect(try await leo.get(path).text.contains("name=\"skill\" value=\"vpn\""))
      let saved = try await leo.post(path + "/work", "key=k1&skill=vpn&languages=fr,+pt&remote=yes&shift=")
      #expect(saved.text.contains("Saved."), "\(saved.status)")
      let person = try #require(try await office.store.person(WebOffice.person("ana")))
      #expect(person.skills.count == 1 && person.spokenLanguages == ["fr", "pt"] && person.worksRemotely)
      let own = try await ana.get("/people/me")
      #expect(own.status == 200 && !own.text.contains("name=\"skill\""))
      let away = try await ana.post("/people/me/absences", "key=k2&from=2026-05-10&to=2026-05-20&kind=vacation")
      #expect(away.text.contains("10 May – 20 May"), "\(away.status)")
      #expect(try await leo.get("/people").text.contains("away until 20 May"))
      let wrong = try await ana.post("/people/me/absences", "key=k3&from=2026-05-20&to=2026-05-10&kind=vacation")
      #expect(wrong.status == 422 && wrong.text.contains("is no stretch of time"))
      #expect(try await ana.get("/people/\(WebOffice.person("luc"))").status == 404)
      let reference = try #require(away.text.firstMatch(of: /name="absence" value="([0-9a-f]+)"/)).output.1
      _ = try await ana.post("/people/me/absences/remove", "key=k4&absence=\(reference)")
      #expect(try await office.store.person(WebOffice.person("ana"))?.absences.isEmpty == true)
      #expect(try await ana.post("/people/me/work", "key=k5&skill=&languages=de&remote=yes").status == 200)
      #expect(try await office.store.person(WebOffice.person("ana"))?.spokenLanguages == ["de"])
    }
  }
}
