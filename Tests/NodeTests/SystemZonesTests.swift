import Foundation
import Helpdesk
import Node
import Testing

@Suite("The machine's time zones")
struct SystemZonesTests {
  private let zones = SystemZones()

  @Test("Zones are read by name, and nothing outside the database is")
  func reading() throws {
    #expect(try #require(zones.rules("Europe/Madrid")).offsetSeconds(at: 1_800_000_000_000) == 3600)
    #expect(zones.rules("UTC")?.offsetSeconds(at: 0) == 0)
    for name in ["", "/", "..", "../../../etc/passwd", "Europe", "Europe/", "Europe/Nowhere", "zone.tab", "a\u{0}b"] {
      #expect(zones.rules(name) == nil, "\(name)")
    }
    let names = zones.names()
    #expect(names == names.sorted() && names.contains("America/Bogota") && names.contains("UTC"))
    #expect(SystemZones(directory: "/nowhere").names().isEmpty)
  }

  @Test(
    "A name that no zone has brings what may be meant",
    arguments: [
      ("madrid", "Europe/Madrid"), ("Europe/Pariss", "Europe/Paris"), ("Bogotá", "America/Bogota"),
      ("america/new york", "America/New_York"), ("EUROPE/MADRID", "Europe/Madrid"),
    ])
  func suggestions(written: String, meant: String) {
    #expect(zones.suggestions(for: written).first == meant)
  }

  @Test("What is like nothing brings no suggestion")
  func nothing() {
    #expect(zones.suggestions(for: "xyzzy plugh").isEmpty)
    #expect(zones.suggestions(for: "").isEmpty)
    #expect(zones.suggestions(for: String(repeating: "a", count: 5000)).isEmpty)
  }

  @Test("Until somebody looks again a name brings the same rules; then what an update put there, and only once")
  func update() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("relevo-zones-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("Europe"), withIntermediateDirectories: true)
    // What cannot be removed stays in the system's temporary directory.
    defer { try? FileManager.default.removeItem(at: folder) }
    func install(_ source: String, as name: String) throws {
      let file = folder.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
      try FileManager.default.copyItem(
        at: URL(fileURLWithPath: SystemZones.directory + "/" + source).resolvingSymlinksInPath(), to: file)
    }
    let winter: Int64 = 1_800_000_000_000
    try install("Europe/Madrid", as: "Europe/Madrid")
    let zones = SystemZones(directory: folder.path)
    #expect(zones.rules("Europe/Madrid")?.offsetSeconds(at: winter) == 3600)
    #expect(zones.rules("Europe/Lisbon") == nil)
    #expect(!zones.refresh(), "nothing has changed")
    try install("Europe/Lisbon", as: "Europe/Madrid")
    #expect(zones.rules("Europe/Madrid")?.offsetSeconds(at: winter) == 3600, "nobody has looked yet")
    #expect(zones.refresh())
    #expect(zones.rules("Europe/Madrid")?.offsetSeconds(at: winter) == 0)
    #expect(!zones.refresh())
    try install("Europe/Lisbon", as: "Europe/Lisbon")
    #expect(zones.refresh(), "a name that was missed is there now")
    #expect(zones.rules("Europe/Lisbon") != nil)
  }
}
