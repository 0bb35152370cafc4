import Foundation
import Node

/// The file's incidents cut into requests of bounded size, never inside an incident.
enum ImportParts {
  struct Part {
    let json: [UInt8]
    /// Incidents in it.
    let count: Int
  }

  /// Encodes every incident once, and joins them while they fit.
  static func encoded(_ incidents: [VolvoIncidents.Incident], dryRun: Bool) throws -> [Part] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    var parts: [Part] = []
    var body: [UInt8] = []
    var count = 0
    func finish() {
      guard count > 0 else { return }
      let end = Array("],\"dry_run\":\(dryRun)}".utf8)
      parts.append(Part(json: Array("{\"incidents\":[".utf8) + body + end, count: count))
      body = []
      count = 0
    }
    for incident in incidents {
      let bytes = try encoder.encode(incident)
      if body.count + bytes.count > ImportPart.bytesMax { finish() }
      if count > 0 { body.append(UInt8(ascii: ",")) }
      body += bytes
      count += 1
    }
    finish()
    return parts
  }
}
