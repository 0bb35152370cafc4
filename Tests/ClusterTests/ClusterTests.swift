import Foundation
import Glibc
import Testing

@Suite("Real nodes", .serialized)
struct ClusterTests {
  @Test("A ticket opened at one office is at all three, and nothing waits", .timeLimit(.minutes(5)))
  func ticketArrivesEverywhere() async throws {
    try await TestCluster.run { cluster in
      let ticket = try cluster.lyon.open("The VPN drops every ten minutes")
      #expect(ticket.number.hasPrefix("LYO-"))
      for office in [cluster.bogota, cluster.madrid] {
        let arrived = try await eventually("\(ticket.number) is at \(office.code)") {
          try office.ticket(ticket.number)
        }
        try #require(arrived.id == ticket.id && arrived.subject == ticket.subject)
      }
      let status = try await eventually("Madrid has nothing left for its peers") { () -> StatusAnswer? in
        let report = try await cluster.madrid.status().report
        return report.peers.count == 2 && report.hasNothingOut ? report : nil
      }
      try #require(Set(status.peers.map(\.site)) == ["LYO", "BOG"])
      try await cluster.waitForEqualDigests()
      _ = try await eventually("Madrid verifies itself against Lyon", within: .seconds(40)) { () -> Bool? in
        let result = try await cluster.madrid.relevo(["verify", "--peer", "LYO"])
        // 3 says that the peer has not told its digest of these very operations yet.
        if result.ending == .code(3) { return nil }
        guard result.ending == .code(0) else {
          throw TestOffice.Unexpected(description: "verify ended with \(result.ending): \(result.output)")
        }
        return true
      }
    }
  }

  @Test("A cut office works on; after healing both values of a field are shown everywhere", .timeLimit(.minutes(5)))
  func cutAndHeal() async throws {
    try await TestCluster.run { cluster in
      let ticket = try cluster.madrid.open("Printer")
      for office in cluster.offices {
        _ = try await eventually("\(ticket.number) is at \(office.code)") { try office.ticket(ticket.number) }
      }
      try await cluster.waitForEqualDigests()

      try await cluster.cut(cluster.lyon)
      let atLyon = try cluster.lyon.open("Opened at Lyon during the cut")
      let atMadrid = try cluster.madrid.open("Opened at Madrid during the cut")
      try await cluster.lyon.changeSubject(of: ticket.number, to: "Printer on floor 2")
      try await cluster.madrid.changeSubject(of: ticket.number, to: "Printer on floor 3")
      _ = try await eventually("Bogotá hears from Madrid during the cut") {
        try cluster.bogota.ticket(atMadrid.number)
      }
      try #require(try cluster.lyon.ticket(atMadrid.number) == nil, "the cut lets tickets through")
      try #require(try cluster.madrid.ticket(atLyon.number) == nil, "the cut lets tickets through")
      try #require(try cluster.bogota.ticket(atLyon.number) == nil, "the cut lets tickets through")

      try await cluster.heal(cluster.lyon)
      try await cluster.waitForEqualDigests(within: .seconds(10))
      for office in cluster.offices {
        for opened in [atLyon, atMadrid] {
          try #require(try office.ticket(opened.number)?.subject == opened.subject)
        }
        let conflicts = try #require(try office.ticket(ticket.number)).conflicts
        try #require(conflicts.contains("subject"), "\(office.code) lists \(conflicts)")
        let open = try office.conflicts().filter { $0.ticket.number == ticket.number && $0.field == "subject" }
        try #require(open.count == 1)
        let values = Set(open[0].choices.compactMap(\.value))
        try #require(values == ["Printer on floor 2", "Printer on floor 3"], "\(office.code) shows \(values)")
      }

      try cluster.bogota.resolve("subject", of: ticket.number, as: "Printer on floor 2")
      for office in cluster.offices {
        _ = try await eventually("the choice of Bogotá holds at \(office.code)") { () -> Bool? in
          let shown = try office.ticket(ticket.number)
          return shown?.subject == "Printer on floor 2" && shown?.conflicts.contains("subject") == false ? true : nil
        }
        try #require(try office.conflicts().allSatisfy { $0.ticket.number != ticket.number || $0.field != "subject" })
      }
      try await cluster.waitForEqualDigests()
    }
  }

  @Test("A line that goes silent is seen at both ends, stops nobody, and heals by itself", .timeLimit(.minutes(5)))
  func silentLine() async throws {
    try await TestCluster.run(hasLines: true) { cluster in
      let ticket = try cluster.lyon.open("Before the silence")
      _ = try await eventually("it is at Madrid") { try cluster.madrid.ticket(ticket.number) }
      cluster.setSilent(true, around: cluster.lyon)
      let atLyon = try cluster.lyon.open("Opened at Lyon in silence")
      let atBogota = try cluster.bogota.open("Opened at Bogotá in silence")
      _ = try await eventually("Madrid hears from Bogotá meanwhile") { try cluster.madrid.ticket(atBogota.number) }
      for other in [cluster.madrid, cluster.bogota] {
        try await cluster.wait(for: "down", from: cluster.lyon, to: other, within: .seconds(40))
        try await cluster.wait(for: "down", from: other, to: cluster.lyon, within: .seconds(40))
      }
      try #require(try cluster.madrid.ticket(atLyon.number) == nil, "the silent line lets tickets through")
      let waiting = try await cluster.lyon.status().report.peers.map(\.outOperations)
      try #require(waiting.allSatisfy { ($0 ?? 0) > 0 }, "Lyon shows \(waiting) waiting")

      cluster.setSilent(false, around: cluster.lyon)
      try await cluster.waitForEqualDigests(within: .seconds(45))
      for office in cluster.offices {
        for opened in [atLyon, atBogota] {
          try #require(try office.ticket(opened.number)?.subject == opened.subject)
        }
      }
    }
  }

  @Test("A node killed under load loses no acknowledged ticket and starts in under 5 s", .timeLimit(.minutes(20)))
  func killUnderLoad() async throws {
    let rounds = ProcessInfo.processInfo.environment["RELEVO_LONG_TESTS"] == "1" ? 20 : 5
    try await TestCluster.run { cluster in
      let load = WriteLoad(at: cluster.lyon)
      do {
        for round in 1...rounds {
          try await load.grow(by: 30)
          let ending = try await cluster.lyon.end(SIGKILL)
          try #require(ending == .signal(SIGKILL))
          let acknowledged = load.acknowledged
          let start = try await cluster.lyon.serve(within: .seconds(5))
          let lost = Self.missing(acknowledged, in: try cluster.lyon.allTickets())
          try #require(lost.isEmpty, "round \(round), started in \(start): lost \(lost) of \(acknowledged.count)")
        }
      } catch {
        try await load.stop()
        throw error
      }
      try await load.stop()
      try #require(load.refusals.isEmpty)
      try await cluster.waitForEqualDigests(within: .seconds(60))
      for office in cluster.offices {
        let lost = Self.missing(load.acknowledged, in: try office.allTickets())
        try #require(lost.isEmpty, "\(office.code) lacks \(lost) of \(load.acknowledged.count)")
      }
    }
  }

  @Test(
    "SIGTERM drains and ends with 0; a second node is refused; a stopped one shows its last state",
    .timeLimit(.minutes(5)))
  func stopping() async throws {
    try await TestCluster.run(offices: 1) { cluster in
      let madrid = cluster.madrid
      let holder = try #require(madrid.node).id
      let second = try await madrid.relevo(["serve"])
      try #require(second.ending == .code(1))
      try #require(second.errors.contains("process \(holder)"), "it said: \(second.errors)")

      let load = WriteLoad(at: madrid, writers: 4)
      do {
        // An open page listens without an end: it must not keep the node from stopping.
        let listener = try madrid.http().hold("/api/v1/events")
        try await load.grow(by: 20)
        let ending = try await madrid.end(SIGTERM)
        try #require(ending == .code(0))
        try #require(listener.isClosedByNode())
      } catch {
        try await load.stop()
        throw error
      }
      try await load.stop()
      try #require(load.refusals.isEmpty)

      let stopped = try await madrid.status()
      try #require(stopped.ending == .code(3))
      try #require(stopped.report.nodeState == "stopped" && stopped.report.site == "MAD")
      try #require(stopped.report.stateDigest != nil && stopped.report.writtenAt != nil)
      try #require(stopped.report.uptimeSeconds == nil)

      try await madrid.serve()
      let lost = Self.missing(load.acknowledged, in: try madrid.allTickets())
      try #require(lost.isEmpty, "lost \(lost) of \(load.acknowledged.count)")
      // What the node left on disk was its very last state: nothing of any stream came after it but new work.
      let running = try await madrid.status().report
      for (stream, sequence) in try #require(stopped.report.heads) {
        try #require((running.heads?[stream] ?? 0) >= sequence)
      }
    }
  }

  /// Numbers of tickets that are not held as they were acknowledged.
  private static func missing(_ acknowledged: [String: String], in held: [String: String]) -> [String] {
    acknowledged.filter { held[$0.key] != $0.value }.keys.sorted()
  }
}
