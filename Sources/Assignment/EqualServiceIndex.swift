package import OperationLog

/// How equal the service of the sites is: working time to the first human answer per site beside the company's.
///
/// Remote staff are a row of their own: the caller gives them an identifier. Everything in integers, so that every node
/// prints the same figures.
package struct EqualServiceIndex: Hashable, Sendable {
  /// One site.
  package struct Row: Hashable, Sendable {
    package let site: EntityID
    /// Answers it rests on.
    package let count: Int
    /// Milliseconds of working time.
    package let median: Int64
    package let p90: Int64
    /// Divided by the company's, in thousandths: 1000 is equal.
    package let medianPerMille: Int64
    package let p90PerMille: Int64
    /// True outside the policy's bounds with enough answers.
    package let isAlarming: Bool

    /// The index that alarms: of the two the one farther from equal.
    package var worstPerMille: Int64 {
      Self.distance(medianPerMille) >= Self.distance(p90PerMille) ? medianPerMille : p90PerMille
    }

    /// Twice as slow and twice as fast are equally far.
    private static func distance(_ perMille: Int64) -> Int64 {
      perMille >= 1000 ? perMille : 1_000_000 / max(1, perMille)
    }
  }

  /// In the order of the sites' identifiers; sites without answers are absent.
  package let rows: [Row]
  /// All answers together.
  package let count: Int
  package let median: Int64
  package let p90: Int64
  /// Jain's index over the sites' medians, thousandths: 1000 is equal, 1000 ÷ sites the worst. 1000 without sites.
  package let jainPerMille: Int64

  /// Times below this are as good as none when they are compared, milliseconds.
  package static let floorMilliseconds: Int64 = 60_000

  /// From the working times to the first human answer, milliseconds; in any order.
  package init(
    answers: [EntityID: [Int64]], policy: AssignmentPolicy = AssignmentPolicy(),
    floorMilliseconds: Int64 = Self.floorMilliseconds
  ) {
    let floor = max(1, floorMilliseconds)
    let bounded = answers.mapValues { $0.map { min(max(0, $0), 1 << 40) }.sorted() }.filter { !$0.value.isEmpty }
    let all = bounded.values.flatMap { $0 }.sorted()
    count = all.count
    let companyMedian = Self.quantile(all, 500)
    let companyP90 = Self.quantile(all, 900)
    median = companyMedian
    p90 = companyP90
    let limits = policy.limits
    rows = bounded.sorted { $0.key < $1.key }.map { site, times in
      let median = Self.quantile(times, 500)
      let p90 = Self.quantile(times, 900)
      let ofMedian = max(median, floor) * 1000 / max(companyMedian, floor)
      let ofP90 = max(p90, floor) * 1000 / max(companyP90, floor)
      let bounds = limits.alarmBelowPerMille...limits.alarmAbovePerMille
      return Row(
        site: site, count: times.count, median: median, p90: p90, medianPerMille: ofMedian, p90PerMille: ofP90,
        isAlarming: Int64(times.count) >= limits.alarmSamplesMin
          && !(bounds.contains(ofMedian) && bounds.contains(ofP90)))
    }
    jainPerMille = Self.jain(rows.map { max($0.median, floor) })
  }

  /// The smallest value that so many thousandths do not exceed (nearest rank) of an ascending list; 0 of none.
  package static func quantile(_ ascending: [Int64], _ perMille: Int) -> Int64 {
    guard !ascending.isEmpty else { return 0 }
    let rank = (ascending.count * min(max(0, perMille), 1000) + 999) / 1000
    return ascending[max(1, rank) - 1]
  }

  /// (Σx)² ÷ (n·Σx²) in thousandths (Jain, Chiu and Hawe 1984); 1000 for none.
  package static func jain(_ values: [Int64]) -> Int64 {
    // Values up to 2⁴¹ squared times a million sites need more than 64 bits.
    var sum: UInt128 = 0
    var squares: UInt128 = 0
    for value in values {
      let bounded = UInt128(min(max(0, value), 1 << 41))
      sum += bounded
      squares += bounded * bounded
    }
    guard squares > 0 else { return 1000 }
    return Int64(clamping: sum * sum * 1000 / (squares * UInt128(values.count)))
  }
}
