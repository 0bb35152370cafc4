import Foundation
import Helpdesk
import Testing

/// The machine's tz data, for tests: zones whose rules of the last decades will not change any more.
struct TestZones: ZoneReading {
  func rules(_ name: String) -> ZoneRules? {
    guard let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") else { return nil }
    // A test of the reading itself says what is wrong.
    return try? ZoneRules(name: name, tzif: Array(bytes))
  }

  func names() -> [String] { ["Europe/Madrid", "UTC"] }

  static func zone(_ name: String) throws -> ZoneRules { try #require(TestZones().rules(name), "no tz data: \(name)") }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)"), "no tz data: \(name)"))
  }

  /// A moment written as `2026-03-29T02:30` on the clock of a zone.
  static func moment(_ text: String, _ zone: ZoneRules) throws -> Int64 {
    zone.moment(of: try #require(WallTime(text: text)))
  }
}
