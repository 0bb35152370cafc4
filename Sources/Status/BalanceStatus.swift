/// How work and service are spread over the sites, as last measured; at most a few minutes old.
package struct BalanceStatus: Sendable, Equatable, Decodable {
  /// One site; nil is not known.
  package struct SiteFigures: Sendable, Equatable, Decodable {
    /// Code; nil for remote staff.
    package var site: String?
    /// For people; nil for remote staff.
    package var name: String?
    package var waiting: Int64?
    package var onShift: Int64?
    package var expectedWaitSeconds: Int64?
    /// The site's wait for the first answer relative to the company's; 1 is equal.
    package var indexMedian: Double?
    package var indexP90: Double?
    /// Tickets the index stands on.
    package var count: Int64?
    /// True outside of the even range with enough tickets.
    package var isUneven: Bool?

    package init(
      site: String?, name: String? = nil, waiting: Int64? = nil, onShift: Int64? = nil,
      expectedWaitSeconds: Int64? = nil, indexMedian: Double? = nil, indexP90: Double? = nil, count: Int64? = nil,
      isUneven: Bool? = nil
    ) {
      self.site = site
      self.name = name
      self.waiting = waiting
      self.onShift = onShift
      self.expectedWaitSeconds = expectedWaitSeconds
      self.indexMedian = indexMedian
      self.indexP90 = indexP90
      self.count = count
      self.isUneven = isUneven
    }

    private enum CodingKeys: String, CodingKey {
      case site, name, waiting, count
      case onShift = "on_shift"
      case expectedWaitSeconds = "expected_wait_seconds"
      case indexMedian = "index_median"
      case indexP90 = "index_p90"
      case isUneven = "is_uneven"
    }

    /// Of the two indexes the one farther from equal: what stands out.
    var worst: Double? {
      let both = [indexMedian, indexP90].compactMap { $0 }.filter { $0 > 0 }
      return both.max { max($0, 1 / $0) < max($1, 1 / $1) }
    }
  }

  package var measuredAt: UTCMoment?
  package var sites: [SiteFigures]

  package init(measuredAt: UTCMoment? = nil, sites: [SiteFigures] = []) {
    self.measuredAt = measuredAt
    self.sites = sites
  }

  private enum CodingKeys: String, CodingKey {
    case measuredAt = "measured_at"
    case sites
  }
}

extension StatusReport {
  /// One finding for all sites together: the one that stands out most, and how many more.
  func balanceFindings() -> [Finding] {
    let uneven = (balance?.sites ?? []).filter { $0.isUneven == true && $0.worst != nil }
    let worst = uneven.max { first, second in
      let (one, two) = (first.worst ?? 1, second.worst ?? 1)
      return (max(one, 1 / one), second.site ?? "") < (max(two, 1 / two), first.site ?? "")
    }
    guard let worst, let index = worst.worst else { return [] }
    var sentences = [
      worst.site == nil ? (index > 1 ? "remote_slower" : "remote_faster") : index > 1 ? "slower" : "faster"
    ]
    if uneven.count > 1 { sentences.append("more") }
    let name = worst.site.map { code in worst.name.map { "\(code) \($0)" } ?? code } ?? ""
    let hundredths = Int64((min(index, 10_000) * 100).rounded())
    return [
      Finding(
        .serviceUneven, .warning, peer: worst.site, sentences: sentences,
        arguments: [
          "site": .text(name), "index": .hundredths(hundredths), "count": .count(worst.count ?? 0),
          "others": .count(Int64(uneven.count - 1)),
        ])
    ]
  }
}
