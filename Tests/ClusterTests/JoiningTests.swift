import Foundation
import Glibc
import Testing

@Suite("An office that joins with a backup of another", .serialized)
struct JoiningTests {
  @Test(
    "It has everything at once and only what is newer comes over the line; a bad backup leaves the token good",
    .timeLimit(.minutes(5)))
  func backup() async throws {
    try await TestCluster.run(offices: 2, joined: 1) { cluster in
      let (madrid, lyon) = (cluster.madrid, cluster.lyon)
      let before = try (1...40).map { try madrid.open("Before the backup \($0)") }
      let backup = madrid.dataDirectory + ".sqlite"
      try await madrid.run("backup", backup)
      let after = try madrid.open("After the backup")
      let token = try await cluster.invite(lyon)

      let refusals = [
        (try Self.damaged(backup), "is damaged"), (try Self.text(beside: backup), "is no backup"),
        (backup + ".missing", "cannot be read"),
      ]
      for (file, reason) in refusals {
        let refused = try await lyon.relevo(["join", "--token-file", token, "--backup", file])
        try #require(refused.ending == .code(1) && refused.errors.contains(reason), "it said: \(refused.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: lyon.dataDirectory)
        try #require(!left.contains { $0.hasPrefix("relevo.sqlite") || $0 == "node.json" }, "it left \(left)")
      }

      try await lyon.run("join", "--token-file", token, "--backup", backup)
      try await lyon.serve()
      try await cluster.addAgents(of: [lyon])
      let fresh = try lyon.open("The first of its own")
      try #require(fresh.number == "LYO-1", "it was given \(fresh.number)")
      try await cluster.waitForEqualDigests(within: .seconds(60))
      for office in cluster.offices {
        let held = try office.allTickets()
        for ticket in before + [after, fresh] {
          try #require(held[ticket.number] == ticket.subject, "\(office.code) lacks \(ticket.number)")
        }
        let result = try await office.relevo(["verify"])
        try #require(result.ending == .code(0), "\(office.code): \(result.output)")
      }
      let arrived = try Self.arrived(at: lyon)
      try #require(arrived > 0 && arrived < before.count, "\(arrived) operations came over the line")
    }
  }

  /// Operations that came over links since the start.
  private static func arrived(at office: TestOffice) throws -> Int {
    let text = String(decoding: try office.http().send("GET", "/metrics").body, as: UTF8.self)
    let lines = text.split(separator: "\n").filter {
      $0.hasPrefix("relevo_peer_traffic_operations_total{") && $0.contains("\"in\"")
    }
    return try lines.reduce(0) { sum, line in
      sum + Int(try #require(line.split(separator: " ").last.flatMap { Double($0) }, "the line is \(line)"))
    }
  }

  private static func damaged(_ backup: String) throws -> String {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
    for place in stride(from: 4_096, to: bytes.count, by: 4_096) { bytes[place] ^= 0xff }
    try bytes.write(to: URL(fileURLWithPath: backup + ".damaged"))
    return backup + ".damaged"
  }

  private static func text(beside backup: String) throws -> String {
    try Data("not a database".utf8).write(to: URL(fileURLWithPath: backup + ".text"))
    return backup + ".text"
  }
}
