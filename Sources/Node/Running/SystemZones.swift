import Foundation
package import Helpdesk
import Synchronization

/// The machine's tz database: the files that `tzdata` installs, read when first asked for.
///
/// What was read stays until `refresh`, so that no list is sorted by the rules of one version and marked by those of another.
package final class SystemZones: ZoneReading {
  /// Where it stands, unless `TZDIR` says otherwise.
  package static let directory = ProcessInfo.processInfo.environment["TZDIR"] ?? "/usr/share/zoneinfo"
  private let directory: String
  private let state = Mutex(State())

  private struct State {
    /// What was asked for; nil for a name that no zone has.
    var zones: [String: ZoneRules?] = [:]
    var names: [String]?
  }

  package init(directory: String = SystemZones.directory) { self.directory = directory }

  package func rules(_ name: String) -> ZoneRules? {
    if let known = state.withLock({ $0.zones[name] }) { return known }
    let rules = read(name)
    return state.withLock { state in
      // Whoever read it first is right: two versions at a time must not be given out.
      if let known = state.zones[name] { return known }
      // As many as there are zones; more would be names that somebody makes up.
      if state.zones.count > 2000 { state.zones = state.zones.filter { $0.value != nil } }
      state.zones.updateValue(rules, forKey: name)
      return rules
    }
  }

  /// Reads every file again that was asked for, some hundred of a few kilobytes at most. It blocks: not for the cooperative
  /// pool.
  package func refresh() -> Bool {
    let known = state.withLock { $0.zones }
    var fresh: [String: ZoneRules?] = [:]
    for name in known.keys { fresh.updateValue(read(name), forKey: name) }
    if fresh == known { return false }
    state.withLock { state in
      for (name, rules) in fresh { state.zones.updateValue(rules, forKey: name) }
      // A new version may know new names.
      state.names = nil
    }
    return true
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
