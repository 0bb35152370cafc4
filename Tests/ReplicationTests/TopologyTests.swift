import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Topologies of eight offices")
struct TopologyTests {
  enum Shape: String, CaseIterable, Sendable {
    case mesh, hub, chain, ring

    /// Pairs of which the first dials.
    var lines: [(Int, Int)] {
      switch self {
      case .mesh: (0..<8).flatMap { first in (first + 1..<8).map { (first, $0) } }
      case .hub: (1..<8).map { ($0, 0) }
      case .chain: (0..<7).map { ($0, $0 + 1) }
      case .ring: (0..<8).map { ($0, ($0 + 1) % 8) }
      }
    }
  }

  private func operations(_ network: TestNetwork) -> (arrived: UInt64, repeated: UInt64) {
    var total: (arrived: UInt64, repeated: UInt64) = (0, 0)
    for near in 0..<8 {
      for figures in network.nodes[near].replicator.figures(now: network.now) {
        total.arrived += figures.counters.operationsIn
        total.repeated += figures.counters.operationsRepeated
      }
    }
    return total
  }

  @Test(
    "Once every office wrote something, each operation arrives at each other office once", arguments: Shape.allCases)
  func once(_ shape: Shape) {
    var network = TestNetwork(8, seed: 3)
    network.weather.delayMax = 5
    for (first, second) in shape.lines { network.link(first, second) }
    network.run(milliseconds: 2_000)
    for _ in 0..<4 {
      for index in 0..<8 {
        network.write(index, 1)
        network.run(milliseconds: 200)
      }
    }
    #expect(network.isConverged)
    let before = operations(network)
    for round in 0..<160 {
      network.write(round % 8, 1)
      network.run(milliseconds: 150)
    }
    let isDone = network.run(atMost: 5_000) { $0.isConverged }
    #expect(isDone)
    let after = operations(network)
    let perOperation = Double(after.arrived - before.arrived) / 160
    #expect(perOperation <= 7.1, "\(shape): \(perOperation) arrivals an operation, 7 are needed")
    #expect(after.repeated - before.repeated <= 16, "\(after.repeated - before.repeated) repeated")
  }

  @Test("A line that fails in a ring or a mesh costs no operation and little time", arguments: [Shape.ring, .mesh])
  func lineFails(_ shape: Shape) {
    var network = TestNetwork(8, seed: 5)
    for (first, second) in shape.lines { network.link(first, second) }
    network.run(milliseconds: 1_000)
    for index in 0..<8 { network.write(index, 2) }
    network.run(milliseconds: 1_000)
    for round in 0..<8 {
      network.cutLine(round, (round + 1) % 8)
      network.write(round, 1)
      let isDone = network.run(atMost: 1_000) { $0.isConverged }
      #expect(isDone, "\(shape), line \(round)")
      network.healLine(round, (round + 1) % 8)
      network.run(milliseconds: 3_000)
    }
  }
}
