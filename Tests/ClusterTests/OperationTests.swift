import Foundation
import Glibc
import Testing

/// The commands of operations staff against real nodes: what they say, and how they end.
@Suite("Operating real nodes", .serialized)
struct OperationTests {
  private struct Paused: Decodable {
    struct Peer: Decodable {
      struct Pause: Decodable {
        var by: String?
        var console: String?
        var since: String?
      }
      var site: String
      var link: String
      var pause: Pause?
    }
    var peers: [Peer]
    var level: String
  }

  private struct Test: Decodable {
    struct Step: Decodable {
      var name: String
      var level: String
      var action: String?
    }
    var ok: Bool
    var steps: [Step]

    func level(of name: String) -> String? { steps.first { $0.name == name }?.level }
  }

  private struct Check: Decodable {
    var name: String
    var level: String
    var found: String
    var action: String?
  }

  private func decode<Answer: Decodable>(_ type: Answer.Type, _ text: String) throws -> Answer {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  @Test(
    "The status ends with the same code in every format: all well, paused across a restart, stopped",
    .timeLimit(.minutes(5)))
  func statusCodes() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      let (madrid, lyon) = (cluster.madrid, cluster.lyon)
      let synced = try await madrid.relevo(["status", "--wait-synced", "40s", "-x"])
      #expect(synced.ending == .code(0), "\(synced.output)")
      #expect(synced.output.split(separator: "\n").count == 1 && synced.output.contains("1 of 1 peer live"))
      try await expectCode(0, at: madrid, says: ["text": "All is well", "nagios": "RELEVO OK"])

      try await madrid.run("peer", "pause", "LYO")
      try await expectCode(1, at: madrid, says: ["text": "= paused", "nagios": "RELEVO WARNING"])
      let before = try decode(Paused.self, try await madrid.relevo(["status", "--format", "json"]).output)
      #expect(before.peers.first?.pause?.console == "MAD" && before.level == "warning")
      _ = try madrid.open("Written while the link is paused")
      let waited = try await madrid.relevo(["status", "--wait-synced", "1s"])
      #expect(waited.ending == .code(1) && waited.errors.contains("Not synchronised within 1s"))

      _ = try await madrid.end(SIGTERM)
      let stopped = try await madrid.relevo(["status"])
      #expect(stopped.ending == .code(3) && stopped.output.contains("This node is stopped"), "\(stopped.output)")
      try await expectCode(3, at: madrid, says: ["nagios": "RELEVO UNKNOWN", "prometheus": "relevo_status_level"])
      try await madrid.serve()
      let after = try decode(Paused.self, try await madrid.relevo(["status", "--format", "json"]).output)
      #expect(after.peers.first?.link == "paused")
      #expect(after.peers.first?.pause?.since == before.peers.first?.pause?.since)

      try await madrid.run("peer", "resume", "LYO")
      let healed = try await madrid.relevo(["status", "--wait-synced", "40s"])
      #expect(healed.ending == .code(0), "\(healed.output)")
      _ = lyon
    }
  }

  private func expectCode(_ code: Int32, at office: TestOffice, says: [String: String]) async throws {
    for format in ["text", "json", "nagios", "prometheus"] {
      let result = try await office.relevo(["status", "--format", format])
      #expect(result.ending == .code(code), "\(format): \(result.output)")
      if let words = says[format] { #expect(result.output.contains(words), "\(format): \(result.output)") }
    }
  }

  @Test("/metrics, the API and the command tell the same figures", .timeLimit(.minutes(5)))
  func sameFigures() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      _ = try await cluster.madrid.relevo(["status", "--wait-synced", "40s"])
      let metrics = try cluster.madrid.http().send("GET", "/metrics").text
      #expect(metrics.hasSuffix("# EOF\n"))
      let report = try await cluster.madrid.status().report
      for (stream, head) in report.heads ?? [:] {
        #expect(metrics.contains("relevo_stream_head{site=\"MAD\",stream=\"\(stream)\"} \(head)"))
      }
      for line in [
        "relevo_peer_out_operations{site=\"MAD\",peer=\"LYO\"} 0",
        "relevo_peer_in_operations{site=\"MAD\",peer=\"LYO\"} 0",
        "relevo_synced{site=\"MAD\"} 1", "relevo_stranger_refused{site=\"MAD\"} 1",
      ] {
        #expect(metrics.contains(line), "\(line)")
      }
    }
  }

  @Test("A peer is tested step by step; with its node stopped the TCP step fails and says so", .timeLimit(.minutes(5)))
  func peerTest() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      _ = try await cluster.madrid.relevo(["status", "--wait-synced", "40s"])
      let good = try await cluster.madrid.relevo(["peer", "test", "LYO", "--format", "json"])
      #expect(good.ending == .code(0), "\(good.output)")
      let test = try decode(Test.self, good.output)
      #expect(
        test.steps.map(\.name)
          == [
            "configuration", "name", "tcp", "handshake", "session", "clock", "round_trip", "throughput", "stranger",
          ])
      for name in ["tcp", "handshake", "session", "round_trip", "throughput", "stranger"] {
        #expect(test.level(of: name) == "ok", "\(good.output)")
      }
      _ = try await cluster.lyon.end(SIGTERM)
      let bad = try await cluster.madrid.relevo(["peer", "test", "LYO", "--format", "json"])
      #expect(bad.ending == .code(1))
      let failed = try decode(Test.self, bad.output)
      #expect(failed.level(of: "tcp") == "critical" && failed.level(of: "handshake") == "skipped", "\(bad.output)")
      #expect(failed.steps.first { $0.name == "tcp" }?.action?.contains("Nobody listens there") == true)
      #expect(try await cluster.madrid.relevo(["peer", "test", "XYZ"]).ending == .code(1))
    }
  }

  @Test("The doctor finds nothing wrong on a running node, and what is wrong on others", .timeLimit(.minutes(5)))
  func doctor() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      _ = try await cluster.madrid.relevo(["status", "--wait-synced", "40s"])
      let running = try await cluster.madrid.relevo(["doctor", "--format", "json"])
      let checks = try decode([Check].self, running.output)
      #expect(!checks.contains { $0.level == "critical" }, "\(running.output)")
      #expect(
        Set(checks.map(\.name)).isSuperset(of: [
          "configuration", "data directory", "keys", "disk", "file system", "database", "node", "web port", "peer port",
          "peer LYO", "clock", "randomness", "open files", "transport", "SQLite",
        ]))
      #expect(checks.allSatisfy { $0.level == "ok" || $0.action != nil }, "\(running.output)")
      // A directory others may enter is a failure, whether the node runs or not.
      _ = try await cluster.lyon.end(SIGTERM)
      let before = try decode([Check].self, try await cluster.lyon.relevo(["doctor", "--format", "json"]).output)
      let directory = try #require(before.first { $0.name == "data directory" }?.found.split(separator: ",").first)
      try #require(chmod(String(directory), 0o755) == 0)
      let open = try await cluster.lyon.relevo(["doctor", "--format", "json"])
      #expect(open.ending == .code(2))
      let failed = try decode([Check].self, open.output).filter { $0.level == "critical" }
      #expect(failed.map(\.name) == ["data directory"] && failed[0].action?.contains("chmod 700") == true)
      try #require(chmod(String(directory), 0o700) == 0)
      let stopped = try await cluster.lyon.relevo(["doctor"])
      #expect(stopped.ending == .code(1) && stopped.output.contains("stopped"), "\(stopped.output)")
    }
  }

  @Test("A password of nine characters is too short for the command line as it is for the API", .timeLimit(.minutes(5)))
  func passwords() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("relevo-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: file) }  // It lies in the system's temporary folder.
      func set(_ password: String) async throws -> TestOffice.CommandResult {
        try password.write(toFile: file, atomically: true, encoding: .utf8)
        return try await cluster.madrid.relevo([
          "user", "set-password", "agent.mad@relevo.example", "--password-file", file,
        ])
      }
      let short = try await set("ninechars")
      #expect(short.ending == .code(1) && short.errors.contains("at least 10 characters"), "\(short.errors)")
      let good = try await set("ten chars!")
      #expect(good.ending == .code(0), "\(good.errors)")
    }
  }
}
