import Foundation
import Testing
import Texts

@testable import Status

struct StatusTextTests {
  @Test("The text is the one of the interface document, column by column")
  func golden() {
    let expected = """
      LYO Lyon · branch · 1.4.2 protocol 1 · up 12d 4h                                     ▲ WARNING
      status: MAD Madrid unreachable for 18m. Local work continues; 214 changes wait here, none lost.
      action: relevo peer test MAD                          see: docs/runbooks/link-down.md

      PEER  LINK         OUT  OLDEST    IN   LAG  BACKLOG   RTT  LAST OK   CLOCK  VERSION  CONFLICTS
      MAD   x down       214  18m02s     ?     ?  1.2 MiB     -  18m ago       ?  1.4.2/1          1
      BOG   * live         0       -     0  0.4s      0 B  11ms       0s    +3ms  1.4.2/1          0

      """
    #expect(StatusText.render(wellReport(peers: [livePeer(), downPeer()]), format: english) == expected)
  }

  @Test("In Spanish the columns are aligned too")
  func spanishColumns() {
    let text = StatusText.render(wellReport(peers: [livePeer(), downPeer()]), format: spanish)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0].hasSuffix("▲ AVISO"))
    #expect(lines[1].hasPrefix("estado: MAD Madrid no responde desde hace 18m."))
    #expect(lines[3].hasPrefix("SEDE  ENLACE"))
    #expect(Set(lines[3...].map(\.count)).count == 1)
    #expect(lines[0].count == lines[3].count)
  }

  @Test("With -x a node on which all is well takes one line, any other the whole page")
  func brief() {
    let options = StatusTextOptions(isBrief: true)
    #expect(
      StatusText.render(wellReport(), format: english, options: options)
        == "LYO Lyon · branch · 1.4.2 protocol 1 · up 12d 4h · 2 of 2 peers live · nothing waits  ● OK\n")
    let troubled = wellReport(peers: [downPeer()])
    #expect(
      StatusText.render(troubled, format: english, options: options) == StatusText.render(troubled, format: english))
    #expect(StatusText.render(emptyReport(), format: english, options: options).contains("no peers yet  ● OK"))
  }

  @Test("What is not known is a question mark, never a zero")
  func unknown() {
    let report = emptyReport(peers: [PeerStatus(site: "MAD", link: .live)])
    let text = StatusText.render(report, format: english)
    #expect(text.contains("up ?"))
    let row = text.split(separator: "\n").last.map { $0.split(separator: " ").map(String.init) }
    #expect(row == ["MAD", "*", "live"] + Array(repeating: "?", count: 10))
    #expect(!text.split(separator: "\n").dropFirst().joined().contains("0"))
  }

  @Test("Colour adds escapes and changes nothing else")
  func colour() {
    let report = wellReport(peers: [livePeer(), downPeer()])
    let coloured = StatusText.render(report, format: english, options: StatusTextOptions(useColour: true))
    #expect(coloured.contains("\u{1B}[33m▲ WARNING\u{1B}[0m"))
    let plain = coloured.replacing(#/\u{1B}\[[0-9]+m/#, with: "")
    #expect(plain == StatusText.render(report, format: english))
  }

  @Test("No line is wider than the terminal, and the columns that matter stay", arguments: [40, 60, 80, 94, 120])
  func narrow(width: Int) {
    let report = wellReport(peers: [livePeer(), downPeer()])
    let text = StatusText.render(report, format: english, options: StatusTextOptions(width: width))
    let body = text.split(separator: "\n").dropFirst()
    for line in body { #expect(line.count <= width, "\(line)") }
    #expect(text.contains("OUT") && text.contains("IN") && text.contains("x down"))
    #expect(text.contains("VERSION") == (width >= 94))
  }

  @Test("Every further finding has its own line, its action and its runbook")
  func severalFindings() {
    var report = wellReport(peers: [downPeer()])
    report.peers[0].clockOffsetSeconds = -7
    let lines = StatusText.render(report, format: english).split(separator: "\n")
    #expect(lines[3].hasPrefix("  also: The clock of MAD Madrid is 7s behind ours."))
    #expect(lines[4].hasPrefix("action: ") && lines[4].hasSuffix("see: docs/runbooks/clock-skew.md"))
  }

  @Test("A stopped node says so and shows its last state")
  func stopped() {
    var report = wellReport()
    report.nodeState = .stopped
    let text = StatusText.render(report, format: english)
    #expect(text.hasPrefix("LYO Lyon · branch · 1.4.2 protocol 1 · stopped"))
    #expect(text.contains("? UNKNOWN") && text.contains("last state, written today 12:05"))
    #expect(text.contains("BOG   * live"))
  }

  @Test("Durations are short, and carry at the right limits")
  func durations() {
    #expect(
      [-1, 0, 59, 60, 3599, 3600, 7500, 86_399, 86_400, 1_051_200].map { CompactDuration.coarse(seconds: $0) }
        == ["0s", "0s", "59s", "1m", "59m", "1h", "2h 5m", "23h 59m", "1d", "12d 4h"])
    #expect(
      [59, 1082, 7500, 1_051_200].map { CompactDuration.fine(seconds: $0) }
        == ["59s", "18m02s", "2h05m", "12d04h"])
  }

  @Test("Small and large values of a peer fit their columns")
  func rows() {
    var peer = livePeer()
    peer.rttSeconds = 0.0002
    peer.clockOffsetSeconds = -2.5
    peer.lagSeconds = 75
    peer.version = nil
    let row = PeerRow(peer, format: english)
    #expect([row.roundTrip, row.clock, row.lag, row.version] == ["<1ms", "-2.5s", "1m15s", "?"])
    peer.clockOffsetSeconds = 725
    peer.lagSeconds = .nan
    peer.protocolVersion = nil
    peer.version = "1.5.0"
    let other = PeerRow(peer, format: spanish)
    #expect([other.clock, other.lag, other.version] == ["+12m", "?", "1.5.0/?"])
  }
}

struct StatusJSONTests {
  private static let fixedOrder = [
    "schema", "site", "node", "version", "protocol", "uptime_seconds", "state_digest", "heads", "peers", "only_here",
    "conflicts_open", "store", "mail", "checks",
  ]
  private static let peerOrder = [
    "site", "link", "out_operations", "oldest_out_seconds", "in_operations", "lag_seconds", "backlog_bytes",
    "rtt_seconds", "last_contact_seconds", "clock_offset_seconds", "version", "protocol",
  ]

  @Test("What was written is read back, whatever is known and whatever is wrong")
  func roundTrip() throws {
    for report in troubledReports() + [wellReport(), emptyReport(), emptyReport(peers: [downPeer()])] {
      var sorted = report
      sorted.peers = report.peersWorstFirst
      let bytes = Data(StatusJSON.bytes(report, format: english))
      #expect(try JSONDecoder().decode(StatusReport.self, from: bytes) == sorted)
    }
  }

  @Test("The fixed fields come first and in their order")
  func order() {
    let text = StatusJSON.render(wellReport(peers: [downPeer()]), format: english)
    var position = text.startIndex
    let inner = ["database_bytes", "wal_bytes", "disk_free_bytes", "last_backup_at"]
    let check = ["name", "level", "message", "action", "runbook"]
    let names: [String] =
      Array(Self.fixedOrder[..<9]) + Self.peerOrder + Array(Self.fixedOrder[9..<12]) + inner
      + Array(Self.fixedOrder[12...]) + check
    for name in names {
      guard let range = text[position...].range(of: "\"\(name)\":") else {
        Issue.record("\(name) is missing or too early")
        return
      }
      position = range.upperBound
    }
    #expect(text.hasPrefix("{\"schema\":1,\"site\":\"LYO\","))
    #expect(text.hasSuffix("}\n") && text.dropLast().allSatisfy { !$0.isNewline })
  }

  @Test("What is not known is null, in every field")
  func unknownIsNull() throws {
    let bytes = Data(
      StatusJSON.bytes(emptyReport(peers: [PeerStatus(site: "MAD", link: .live)]), format: english))
    let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let known: Set = ["schema", "site", "version", "protocol", "peers", "checks", "level", "node_state", "written_at"]
    var nulls = 0
    func check(_ object: [String: Any], known: Set<String>) {
      for (name, value) in object where !known.contains(name) {
        if let inner = value as? [String: Any] {
          check(inner, known: [])
        } else {
          nulls += 1
          #expect(value is NSNull, "\(name) is \(value)")
        }
      }
    }
    check(object, known: known)
    let peer = try #require((object["peers"] as? [[String: Any]])?.first)
    check(peer, known: ["site", "link"])
    #expect(nulls > 35)
  }

  @Test("A check carries name, level, message, action and runbook")
  func checks() throws {
    let bytes = Data(StatusJSON.bytes(wellReport(peers: [downPeer()]), format: english))
    let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let check = try #require((object["checks"] as? [[String: Any]])?.first)
    #expect(check["name"] as? String == "link-down")
    #expect(check["level"] as? String == "warning")
    #expect((check["message"] as? String)?.hasPrefix("MAD Madrid unreachable for 18m.") == true)
    #expect(check["action"] as? String == "relevo peer test MAD")
    #expect(check["runbook"] as? String == "docs/runbooks/link-down.md")
  }

  @Test("Names with quotes and control characters survive")
  func escapes() throws {
    var report = emptyReport()
    report.siteName = "L\"y\\o\u{1}n\nñ😀"
    let decoded = try JSONDecoder().decode(
      StatusReport.self, from: Data(StatusJSON.bytes(report, format: english)))
    #expect(decoded.siteName == report.siteName)
  }

  @Test("A status file whose time is no time is refused with the reason")
  func badTime() {
    let text = StatusJSON.render(emptyReport(), format: english).replacing("2026-05-12T12:05:09Z", with: "noon")
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(StatusReport.self, from: Data(text.utf8)) }
  }
}

struct StatusNagiosTests {
  @Test("The first line holds verdict, worst finding and performance data; the rest follows")
  func output() {
    var report = wellReport(peers: [livePeer(), downPeer()])
    report.store.walBytes = 300 << 20
    let lines = StatusNagios.render(report, format: english).split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("RELEVO WARNING - LYO: MAD Madrid unreachable for 18m."))
    #expect(lines[0].contains("'out_MAD'=214;;;0") && lines[0].contains("'in_MAD'=U;;;0"))
    #expect(lines[0].contains("'rtt_BOG'=0.011s;;;0"))
    #expect(lines[0].contains("'clock_BOG'=0.003s;-5.0:5.0;-600.0:600.0;"))
    #expect(lines[0].filter { $0 == "|" }.count == 1)
    #expect(lines.count == 2 && lines[1].hasPrefix("WARNING: The database's write-ahead log"))
  }

  @Test("A name cannot break the line apart")
  func separators() {
    var report = wellReport(peers: [downPeer()])
    report.peers[0].name = "Mad|rid\n"
    let text = StatusNagios.render(report, format: english)
    #expect(text.filter { $0 == "|" }.count == 1)
    #expect(text.filter { $0 == "\n" }.count == 1)
  }
}

struct StatusMetricsTests {
  @Test("Known values are samples, unknown ones are absent, and the text ends as OpenMetrics asks")
  func samples() {
    let text = StatusMetrics.render(wellReport(peers: [livePeer(), downPeer()]))
    #expect(text.contains("relevo_peer_out_operations{site=\"LYO\",peer=\"MAD\"} 214\n"))
    #expect(!text.contains("relevo_peer_in_operations{site=\"LYO\",peer=\"MAD\"}"))
    #expect(text.contains("relevo_peer_link{site=\"LYO\",peer=\"MAD\",relevo_peer_link=\"down\"} 1\n"))
    #expect(text.contains("# TYPE relevo_build info\n") && text.contains("relevo_build_info{"))
    #expect(text.contains("relevo_stream_head{site=\"LYO\",stream=\"aa\"} 18446744073709551615\n"))
    #expect(text.hasSuffix("# EOF\n"))
    #expect(!StatusMetrics.render(wellReport(), isWhole: false).contains("# EOF"))
    #expect(!StatusMetrics.render(emptyReport()).contains("relevo_conflicts_open"))
  }

  @Test("Each family is announced once, before its samples, and a unit ends its name")
  func families() {
    var announced: Set<String> = []
    for line in StatusMetrics.render(wellReport(peers: [livePeer(), downPeer()])).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "#", words[1] == "TYPE" {
        #expect(announced.insert(words[2]).inserted)
      } else if words[0] == "#", words[1] == "UNIT" {
        #expect(words[2].hasSuffix("_" + words[3]))
      } else if words[0] != "#" {
        let name = String(line.prefix { $0 != "{" })
        #expect(announced.contains(name) || announced.contains(String(name.dropLast("_info".count))), "\(line)")
      }
    }
  }

  @Test("Labels are escaped")
  func labels() {
    var report = emptyReport()
    report.version = "1\"\\\n"
    #expect(StatusMetrics.render(report).contains(#"version="1\"\\\n""#))
  }
}

struct StatusLevelTests {
  @Test("All four formats give the same verdict and the exit code 0, 1, 2 or 3")
  func agree() throws {
    var seen: Set<StatusLevel> = []
    for report in troubledReports() + [wellReport()] {
      let level = report.level()
      seen.insert(level)
      let text = StatusText.render(report, format: english)
      #expect(text.split(separator: "\n")[0].hasSuffix(level.symbol + " " + level.word))
      #expect(StatusNagios.render(report, format: english).hasPrefix("RELEVO \(level.word) - "))
      #expect(StatusMetrics.render(report).contains("relevo_status_level{site=\"LYO\"} \(level.exitCode)\n"))
      let json = try JSONSerialization.jsonObject(with: Data(StatusJSON.bytes(report, format: english)))
      #expect((json as? [String: Any])?["level"] as? String == level.rawValue)
    }
    #expect(seen == Set(StatusLevel.allCases))
    #expect([StatusLevel.ok, .warning, .critical, .unknown].map(\.exitCode) == [0, 1, 2, 3])
  }
}
