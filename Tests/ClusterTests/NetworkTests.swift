import Testing

/// Real nodes in networks of their own, cut and narrowed by the kernel.
@Suite("Real networks", .serialized, .enabled(if: TestNetwork.isPossible, "network namespaces need root"))
struct NetworkTests {
  @Test("Packets dropped by a firewall stop nobody; afterwards all converge by themselves", .timeLimit(.minutes(5)))
  func droppedPackets() async throws {
    try await TestCluster.run(hasNetworks: true) { cluster in
      let network = try #require(cluster.network)
      let shared = try cluster.madrid.open("The door opener hums")
      for office in cluster.offices {
        _ = try await eventually("\(shared.number) is at \(office.code)") { try office.ticket(shared.number) }
      }
      try await network.cut(1)
      let atLyon = try cluster.lyon.open("Opened at Lyon behind the firewall")
      let atMadrid = try cluster.madrid.open("Opened at Madrid meanwhile")
      try await cluster.lyon.changeSubject(of: shared.number, to: "The door opener hums at night")
      try await cluster.madrid.changeSubject(of: shared.number, to: "The door opener hums in the morning")
      _ = try await eventually("Bogotá hears from Madrid") { try cluster.bogota.ticket(atMadrid.number) }
      for other in [cluster.madrid, cluster.bogota] {
        try await cluster.wait(for: "down", from: cluster.lyon, to: other, within: .seconds(60))
        try await cluster.wait(for: "down", from: other, to: cluster.lyon, within: .seconds(60))
      }
      try #require(try cluster.madrid.ticket(atLyon.number) == nil, "the firewall lets tickets through")

      try await network.heal(1)
      try await cluster.waitForEqualDigests(within: .seconds(90))
      for office in cluster.offices {
        try #require(try office.ticket(atLyon.number) != nil && office.ticket(atMadrid.number) != nil)
        let conflicts = try #require(try office.ticket(shared.number)).conflicts
        try #require(conflicts.contains("subject"), "\(office.code) lists \(conflicts)")
      }
    }
  }

  @Test("A network that lets packets out but none in is a cut link too, and heals", .timeLimit(.minutes(5)))
  func oneWay() async throws {
    try await TestCluster.run(hasNetworks: true) { cluster in
      let network = try #require(cluster.network)
      try await network.cut(2, .incoming)
      let atBogota = try cluster.bogota.open("Opened at Bogotá, which hears nobody")
      let atMadrid = try cluster.madrid.open("Opened at Madrid, unheard at Bogotá")
      for other in [cluster.madrid, cluster.lyon] {
        try await cluster.wait(for: "down", from: cluster.bogota, to: other, within: .seconds(60))
        try await cluster.wait(for: "down", from: other, to: cluster.bogota, within: .seconds(60))
      }
      try await network.heal(2)
      try await cluster.waitForEqualDigests(within: .seconds(90))
      try #require(try cluster.bogota.ticket(atMadrid.number) != nil)
      try #require(try cluster.madrid.ticket(atBogota.number) != nil)
    }
  }
}
