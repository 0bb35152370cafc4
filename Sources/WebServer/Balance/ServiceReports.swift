import Dispatch
import Logging
package import Store
import Synchronization

/// Computes reports away from the requests that ask for them, each once at a time, and keeps the last few for a minute.
package final class ServiceReports: Sendable {
  /// What a report is asked for.
  package struct Question: Hashable, Sendable {
    package var basis: EqualServiceReport.Basis
    /// Milliseconds UTC, [from, to).
    package var from: Int64
    package var to: Int64
    /// What counts as equal.
    package var policy: ReportPolicy

    package init(
      basis: EqualServiceReport.Basis, from: Int64, to: Int64, policy: ReportPolicy = ReportPolicy()
    ) {
      self.basis = basis
      self.from = from
      self.to = to
      self.policy = policy
    }
  }

  /// A kept report is as old as this at most, milliseconds.
  package static let ageMax: Int64 = 60_000
  private static let keptMax = 16

  private struct Kept {
    var report: EqualServiceReport
    var madeAt: Int64
  }

  private struct State {
    var kept: [Question: Kept] = [:]
    var running: [Question: Task<EqualServiceReport, any Error>] = [:]
  }

  /// Tries changed rules on the last week, one trial at a time.
  package let trial = PolicyTrial()
  /// Whether a site is busier than usual.
  package let busyHours: BusyHours
  private let store: SiteStore
  private let state = Mutex(State())

  package init(store: SiteStore) {
    self.store = store
    busyHours = BusyHours(store: store)
  }

  /// The report, at most a minute old; several who ask for the same at once share one computation.
  package func report(_ question: Question, clock: ServiceClock) async throws -> EqualServiceReport {
    let now = store.powers.wallClock()
    let task = state.withLock { state -> Task<EqualServiceReport, any Error>? in
      if let kept = state.kept[question], abs(now - kept.madeAt) < Self.ageMax { return nil }
      if let running = state.running[question] { return running }
      let task = Task { try await self.compute(question, now, clock) }
      state.running[question] = task
      return task
    }
    guard let task else {
      if let kept = state.withLock({ $0.kept[question]?.report }) { return kept }
      return try await compute(question, now, clock)
    }
    return try await task.value
  }

  private func compute(_ question: Question, _ now: Int64, _ clock: ServiceClock) async throws -> EqualServiceReport {
    defer { state.withLock { $0.running[question] = nil } }
    let list = try await store.serviceHistories(from: question.from, to: question.to)
    // Sorting and adding up thousands of waits must not hold a thread on which requests are answered.
    let report = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .utility).async {
        continuation.resume(
          returning: EqualServiceReport(
            list, basis: question.basis, from: question.from, to: question.to, now: now, clock: clock,
            policy: question.policy))
      }
    }
    state.withLock { state in
      if state.kept.count >= Self.keptMax, let oldest = state.kept.min(by: { $0.value.madeAt < $1.value.madeAt }) {
        state.kept[oldest.key] = nil
      }
      state.kept[question] = Kept(report: report, madeAt: now)
    }
    return report
  }
}
