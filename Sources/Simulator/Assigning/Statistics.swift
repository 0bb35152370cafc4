import Assignment

/// A mean over seeds with its 95 % confidence interval (Student's t).
package struct Interval: Sendable, Hashable {
  package let mean: Double
  /// Half the width; nil with fewer than two values.
  package let margin: Double?

  package init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.isEmpty ? 0 : values.reduce(0, +) / count
    self.mean = mean
    guard values.count > 1 else {
      margin = nil
      return
    }
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    margin = Self.quantile(values.count - 1) * (variance / count).squareRoot()
  }

  /// The upper end: what is compared with a limit.
  package var upper: Double { mean + (margin ?? 0) }

  /// 97.5 % quantiles of Student's t by degrees of freedom.
  private static func quantile(_ degrees: Int) -> Double {
    let table = [
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
      2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]
    if degrees <= table.count { return table[max(1, degrees) - 1] }
    return degrees <= 60 ? 2.042 : 2.000
  }
}

/// The waits of a run by some grouping of its tickets, in seconds.
struct Waits {
  let all: [Double]
  /// By group, ascending.
  let groups: [Int: [Double]]
  /// Tickets nobody had begun at the end.
  let left: Int

  /// A ticket that nobody had begun counts as waiting until the end of the run.
  init(_ world: ReplayWorld, _ outcome: ReplayOutcome, from warmUp: Int64 = 0, group: (Int) -> Int?) {
    var all: [Double] = []
    var groups: [Int: [Double]] = [:]
    var left = 0
    let end = (world.tickets.last?.arrivesAt ?? 0) + 7 * 24 * 3_600_000
    for (index, ticket) in world.tickets.enumerated() where ticket.arrivesAt >= warmUp {
      guard let group = group(index) else { continue }
      if outcome.startedAt[index] == nil { left += 1 }
      let wait = Double((outcome.startedAt[index] ?? end) - ticket.arrivesAt) / 1000
      all.append(wait)
      groups[group, default: []].append(wait)
    }
    self.all = all
    self.groups = groups.mapValues { $0.sorted() }
    self.left = left
  }

  var mean: Double { Self.mean(all) }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// Nearest rank of an ascending list.
  static func quantile(_ ascending: [Double], _ share: Double) -> Double {
    guard !ascending.isEmpty else { return 0 }
    let rank = (Double(ascending.count) * share).rounded(.up)
    return ascending[min(ascending.count, max(1, Int(rank))) - 1]
  }

  /// The worst group's figure divided by the best group's, each at least the floor; groups below the count are left out.
  func spread(floor: Double = 60, countMin: Int = 1, _ figure: ([Double]) -> Double) -> Double {
    let figures = groups.values.filter { $0.count >= countMin }.map { max(floor, figure($0)) }
    guard let most = figures.max(), let least = figures.min() else { return 1 }
    return most / least
  }
}
