import Foundation
package import Helpdesk
import Synchronization

/// The machine's tz database: the files that `tzdata` installs, read when first asked for.
package final class SystemZones: ZoneReading {
  /// Where it stands, unless `TZDIR` says otherwise.
  package static let directory = ProcessInfo.processInfo.environment["TZDIR"] ?? "/usr/share/zoneinfo"
  /// Looked at again after this long, because an update of tzdata changes offsets under a running node.
  private static let refreshAfterSeconds = 6 * 3600.0

  private let directory: String
  private let state = Mutex(State())

  private struct State {
    var zones: [String: (rules: ZoneRules?, readAt: Date)] = [:]
    var names: [String]?
  }

  package init(directory: String = SystemZones.directory) { self.directory = directory }

  package func rules(_ name: String) -> ZoneRules? {
    let now = Date()
    if let known = state.withLock({ $0.zones[name] }), now.timeIntervalSince(known.readAt) < Self.refreshAfterSeconds {
      return known.rules
    }
    let rules = read(name)
    state.withLock { state in
      // As many as there are zones; more would be names that somebody makes up.
      if state.zones.count > 2000 { state.zones.removeAll() }
      state.zones[name] = (rules, now)
    }
    return rules
  }

  package func names() -> [String] {
    if let known = state.withLock({ $0.names }) { return known }
    let names = readNames()
    state.withLock { $0.names = names }
    return names
  }

  /// Names are paths below the directory, so nothing that could lead out of it is asked for.
  private func read(_ name: String) -> ZoneRules? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy { byte in
          (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
            || byte == 0x2b || byte == 0x2d || byte == 0x5f
        }
    }
    guard isName, parts.count <= 4, name.utf8.count <= 100,
      let bytes = FileManager.default.contents(atPath: directory + "/" + name), bytes.count <= ZoneRules.fileBytesMax
    else { return nil }
    // A file that is no zone, `tzdata.zi` for one, is as good as none.
    return try? ZoneRules(name: name, tzif: Array(bytes))
  }

  /// As `zone1970.tab` and `zone.tab` list them, with UTC; alone what the machine really has.
  private func readNames() -> [String] {
    var names: Set<String> = ["UTC"]
    for table in ["tzdata.zi", "zone1970.tab", "zone.tab"] {
      guard let bytes = FileManager.default.contents(atPath: directory + "/" + table), bytes.count < 1 << 20 else {
        continue
      }
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
        let fields = line.split(separator: table == "tzdata.zi" ? " " : "\t")
        if table == "tzdata.zi" {
          // `Z name …` begins a zone, `L target name` is another name of one.
          if fields.count > 2, fields[0] == "Z" { names.insert(String(fields[1])) }
          if fields.count == 3, fields[0] == "L" { names.insert(String(fields[2])) }
        } else if fields.count > 2 {
          names.insert(String(fields[2]))
        }
      }
    }
    return names.filter { rules($0) != nil }.sorted()
  }
}
