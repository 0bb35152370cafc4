/// Waiting tickets by custodian, and there by kind (category and priority), each kind in the order of arrival.
///
/// The first of a kind is always the most overdue of its kind, so a choice needs only the heads.
package struct WaitingLanes: Sendable {
  /// Per site, per kind: places of tickets, ascending.
  private var lanes: [[[Int]]]
  /// Per site how many wait.
  package private(set) var counts: [Int]
  private let kinds: [Int]

  /// `kinds` gives each ticket's kind, counted from 0.
  package init(sites: Int, kinds: [Int]) {
    self.kinds = kinds
    lanes = Array(repeating: Array(repeating: [], count: (kinds.max() ?? 0) + 1), count: sites)
    counts = Array(repeating: 0, count: sites)
  }

  package mutating func insert(_ ticket: Int, at site: Int) {
    let kind = kinds[ticket]
    // Nearly always the latest: only what comes back stands further ahead.
    var place = lanes[site][kind].count
    while place > 0 && lanes[site][kind][place - 1] > ticket { place -= 1 }
    if place > 0 && lanes[site][kind][place - 1] == ticket { return }
    lanes[site][kind].insert(ticket, at: place)
    counts[site] += 1
  }

  /// False when it does not wait there.
  @discardableResult
  package mutating func remove(_ ticket: Int, at site: Int) -> Bool {
    guard let place = lanes[site][kinds[ticket]].firstIndex(of: ticket) else { return false }
    lanes[site][kinds[ticket]].remove(at: place)
    counts[site] -= 1
    return true
  }

  package func contains(_ ticket: Int, at site: Int) -> Bool {
    counts[site] > 0 && lanes[site][kinds[ticket]].contains(ticket)
  }

  /// The first few of each kind that waits at a site.
  package func heads(at site: Int, count: Int) -> [Int] {
    counts[site] == 0 ? [] : lanes[site].flatMap { $0.prefix(count) }
  }

  package func all(at site: Int) -> [Int] { counts[site] == 0 ? [] : lanes[site].flatMap { $0 } }
}
