import Assignment
import OperationLog

/// The cases of the assignment simulation; raw values are names on the command line.
package enum StudyCase: String, CaseIterable, Sendable {
  case busyOffice = "busy-office"
  case skillsAndHours = "skills-and-hours"
  case brokenLinks = "broken-links"
  case incidentLog = "incident-log"
  case thousandSites = "thousand-sites"
}

/// One requirement of a case, measured.
package struct StudyCheck: Sendable {
  package let what: String
  package let value: Interval
  package let limit: Double
  package let unit: String
  /// The upper end of the confidence interval counts.
  package var isMet: Bool { value.upper <= limit }
}

/// What one rule came to in a case, over all seeds.
package struct StudyRow: Sendable {
  package let rule: String
  /// Seconds.
  package let mean: Interval
  package let p90: Interval
  /// Worst site's median divided by the best one's, at least a minute each.
  package let spread: Interval
  /// Tickets an agent of another site took, per cent.
  package let elsewhere: Interval
}

/// A case with one setting: assumptions, what each rule came to, and whether the requirements are met.
package struct StudyResult: Sendable {
  package let name: String
  package let title: String
  package let seeds: Int
  package let assumptions: [String]
  package let rows: [StudyRow]
  package let checks: [StudyCheck]
  package let notes: [String]

  package var isMet: Bool { checks.allSatisfy(\.isMet) }
}

/// How long the simulated times are; the tests use shorter ones.
package struct StudySize: Sendable {
  package var seeds = 20
  package var hours: Int64 = 50
  package var days: Int64 = 5
  package var minutes: Int64 = 90
  /// Decisions whose time is measured.
  package var decisions = 2_000

  package init() {}
}

/// Runs the cases. Every rule sees the same arrivals; nothing is kept from one seed to the next.
package struct AssignmentStudy {
  package static let ours = "relevo"

  package let size: StudySize
  private let say: (String) -> Void

  package init(_ size: StudySize, say: @escaping (String) -> Void = { _ in }) {
    self.size = size
    self.say = say
  }

  /// All settings of a case; the incident log is needed for its own case only.
  package func run(_ one: StudyCase, log: IncidentLog?) -> [StudyResult] {
    switch one {
    case .busyOffice: [5, 120].map(busyOffice)
    case .skillsAndHours: [5, 120].map(skillsAndHours)
    case .brokenLinks: [5, 120].map(brokenLinks)
    case .incidentLog: log.map { log in [1, 4].map { incidentLog(IncidentLogWorld(log), workTimes: $0) } } ?? []
    case .thousandSites: [thousandSites()]
    }
  }

  // MARK: One seed

  /// One rule in one world.
  struct Figures {
    var mean: Double
    var p90: Double
    var medianSpread: Double
    var meanSpread: Double
    var p90Spread: Double
    var elsewhere: Double
    /// By group of `brokenLinks`.
    var groups: [Int: Double]
    var left: Int
    var outcome: ReplayOutcome
  }

  func figures(_ world: ReplayWorld, _ outcome: ReplayOutcome, group: ((Int) -> Int)? = nil) -> Figures {
    let places = Dictionary(uniqueKeysWithValues: world.sites.enumerated().map { ($1, $0) })
    let bySite = Waits(world, outcome) { places[world.tickets[$0].site] }
    let byGroup = group.map { group in Waits(world, outcome) { group($0) } }
    return Figures(
      mean: bySite.mean, p90: Waits.quantile(bySite.all.sorted(), 0.9),
      medianSpread: bySite.spread(countMin: 5) { Waits.quantile($0, 0.5) },
      meanSpread: bySite.spread(countMin: 20, Waits.mean),
      p90Spread: bySite.spread(countMin: 20) { Waits.quantile($0, 0.9) },
      elsewhere: 100 * Double(outcome.handOvers) / Double(max(1, world.tickets.count)),
      groups: byGroup?.groups.mapValues(Waits.mean) ?? [:], left: bySite.left, outcome: outcome)
  }

  /// Ours and the rivals on the same world.
  func compare(_ world: ReplayWorld, without left: Set<Rival> = [], group: ((Int) -> Int)? = nil) -> [String: Figures] {
    var found: [String: Figures] = [:]
    for rival in Rival.allCases where !left.contains(rival) {
      found[rival.rawValue] = figures(world, RivalRun.run(world, rival), group: group)
    }
    found[Self.ours] = figures(world, AssignmentReplay.run(world), group: group)
    return found
  }

  func overSeeds(_ name: String, _ one: (UInt64) -> [String: Figures]) -> [[String: Figures]] {
    (1...UInt64(max(1, size.seeds))).map { seed in
      say("\(name): seed \(seed) of \(size.seeds)")
      return one(seed)
    }
  }

  func rows(_ runs: [[String: Figures]]) -> [StudyRow] {
    let names = Rival.allCases.map(\.rawValue).filter { $0 != Rival.pooled.rawValue } + [Self.ours, "pooled"]
    return names.compactMap { name in
      let figures = runs.compactMap { $0[name] }
      guard !figures.isEmpty else { return nil }
      return StudyRow(
        rule: name, mean: Interval(figures.map(\.mean)), p90: Interval(figures.map(\.p90)),
        spread: Interval(figures.map(\.medianSpread)), elsewhere: Interval(figures.map(\.elsewhere)))
    }
  }

  /// Per seed ours divided by the limit.
  func ratio(_ runs: [[String: Figures]], _ figure: (Figures) -> Double) -> Interval {
    Interval(
      runs.compactMap { run in
        guard let ours = run[Self.ours], let limit = run[Rival.pooled.rawValue] else { return nil }
        return figure(ours) / max(0.001, figure(limit))
      })
  }

  func ours(_ runs: [[String: Figures]], _ figure: (Figures) -> Double) -> Interval {
    Interval(runs.compactMap { $0[Self.ours].map(figure) })
  }
}
