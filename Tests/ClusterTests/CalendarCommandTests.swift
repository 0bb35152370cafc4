import Foundation
import Testing

@Suite("Hours and holidays from the command line, seen at another office")
struct CalendarCommandTests {
  @Test("A calendar set in Madrid, with holidays of a file, is what Lyon shows", .timeLimit(.minutes(5)))
  func calendar() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      let (madrid, lyon) = (cluster.madrid, cluster.lyon)
      try await madrid.run("calendar", "set", "lyo", "--name", "Lyon", "--hours", "mon-fri 08:00-12:00 13:00-17:00")
      let wrong = try await madrid.relevo(["calendar", "set", "lyo", "--hours", "mon 8-12"])
      #expect(wrong.ending == .code(1) && wrong.errors.contains("8-12"), "\(wrong.errors)")
      let file = FileManager.default.temporaryDirectory.path + "/relevo-\(UUID().uuidString).ics"
      let event = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200714\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:14 juillet\r\nEND:VEVENT"
      try "BEGIN:VCALENDAR\r\n\(event)\r\nEND:VCALENDAR\r\n".write(toFile: file, atomically: true, encoding: .utf8)
      defer {
        // What cannot be removed stays in the system's temporary directory.
        try? FileManager.default.removeItem(atPath: file)
      }
      let tried = try await madrid.relevo(
        ["calendar", "import", "lyo", file, "--from", "2027", "--until", "2028", "--dry-run"])
      #expect(tried.output.contains("2027-07-14") && tried.errors.contains("2 would be added"), "\(tried.errors)")
      try await madrid.run("calendar", "import", "lyo", file, "--from", "2027", "--until", "2028")
      try await madrid.run("calendar", "holiday", "add", "lyo", "2027-12-24", "Veille", "--hours", "14:00-24:00")
      try await madrid.run("calendar", "holiday", "remove", "lyo", "2028-07-14")
      try await madrid.run("site", "set", "LYO", "--calendar", "lyo")
      let zone = try await madrid.relevo(["site", "set", "LYO", "--time-zone", "Europe/Pariss"])
      #expect(zone.ending == .code(1) && zone.errors.contains("Europe/Paris"), "\(zone.errors)")
      try await madrid.run("user", "add", "bea@example.org", "--role", "agent")
      try await madrid.run(
        "user", "absence", "add", "bea@example.org", "2027-01-04", "2027-01-08", "--kind", "vacation")
      let away = try await madrid.relevo(["user", "shift", "bea@example.org"])
      #expect(away.output.contains("2027-01-04 to 2027-01-08  vacation"), "\(away.output)")

      _ = try await madrid.relevo(["status", "--wait-synced", "40s"])
      let shown = try await lyon.relevo(["calendar", "show", "lyo"])
      #expect(shown.output.contains("mon-fri 08:00-12:00 13:00-17:00"), "\(shown.output)")
      #expect(shown.output.contains("2027-07-14") && shown.output.contains("14:00-24:00  Veille"), "\(shown.output)")
      #expect(!shown.output.contains("2028-07-14"))
      let sites = try await lyon.relevo(["site", "list"])
      #expect(sites.output.contains("mon-fri 08:00-12:00 13:00-17:00"), "\(sites.output)")
    }
  }
}
