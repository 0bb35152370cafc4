import Foundation
import Synchronization

/// Runs many seeds, as many at a time as there are processors.
package struct SeedRange: Sendable {
  package var first: UInt64
  package var count: Int
  package var plan: SimulationPlan
  /// Simulations at a time.
  package var workers = ProcessInfo.processInfo.activeProcessorCount

  package init(first: UInt64, count: Int, plan: SimulationPlan) {
    self.first = first
    self.count = count
    self.plan = plan
  }

  private struct State {
    var next = 0
    var reports: [SimulationReport] = []
  }

  /// Carries all out, on threads of their own; `told` hears of each as it ends, from any of them. Reports are in order of seed.
  ///
  /// Stops early once so many have failed.
  package func run(failuresMax: Int = 1, told: @escaping @Sendable (SimulationReport) -> Void = { _ in })
    -> [SimulationReport]
  {
    let state = Mutex(State())
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, count))) { _ in
      while true {
        let seed = state.withLock { state -> UInt64? in
          guard state.next < count, state.reports.count(where: { $0.violation != nil }) < failuresMax else {
            return nil
          }
          defer { state.next += 1 }
          return first + UInt64(state.next)
        }
        guard let seed else { return }
        var plan = plan
        plan.seed = seed
        let report = Simulation.run(plan)
        state.withLock { $0.reports.append(report) }
        told(report)
      }
    }
    return state.withLock { $0.reports }.sorted { $0.plan.seed < $1.plan.seed }
  }
}
