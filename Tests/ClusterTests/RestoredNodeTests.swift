import Foundation
import Glibc
import Testing

@Suite("A node that was set back", .serialized)
struct RestoredNodeTests {
  @Test(
    "An older copy of the data directory: the node fetches back what it wrote, begins anew, and loses nothing",
    .timeLimit(.minutes(5)))
  func olderDirectory() async throws {
    try await TestCluster.run { cluster in
      let madrid = cluster.madrid
      let before = try madrid.open("Before the copy")
      try await cluster.waitForEqualDigests()
      try #require(try await madrid.end(SIGTERM) == .code(0))
      let copy = madrid.dataDirectory + ".copy"
      try FileManager.default.copyItem(atPath: madrid.dataDirectory, toPath: copy)
      try await madrid.serve()
      let after = try (1...5).map { try madrid.open("After the copy \($0)") }
      try await cluster.waitForEqualDigests()

      try #require(try await madrid.end(SIGKILL) == .signal(SIGKILL))
      // Everything goes, also what stands beside the database: only the peers can know.
      try FileManager.default.removeItem(atPath: madrid.dataDirectory)
      try FileManager.default.moveItem(atPath: copy, toPath: madrid.dataDirectory)
      try await madrid.serve()
      try await Self.expectRenewal(of: madrid, because: "peer_knows_more")
      try await Self.expectEverything([before] + after, in: cluster)
    }
  }

  @Test("An older database beside its witness is noticed before any peer is asked", .timeLimit(.minutes(5)))
  func olderDatabase() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      let madrid = cluster.madrid
      let before = try madrid.open("Before the backup")
      let backup = madrid.dataDirectory + ".sqlite"
      try await madrid.run("backup", backup)
      let after = try madrid.open("After the backup")
      try await cluster.waitForEqualDigests()
      try #require(try await madrid.end(SIGKILL) == .signal(SIGKILL))
      for suffix in ["", "-wal", "-shm"] {
        let file = madrid.dataDirectory + "/relevo.sqlite" + suffix
        if FileManager.default.fileExists(atPath: file) { try FileManager.default.removeItem(atPath: file) }
      }
      try FileManager.default.moveItem(atPath: backup, toPath: madrid.dataDirectory + "/relevo.sqlite")
      try await madrid.serve()
      try await Self.expectRenewal(of: madrid, because: "witness_ahead")
      try await Self.expectEverything([before, after], in: cluster)
    }
  }

  @Test("A backup that was restored on purpose begins anew; a damaged one changes nothing", .timeLimit(.minutes(5)))
  func restore() async throws {
    try await TestCluster.run(offices: 2) { cluster in
      let madrid = cluster.madrid
      let before = try madrid.open("Before the backup")
      let backup = madrid.dataDirectory + ".sqlite"
      try await madrid.run("backup", backup)
      let after = try madrid.open("After the backup")
      try await cluster.waitForEqualDigests()
      let refused = try await madrid.relevo(["restore", backup])
      try #require(refused.ending == .code(1) && refused.errors.contains("is held by"), "it said: \(refused.errors)")
      try #require(try await madrid.end(SIGTERM) == .code(0))

      let damaged = madrid.dataDirectory + ".damaged"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
      for place in stride(from: 8_192 + 3_000, to: bytes.count, by: 4_096) { bytes[place] ^= 0xff }
      try bytes.write(to: URL(fileURLWithPath: damaged))
      let answer = try await madrid.relevo(["restore", damaged])
      try #require(answer.ending == .code(1), "it said: \(answer.output)")
      try await madrid.serve()
      try #require(try madrid.ticket(after.number) != nil, "the damaged backup took the database's place")
      try #require(try await madrid.end(SIGTERM) == .code(0))

      try await madrid.run("restore", backup)
      try await madrid.serve()
      try await Self.expectRenewal(of: madrid, because: "restored")
      try await Self.expectEverything([before, after], in: cluster)
      try #require(try await madrid.run("node", "confirm-incarnation").hasPrefix("Nothing was waiting"))
    }
  }

  /// Waits until the node writes a stream and numbers of its own, and its status says why.
  private static func expectRenewal(of office: TestOffice, because reason: String) async throws {
    _ = try await eventually("\(office.code) says that it was set back", within: .seconds(30)) { () -> Bool? in
      let status = try await office.relevo(["status", "--format", "json"])
      return status.output.contains("\"\(reason)\"") ? true : nil
    }
    let fresh = try await eventually("\(office.code) writes again", within: .seconds(45)) { () -> TicketAnswer? in
      let body = ["subject": "After the new beginning", "description": ""]
      let answer = try office.http().send("POST", "/api/v1/tickets", json: body)
      // Until the new stream has begun, nothing is written and people are told so.
      if answer.status == 503 { return nil }
      return try answer.decode(TicketAnswer.self, status: 201)
    }
    try #require(fresh.number.hasPrefix("\(office.code)."), "it was given \(fresh.number)")
    let shown = try await office.relevo(["status"])
    try #require(shown.output.contains("new-incarnation.md"), "the status shows: \(shown.output)")
    _ = try await eventually("\(office.code) has heard from every member", within: .seconds(30)) { () -> Bool? in
      let status = try await office.relevo(["status", "--format", "json"])
      let text = status.output.filter { !$0.isWhitespace }
      return text.contains("\"is_settled\":true") ? true : nil
    }
  }

  /// Nothing that was acknowledged is lost, and all offices hold the same.
  private static func expectEverything(_ tickets: [TicketAnswer], in cluster: TestCluster) async throws {
    try await cluster.waitForEqualDigests(within: .seconds(60))
    for office in cluster.offices {
      let held = try office.allTickets()
      for ticket in tickets {
        try #require(held[ticket.number] == ticket.subject, "\(office.code) lacks \(ticket.number)")
      }
      let result = try await office.relevo(["verify"])
      try #require(result.ending == .code(0), "\(office.code): \(result.output)")
    }
  }
}
