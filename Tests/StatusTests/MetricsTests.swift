import Testing
import Texts

@testable import Status

/// Reads OpenMetrics text strictly, as far as gauges, counters, infos and state sets go (openmetrics.io 1.0, ABNF).
private struct Exposition {
  struct Sample {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  var kinds: [String: String] = [:]
  var units: [String: String] = [:]
  var samples: [Sample] = []

  enum Fault: Error {
    case line(String)
  }

  init(_ text: String) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.popLast() == "", lines.popLast() == "# EOF" else { throw Fault.line("the end") }
    var family = ""
    var helped: Set<String> = []
    for line in lines {
      if line.hasPrefix("# ") {
        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count == 4 else { throw Fault.line(line) }
        switch parts[1] {
        case "TYPE":
          guard kinds[parts[2]] == nil, ["gauge", "counter", "info", "stateset"].contains(parts[3]) else {
            throw Fault.line(line)
          }
          kinds[parts[2]] = parts[3]
          family = parts[2]
        case "UNIT":
          guard parts[2] == family, parts[2].hasSuffix("_" + parts[3]) else { throw Fault.line(line) }
          units[parts[2]] = parts[3]
        case "HELP": guard parts[2] == family, helped.insert(family).inserted else { throw Fault.line(line) }
        default: throw Fault.line(line)
        }
        continue
      }
      let sample = try Self.sample(line)
      let suffix = ["info": "_info", "counter": "_total"][kinds[family] ?? ""] ?? ""
      guard sample.name == family + suffix else { throw Fault.line(line) }
      if kinds[family] == "stateset" { guard sample.labels[family] != nil else { throw Fault.line(line) } }
      samples.append(sample)
    }
  }

  private static func sample(_ line: String) throws -> Sample {
    guard let match = line.wholeMatch(of: /([a-z_]+)\{(.*)\} (\S+)/), let value = Double(String(match.output.3)) else {
      throw Fault.line(line)
    }
    var labels: [String: String] = [:]
    var rest = match.output.2[...]
    while !rest.isEmpty {
      guard let label = rest.prefixMatch(of: /([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)",?/) else { throw Fault.line(line) }
      guard labels.updateValue(String(label.output.2), forKey: String(label.output.1)) == nil else {
        throw Fault.line(line)
      }
      rest = rest[label.range.upperBound...]
    }
    return Sample(name: String(match.output.1), labels: labels, value: value)
  }

  func value(_ name: String, _ labels: [String: String]) -> Double? {
    samples.first { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }?.value
  }
}

struct MetricsTests {
  @Test("Every report, however troubled, gives metrics that a strict reader takes")
  func parse() throws {
    for report in troubledReports() + [wellReport(), emptyReport()] {
      _ = try Exposition(StatusMetrics.render(report))
    }
  }

  @Test("Names with quotes, backslashes and line breaks stay one label")
  func escaping() throws {
    var report = wellReport()
    report.peers[0].site = "M\"A\\D\n"
    let exposition = try Exposition(StatusMetrics.render(report))
    #expect(exposition.value("relevo_peer_rtt_seconds", ["peer": "M\\\"A\\\\D\\n"]) == 0.011)
  }

  @Test("The metrics say the same as the JSON: both come from one report")
  func sameFigures() throws {
    var report = wellReport(peers: [livePeer("MAD", name: "Madrid")])
    report.peers[0].outOperations = 40
    report.peers[0].digest = .notComparable
    report.peers[0].flow = PeerFlow(
      outPerSecond: 8, inPerSecond: 2, creditOutBytes: 4096, creditInBytes: 8192, stalledSeconds: 3,
      sent: PeerTraffic(operations: 70, bytes: 9_000), received: PeerTraffic(operations: 5, bytes: 600))
    report.peers[0].refusedFrames = ["garbage": 2]
    report.identity = IdentityStatus(isSettled: true, isWitnessWritten: true, isStrangerRefused: true)
    report.holdings = [HoldingStatus(site: "QUI", lacksOperations: 12)]
    let read = try Exposition(StatusMetrics.render(report))
    let peer = ["site": "LYO", "peer": "MAD"]
    #expect(read.value("relevo_peer_out_operations", peer) == 40)
    func out(_ name: String) -> Double? { read.value(name, peer.merging(["direction": "out"]) { $1 }) }
    #expect(out("relevo_peer_operations_per_second") == 8 && out("relevo_peer_left_seconds") == 5)
    #expect(out("relevo_peer_credit_bytes") == 4096)
    #expect(out("relevo_peer_traffic_operations_total") == 70 && out("relevo_peer_traffic_bytes_total") == 9_000)
    #expect(read.value("relevo_peer_stalled_seconds", peer) == 3)
    #expect(read.value("relevo_peer_refused_frames", ["reason": "garbage"]) == 2)
    #expect(read.value("relevo_peer_digest", ["relevo_peer_digest": "not_comparable"]) == 1)
    #expect(read.value("relevo_peer_digest", ["relevo_peer_digest": "equal"]) == 0)
    #expect(read.value("relevo_site_lacks_operations", ["peer": "QUI"]) == 12)
    #expect(read.value("relevo_stranger_refused", [:]) == 1 && read.value("relevo_synced", [:]) == 0)
  }

  @Test("What is not known has no sample at all")
  func unknown() throws {
    let read = try Exposition(StatusMetrics.render(emptyReport(peers: [PeerStatus(site: "MAD", link: .live)])))
    let names: Set = ["relevo_build_info", "relevo_status_level", "relevo_peer_link", "relevo_synced"]
    #expect(Set(read.samples.map(\.name)) == names)
  }
}
