import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Bad weather on the lines")
struct WeatherTests {
  /// Writes here and there while the weather lasts, then waits for equal stores without any further traffic.
  private func converges(_ network: inout TestNetwork, seed: UInt64) -> Bool {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      let writer = Int.random(in: 0..<network.nodes.count, using: &generator)
      network.write(writer, Int.random(in: 1...20, using: &generator))
      network.run(milliseconds: Int64.random(in: 1...400, using: &generator))
    }
    network.weather = TestNetwork.Weather()
    return network.run(atMost: 120_000) { $0.isConverged }
  }

  private func mesh(_ count: Int, seed: UInt64) -> TestNetwork {
    var network = TestNetwork(count, seed: seed)
    for first in 0..<count {
      for second in first + 1..<count { network.link(first, second, both: (first + second) % 2 == 0) }
    }
    return network
  }

  @Test(
    "Frames get lost, and all nodes still become equal with no new traffic", arguments: 1...6 as ClosedRange<UInt64>)
  func loss(_ seed: UInt64) {
    var network = mesh(3, seed: seed)
    network.weather = TestNetwork.Weather(lossPercent: 25, delayMax: 10)
    let isDone = converges(&network, seed: seed)
    #expect(isDone)
  }

  @Test("Each kind of frame may get lost altogether for a while", arguments: 1...13 as ClosedRange<UInt8>)
  func lossOfOneKind(_ kind: UInt8) {
    var network = mesh(3, seed: 9)
    network.run(milliseconds: 300)
    network.loses = { _, _, bytes in bytes[1] == kind }
    for index in 0..<3 { network.write(index, 30) }
    network.run(milliseconds: 40_000)
    network.loses = nil
    for index in 0..<3 { network.write(index, 1) }
    let isDone = network.run(atMost: 60_000) { $0.isConverged }
    #expect(isDone)
    let isAcknowledged = network.run(atMost: 60_000) { network in
      (0..<3).allSatisfy { near in
        (0..<3).allSatisfy { near == $0 || network.figures(near, of: $0)?.outOperations == 0 }
      }
    }
    #expect(isAcknowledged)
  }

  @Test("Frames come twice and overtake one another", arguments: 1...6 as ClosedRange<UInt64>)
  func disorder(_ seed: UInt64) {
    var network = mesh(4, seed: seed)
    network.weather = TestNetwork.Weather(repeatPercent: 30, delayMax: 200, isOrdered: false)
    let isDone = converges(&network, seed: seed)
    #expect(isDone)
  }

  @Test("Everything at once, with cuts", arguments: 1...10 as ClosedRange<UInt64>)
  func everything(_ seed: UInt64) {
    var network = mesh(5, seed: seed)
    var generator = SeededGenerator(seed: seed &* 7)
    network.weather = TestNetwork.Weather(lossPercent: 10, repeatPercent: 10, delayMax: 50, isOrdered: false)
    var isCut: Set<[Int]> = []
    for _ in 0..<80 {
      let pair = [Int.random(in: 0..<4, using: &generator), 4]
      if isCut.contains(pair) {
        network.healLine(pair[0], pair[1])
        isCut.remove(pair)
      } else if Bool.random(using: &generator) {
        network.cutLine(pair[0], pair[1])
        isCut.insert(pair)
      }
      network.write(Int.random(in: 0..<5, using: &generator), Int.random(in: 1...30, using: &generator))
      network.run(milliseconds: Int64.random(in: 1...1_000, using: &generator))
    }
    for pair in isCut.sorted(by: { $0[0] < $1[0] }) { network.healLine(pair[0], pair[1]) }
    network.weather = TestNetwork.Weather()
    let isDone = network.run(atMost: 180_000) { $0.isConverged }
    #expect(isDone)
    let isAcknowledged = network.run(atMost: 60_000) { network in
      (0..<5).allSatisfy { near in
        (0..<5).allSatisfy {
          near == $0 || !network.isUp(near, $0) || network.figures(near, of: $0)?.outOperations == 0
        }
      }
    }
    #expect(isAcknowledged)
  }

  @Test("Noise on the line costs pauses, never data", arguments: 1...4 as ClosedRange<UInt64>)
  func noise(_ seed: UInt64) {
    var network = mesh(3, seed: seed)
    network.weather = TestNetwork.Weather(noisePercent: 8, delayMax: 10)
    let isDone = converges(&network, seed: seed)
    #expect(isDone)
    let garbage = (0..<3).reduce(UInt64(0)) { sum, near in
      sum + network.nodes[near].replicator.figures(now: network.now).reduce(0) { $0 + $1.counters.garbage }
    }
    #expect(garbage > 0)
  }

  @Test("The same seed gives the same course of events, to the byte")
  func repeatable() {
    func course() -> [[UInt8: Int]] {
      var network = mesh(4, seed: 3)
      network.weather = TestNetwork.Weather(lossPercent: 15, repeatPercent: 10, delayMax: 40, isOrdered: false)
      _ = converges(&network, seed: 3)
      return (0..<4).map { network.sent[$0] ?? [:] } + [[0: network.sentBytes.values.reduce(0, +)]]
    }
    #expect(course() == course())
  }
}
