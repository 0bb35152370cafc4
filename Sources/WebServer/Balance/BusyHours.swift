package import OperationLog
package import Store
import Synchronization

/// Whether a site is busier than usual: the last hour beside the same hour of the last four weeks.
package final class BusyHours: Sendable {
  /// What is said only when it is true.
  package struct Rush: Hashable, Sendable {
    /// Requests of the last hour, and the usual number, rounded up.
    package var arrived: Int
    package var usual: Int
  }

  private static let hour: Int64 = 3_600_000
  private static let week: Int64 = 7 * 24 * hour
  /// An answer stands for a minute.
  private static let ageMax: Int64 = 60_000
  /// A handful of requests is no rush, whatever was usual.
  private static let arrivedMin = 5
  private static let sitesMax = 1024

  private let store: SiteStore
  private let kept = Mutex<[EntityID: (rush: Rush?, at: Int64)]>([:])

  package init(store: SiteStore) { self.store = store }

  /// Nil when the site is not busier than usual, or when nobody knows what is usual there.
  package func rush(at site: EntityID) async throws -> Rush? {
    let now = store.powers.wallClock()
    if let known = kept.withLock({ $0[site] }), abs(now - known.at) < Self.ageMax { return known.rush }
    let rush = try await measure(site, now)
    kept.withLock { kept in
      if kept.count >= Self.sitesMax { kept.removeAll() }
      kept[site] = (rush, now)
    }
    return rush
  }

  private func measure(_ site: EntityID, _ now: Int64) async throws -> Rush? {
    guard let span = try await store.openingSpan() else { return nil }
    // Only weeks of which there is something: a new office has no usual.
    let weeks = (1...4).map { now - Int64($0) * Self.week }.filter { $0 - Self.hour >= span.first }
    guard !weeks.isEmpty else { return nil }
    let moments = [now] + weeks
    let arrivals = try await store.arrivals(site: site, in: moments.map { ($0 - Self.hour, $0) })
    let waiting = try await store.waiting(site: site, at: moments)
    return Self.rush(arrivals: arrivals, waiting: waiting)
  }

  /// The present first, then the weeks before. Busier means half as many more requests than usual, and more who wait:
  /// a rush that is dealt with at once makes nobody wait longer.
  static func rush(arrivals: [Int], waiting: [Int]) -> Rush? {
    guard let arrived = arrivals.first, let waits = waiting.first, arrivals.count > 1, arrivals.count == waiting.count
    else { return nil }
    let weeks = arrivals.count - 1
    let usual = arrivals.dropFirst().reduce(0, +)
    let usuallyWaiting = waiting.dropFirst().reduce(0, +)
    guard arrived >= arrivedMin, arrived * 2 * weeks >= usual * 3, waits * weeks > usuallyWaiting else { return nil }
    return Rush(arrived: arrived, usual: (usual + weeks - 1) / weeks)
  }
}
