import Helpdesk
import Testing

@testable import WebServer

@Suite("Hours, holidays, absences and skills through the API")
struct CalendarAPITests {
  @Test("A calendar is made, changed, given to an office, and its hours decide whether the office is open")
  func calendars() async throws {
    try await withServer { client, _, _ in
      let path = "/api/v1/calendars/lyo"
      let body = #"{"name": "Lyon", "hours": "mon-fri 08:00-12:00 13:00-17:00", "time_zone": "Europe/Paris"}"#
      #expect(try await client.send("PUT", path, as: "ana", body).status == 403)
      let made = try await client.send("PUT", path, as: "leo", body)
      #expect(made.status == 201 && made.header("location") == path)
      #expect(try made.json["hours"]?.text == "mon-fri 08:00-12:00 13:00-17:00")
      #expect(try await client.send("PUT", path, as: "leo", body).status == 200, "the same again changes nothing")
      #expect(try await client.send("PUT", "/api/v1/calendars/mad", as: "leo", body).status == 403)
      let wrong = try await client.send(
        "PUT", path, as: "leo", #"{"hours": "mon 9-5", "time_zone": "Europe/Pariss", "color": "red"}"#)
      #expect(wrong.status == 422 && wrong.places == ["/hours", "/time_zone", "/color"])
      #expect(wrong.text.contains("Did you mean Europe/Paris?"))
      #expect(try await client.get("/api/v1/calendars/nowhere").status == 404)

      let site = try await client.get("/api/v1/sites/lyo", as: "eva")
      #expect(try site.json["calendar"] == .null && site.json["hours"]?.text == "mon-fri 09:00-18:00")
      let tag = try #require(site.header("etag"))
      let choice = #"{"calendar": "lyo"}"#
      #expect(try await client.send("PATCH", "/api/v1/sites/LYO", as: "leo", choice).status == 428)
      let chosen = try await client.send("PATCH", "/api/v1/sites/LYO", as: "leo", choice, headers: ["If-Match": tag])
      #expect(try chosen.status == 200 && chosen.json["calendar"]?.text == "lyo")
      // Tuesday, ten in the morning in Lyon.
      #expect(try chosen.json["open"] == .flag(true))
      #expect(try chosen.json["next_opening"]?.text == "2026-05-12T08:00:00Z")
      let stale = try await client.send(
        "PATCH", "/api/v1/sites/LYO", as: "ada", #"{"time_zone": "Europe/Madrid"}"#, headers: ["If-Match": tag])
      #expect(stale.status == 412 && stale.problem == "site_changed")
      let zone = try await client.send(
        "PATCH", "/api/v1/sites/LYO", as: "ada", #"{"time_zone": "madrid"}"#, headers: ["If-Match": "*"])
      #expect(zone.status == 422 && zone.text.contains("Europe/Madrid"))
      #expect(try await client.get(path).json["sites"]?.elements == [.string("LYO")])
    }
  }

  @Test("Holidays are added, seen as closed hours, and taken away")
  func holidays() async throws {
    try await withServer { client, _, _ in
      _ = try await client.send("PUT", "/api/v1/calendars/lyo", as: "ada", "{}")
      _ = try await client.send(
        "PATCH", "/api/v1/sites/LYO", as: "ada", #"{"calendar": "lyo"}"#, headers: ["If-Match": "*"])
      let path = "/api/v1/calendars/lyo/holidays"
      let day = #"{"date": "2026-05-12", "name": "Saint Pancrace"}"#
      #expect(try await client.post(path, as: "leo", day).status == 201)
      #expect(try await client.post(path, as: "leo", day).status == 200)
      let site = try await client.get("/api/v1/sites/LYO").json
      #expect(site["open"] == .flag(false) && site["next_opening"]?.text == "2026-05-13T07:00:00Z")
      let part = try await client.post(
        path, as: "leo", #"{"date": "2026-12-24", "name": "Eve", "hours": "14:00-24:00"}"#)
      #expect(try part.json["holidays"]?.elements.map { $0["hours"] ?? .null } == [.null, .string("14:00-24:00")])
      for (body, place) in [
        (#"{"date": "2026-02-30", "name": "x"}"#, "/date"), (#"{"date": "2026-02-20"}"#, "/name"),
        (#"{"date": "2026-02-20", "name": "x", "hours": "22:00-02:00"}"#, "/hours"),
      ] {
        let refused = try await client.post(path, as: "leo", body)
        #expect(refused.status == 422 && refused.places == [place], "\(body)")
      }
      #expect(try await client.send("DELETE", path + "/2026-12-24?name=Other", as: "leo").status == 404)
      let left = try await client.send("DELETE", path + "/2026-12-24?name=Eve", as: "leo")
      #expect(try left.status == 200 && left.json["holidays"]?.elements.count == 1)
      #expect(try await client.send("DELETE", path + "/2026-12-24", as: "leo").status == 404)
    }
  }

  @Test("An iCalendar file is tried, refused with its faults by line, and imported")
  func importing() async throws {
    try await withServer { client, _, _ in
      _ = try await client.send("PUT", "/api/v1/calendars/lyo", as: "ada", "{}")
      let good =
        "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:F\u{ea}te\r\nEND:VEVENT\r\n"
      let bad = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260601\r\nRRULE:FREQ=DAILY\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
      func send(_ events: String, _ query: String, type: String = "text/calendar; charset=utf-8") async throws
        -> WebClient.Answer
      {
        try await client.send(
          "POST", "/api/v1/calendars/lyo/import\(query)", as: "leo", "BEGIN:VCALENDAR\r\n\(events)END:VCALENDAR\r\n",
          headers: ["Content-Type": type])
      }
      #expect(try await send(good, "", type: "application/json").status == 415)
      let tried = try await send(good + bad, "?dry_run=true&until=2027").json
      #expect(tried["added"]?.column("date") == ["2026-05-01", "2027-05-01"] && tried["outside"]?.integer == 6)
      #expect(tried["faults"]?.elements.map { $0["line"]?.integer } == [9])
      let refused = try await send(good + bad, "")
      #expect(refused.status == 422 && refused.text.contains("FREQ=DAILY"))
      #expect(try await client.get("/api/v1/calendars/lyo").json["holidays"]?.elements.isEmpty == true)
      #expect(try await send(good + bad, "?partial=true&until=2027").status == 200)
      let again = try await send(good, "?until=2028").json
      #expect(again["added"]?.column("date") == ["2028-05-01"] && again["present"]?.integer == 2)
      #expect(try await send(good, "?from=2030&until=2020").places == ["until"])
      #expect(try await client.get("/api/v1/calendars/lyo").json["holidays"]?.elements.count == 3)
    }
  }

  @Test("Skills, languages, shift and absences of a person; away is not on shift")
  func people() async throws {
    try await withServer { client, _, _ in
      _ = try await client.send("PUT", "/api/v1/calendars/lyo-night", as: "leo", #"{"hours": "mon-fri 22:00-06:00"}"#)
      func change(_ body: String, as name: String = "leo", of user: String = "ana@example.org") async throws
        -> WebClient.Answer
      {
        try await client.send("PATCH", "/api/v1/users/\(user)", as: name, body, headers: ["If-Match": "*"])
      }
      let before = try await client.get("/api/v1/users/me").json
      #expect(before["on_shift"] == .flag(true) && before["skills"]?.elements.isEmpty == true)
      #expect(before["hours_set"] == .flag(false), "nobody has set the hours of Lyon")
      let changed = try await change(
        #"{"skills": ["VPN"], "languages": ["fr"], "calendar": "lyo-night", "works_remotely": true}"#)
      #expect(changed.status == 200)
      #expect(try changed.json["skills"]?.elements == [.string("vpn")])
      #expect(try changed.json["on_shift"] == .flag(false) && changed.json["hours_set"] == .flag(true))
      #expect(try changed.json["next_shift"]?.text == "2026-05-12T20:00:00Z")
      #expect(try await change(#"{"skills": ["none"]}"#).places == ["/skills/0"])
      #expect(try await change(#"{"calendar": "none"}"#).places == ["/calendar"])
      #expect(try await change(#"{"skills": []}"#, as: "ana", of: "me").status == 403)
      _ = try await change(#"{"calendar": null}"#)

      let path = "/api/v1/users/ana@example.org/absences"
      let week = #"{"from": "2026-05-11", "to": "2026-05-15", "kind": "vacation"}"#
      #expect(try await client.post(path, as: "luc", week).status == 403)
      let away = try await client.post(path, as: "ana", week)
      #expect(try away.status == 201 && away.json["on_shift"] == .flag(false))
      #expect(
        try away.json["next_shift"]?.text == "2026-05-15T22:00:00Z", "with no hours set, as soon as they are back")
      #expect(try await client.post(path, as: "ana", week).status == 201, "noted already")
      let wrong = try await client.post(path, as: "ana", #"{"from": "2026-05-11", "to": "2026-05-10"}"#)
      #expect(wrong.status == 422 && wrong.places == ["/from"])
      let both = try await change(
        #"{"absences": [{"from": "2026-05-11", "to": "2026-05-15", "kind": "vacation"}, {"from": "2026-06-01T14:00", "to": "2026-06-01T16:00"}]}"#,
        as: "ana", of: "me")
      #expect(try both.json["absences"]?.column("from") == ["2026-05-11", "2026-06-01T14:00"])
      let bad = try await change(#"{"absences": [{"from": "x", "kind": 3}]}"#, as: "ana", of: "me")
      #expect(bad.places == ["/absences/0/kind", "/absences/0/to"])
      let removed = try await client.send(
        "DELETE", path + "?from=2026-06-01T14:00&to=2026-06-01T16:00", as: "ana")
      #expect(try removed.json["absences"]?.elements.count == 1)
      #expect(try await client.send("DELETE", path + "?from=2026-06-01&to=2026-06-02", as: "ana").status == 404)
    }
  }
}
