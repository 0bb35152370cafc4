import Foundation
import Helpdesk
import OperationLog
import Store
import Testing

/// How fast the store is; run with RELEVO_MEASURE=1, in a release build for figures that mean something.
@Suite("Throughput", .enabled(if: ProcessInfo.processInfo.environment["RELEVO_MEASURE"] != nil))
struct ThroughputTests {
  @Test("Tickets opened by 32 writers at once, and the same operations taken in by a peer")
  func openingAndCatchUp() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    let commits = Counter(madrid.store)
    let count = 6_400
    let clock = ContinuousClock()
    let description = String(repeating: "No se puede conectar desde esta mañana. ", count: 10)
    let writing = try await clock.measure {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<32 {
          group.addTask {
            for index in 0..<count / 32 {
              try await madrid.open("VPN \(worker) \(index)", description, tags: ["vpn"], key: "\(worker) \(index)")
            }
          }
        }
        try await group.waitForAll()
      }
    }
    let groups = commits.count
    let before = try await lyon.store.vector()
    let taking = try await clock.measure { try await TestOffice.pull(lyon, from: madrid) }
    let taken = try await before.countLacking(from: lyon.store.vector())
    print("opened \(Self.rate(count, writing)) tickets/s in \(groups) commits")
    print("took in \(Self.rate(Int(taken), taking)) operations/s")
    try await expectSame(madrid.store, lyon.store)
  }

  private static func rate(_ count: Int, _ duration: Duration) -> Int {
    let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    return count * 1000 / max(1, Int(milliseconds))
  }
}
