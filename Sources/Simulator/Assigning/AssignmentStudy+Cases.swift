import Assignment
import OperationLog

extension AssignmentStudy {
  private static let delays = "messages take 20 to 150 ms one way; rivals and the limit pay no delay"

  private static let oneAtATime =
    "an agent works on one ticket at a time; work is exponential with a mean of 20 minutes"

  private func knowledge(_ seconds: Int) -> String {
    """
    what a site knows of another's load is \(seconds) s old on average (told every \(Self.text(Double(seconds) / 2)) s, on the way \
    for as long); rivals add what they sent themselves
    """
  }

  func busyOffice(_ seconds: Int) -> StudyResult {
    let name = "busy-office-\(seconds)s"
    let runs = overSeeds(name) { seed in
      compare(CaseWorlds.busyOffice(seed: seed, hours: size.hours, knowledge: Int64(seconds) * 1000))
    }
    return StudyResult(
      name: name, title: "12 sites, one at 3× its capacity, knowledge \(seconds) s old", seeds: runs.count,
      assumptions: [
        "12 sites of 4 agents, all links up, Poisson arrivals for \(size.hours) h at 85 % of all agents' work",
        "the first site gets 3 times what its own agents can do, the others the rest in equal parts (65 % each)",
        Self.oneAtATime, "a hand-over costs nothing", Self.delays, knowledge(seconds),
        "the mean counts every ticket until somebody begins it; each site alone therefore grows with the time",
      ], rows: rows(runs),
      checks: [
        StudyCheck(what: "mean wait ÷ pooled limit", value: ratio(runs, \.mean), limit: 1.05, unit: "×"),
        StudyCheck(
          what: "worst ÷ best site median (floor 1 min)", value: ours(runs, \.medianSpread), limit: 1.1, unit: "×"),
      ], notes: traffic(runs))
  }

  func skillsAndHours(_ seconds: Int) -> StudyResult {
    let name = "skills-and-hours-\(seconds)s"
    let runs = overSeeds(name) { seed in
      compare(CaseWorlds.skillsAndHours(seed: seed, days: size.days, knowledge: Int64(seconds) * 1000))
    }
    return StudyResult(
      name: name, title: "Three skills, four time zones, a hand-over costs 60 s, knowledge \(seconds) s old",
      seeds: runs.count,
      assumptions: [
        "12 sites of 4 agents in UTC−5, 0, +1 and +8, each 09:00–17:00 of every day, for \(size.days) days",
        "each agent knows two of three categories, each ticket has one of the three",
        "arrivals are 85 % of all agents' hours; nine in ten come inside their own office's hours",
        "the first site gets 3 times what its own agents could do all day",
        Self.oneAtATime + "; what was begun is finished after the shift's end",
        "an agent of another site needs 60 s more, also in the limit and with the rivals", Self.delays,
        knowledge(seconds),
      ], rows: rows(runs),
      checks: [StudyCheck(what: "mean wait ÷ pooled limit", value: ratio(runs, \.mean), limit: 1.15, unit: "×")],
      notes: traffic(runs))
  }

  func brokenLinks(_ seconds: Int) -> StudyResult {
    let name = "broken-links-\(seconds)s"
    var downShare: [Double] = []
    let runs = overSeeds(name) { seed in
      let world = CaseWorlds.brokenLinks(seed: seed, hours: size.hours, knowledge: Int64(seconds) * 1000)
      let isConnected = Self.connectedAtArrival(world)
      downShare.append(Self.downShare(world))
      return compare(world) { isConnected[$0] ? 1 : 0 }
    }
    let doubles = ours(runs) { Double($0.outcome.doubleAfterHealing) }
    let down = Interval(downShare.map { 100 * $0 })
    return StudyResult(
      name: name, title: "Every link down a quarter of the time, knowledge \(seconds) s old", seeds: runs.count,
      assumptions: [
        "a star: every branch has one link, to the central site, so that each broken link cuts an office off",
        "bursts of 1 min to 8 h, every order of magnitude as likely; links were down \(Self.text(down)) % of the time",
        "12 sites of 4 agents, two of them at work 8 h a day only; 85 % of the agents' hours; \(size.hours) h",
        "one branch gets 12 agents' work and has 4; all tickets are to be answered within an hour",
        Self.oneAtATime, "people take over late tickets of cut-off sites in one of ten looks, every 5 min",
        """
        the limit: one queue per connected group, perfect knowledge, at every moment; it knows no take-overs of cut-off \
        offices' tickets, so that ours can be below it
        """,
        Self.delays, knowledge(seconds),
      ], rows: rows(runs),
      checks: [
        StudyCheck(
          what: "group of the central site: mean wait ÷ its limit", value: ratio(runs) { $0.groups[1] ?? 0 },
          limit: 1.15, unit: "×"),
        StudyCheck(
          what: "offices cut off: mean wait ÷ their limit", value: ratio(runs) { $0.groups[0] ?? 0 }, limit: 1.15,
          unit: "×"),
        StudyCheck(what: "tickets with two workers after healing", value: doubles, limit: 0, unit: ""),
      ],
      notes: traffic(runs) + [
        """
        per run \(Self.text(ours(runs) { Double($0.outcome.takeOvers) })) take-overs, \
        \(Self.text(ours(runs) { Double($0.outcome.forks) })) tickets with two workers while cut off, all settled on \
        healing; \(Self.text(ours(runs) { Double($0.outcome.pushes) })) times custody moved ahead
        """
      ])
  }

  /// Per ticket: whether its office could reach the central site when it arrived.
  static func connectedAtArrival(_ world: ReplayWorld) -> [Bool] {
    var reach = Reachability(sites: world.sites.count, links: world.links)
    let places = Dictionary(uniqueKeysWithValues: world.sites.enumerated().map { ($1, $0) })
    var changes = world.linkChanges[...]
    return world.tickets.map { ticket in
      while let change = changes.first, change.at <= ticket.arrivesAt {
        reach.apply(change)
        changes = changes.dropFirst()
      }
      return reach.reaches(0, places[ticket.site] ?? 0)
    }
  }

  /// The share of the time that a link was down, between the first and the last arrival.
  static func downShare(_ world: ReplayWorld) -> Double {
    guard let from = world.tickets.first?.arrivesAt, let until = world.tickets.last?.arrivesAt, until > from else {
      return 0
    }
    var since: [Int: Int64] = [:]
    var down: Int64 = 0
    for change in world.linkChanges {
      if !change.isUp { since[change.second] = change.at }
      if change.isUp, let start = since.removeValue(forKey: change.second) {
        down += max(0, min(change.at, until) - max(start, from))
      }
    }
    return Double(down) / Double((until - from) * Int64(max(1, world.links?.count ?? 1)))
  }

  func incidentLog(_ log: IncidentLogWorld, workTimes factor: Int64) -> StudyResult {
    let name = factor == 1 ? "incident-log" : "incident-log-work-×\(factor)"
    let runs = overSeeds(name) { seed in compare(log.world(seed: seed, knowledge: 120_000, workTimes: factor)) }
    let load = 100 * log.workHours * Double(factor) / max(1, log.capacityHours)
    let history = history(log)
    let title =
      factor == 1 ? "The real incident log, May 2012" : "The same, with every piece of work \(factor) times as long"
    return StudyResult(
      name: name, title: title, seeds: runs.count,
      assumptions: [
        """
        \(log.tickets.count) incidents that came in May 2012 of the published log of Volvo IT Belgium, at the country \
        of their first team; those of before May are left out, though people worked on them too
        """,
        """
        \(log.agents.count) people; somebody is at work from half an hour before to half an hour after rows of theirs \
        no more than 4 h apart, and knows the support levels they worked at; a ticket needs that of its first team
        """,
        """
        work of an incident: its owners' time at work, shared equally by what was in progress with them at the same \
        time; drawn per seed from those of the same level; together \(Int(log.workHours) * Int(factor)) h of \
        \(Int(log.capacityHours)) h (\(Int(load)) %)
        """,
        "an agent of another country needs 60 s more", Self.delays, knowledge(120),
        "spreads between countries with at least 20 tickets",
      ], rows: rows(runs),
      checks: [
        StudyCheck(
          what: "worst ÷ best country mean (floor 1 min)", value: ours(runs, \.meanSpread), limit: 1.5, unit: "×"),
        StudyCheck(
          what: "worst ÷ best country 90th percentile (floor 1 min)", value: ours(runs, \.p90Spread), limit: 1.5,
          unit: "×"),
      ], notes: traffic(runs) + [history.text, others(runs)])
  }

  /// What the log itself says: the wait to the first acceptance by a person.
  private func history(_ log: IncidentLogWorld) -> (mean: Double, p90: Double, text: String) {
    var byCountry: [Int: [Double]] = [:]
    for (index, wait) in log.historicalWaits.enumerated() {
      guard let wait, let place = log.tickets.indices.contains(index) ? log.tickets[index].site.low : nil else {
        continue
      }
      byCountry[Int(place), default: []].append(wait)
    }
    let known = byCountry.filter { $0.value.count >= 20 }.mapValues { $0.sorted() }
    func spread(_ figure: ([Double]) -> Double) -> Double {
      let values = known.values.map { max(60, figure($0)) }
      return (values.max() ?? 1) / (values.min() ?? 1)
    }
    let mean = spread(Waits.mean)
    let p90 = spread { Waits.quantile($0, 0.9) }
    let all = log.historicalWaits.compactMap { $0 }.sorted()
    let listed = known.sorted { $0.key < $1.key }.prefix(12).map { place, waits in
      let hours = Self.text(Waits.mean(waits) / 3600)
      return "\(log.countries[place]) \(hours) h (n \(waits.count))"
    }
    return (
      mean, p90,
      """
      history: mean \(Self.text(Waits.mean(all))) s, 90th percentile \(Self.text(Waits.quantile(all, 0.9))) s; worst ÷ \
      best country: mean \(Self.text(mean)) ×, 90th percentile \(Self.text(p90)) ×; mean by country \
      \(listed.joined(separator: ", "))
      """
    )
  }

  /// The spreads of the rivals beside ours.
  private func others(_ runs: [[String: Figures]]) -> String {
    let texts = Rival.allCases.map { rival in
      let means = Interval(runs.compactMap { $0[rival.rawValue]?.meanSpread })
      let p90s = Interval(runs.compactMap { $0[rival.rawValue]?.p90Spread })
      return "\(rival.rawValue) \(Self.text(means)) and \(Self.text(p90s))"
    }
    return "worst ÷ best country, mean and 90th percentile, of the others: " + texts.joined(separator: "; ")
  }

  func thousandSites() -> StudyResult {
    let runs = overSeeds("thousand-sites") { seed in
      compare(CaseWorlds.thousandSites(seed: seed, minutes: size.minutes), without: [.pooled])
    }
    let timing = DecisionTiming.measure(sites: 1000, decisions: size.decisions)
    let most = ours(runs) { Double($0.outcome.inHandMost) / max(0.001, Double($0.outcome.inHandMeanPerMille) / 1000) }
    let rush = runs.compactMap { $0[Rival.leastOpen.rawValue] }.map {
      Double($0.outcome.inHandMost) / max(0.001, Double($0.outcome.inHandMeanPerMille) / 1000)
    }
    return StudyResult(
      name: "thousand-sites", title: "1,000 sites", seeds: runs.count,
      assumptions: [
        """
        1,000 sites of 4 agents, all links up, 85 % busy, \(size.minutes) min from an empty start; in every half hour a \
        hundred sites get three tenths of all work for ten minutes
        """,
        "each site is told the load of its 16 best candidates, 10 s old on average, and of nobody else",
        Self.oneAtATime, "a hand-over costs nothing", Self.delays,
        "in hand: tickets that a site's agents work on and offers on their way to them, over time and sites",
        """
        a decision: choose 16 of 1,000 outlooks, weigh the agents of these and of the own site, write the record; \
        median of \(size.decisions) on this machine
        """,
      ], rows: rows(runs),
      checks: [
        StudyCheck(
          what: "time of a decision", value: Interval([timing.medianMicroseconds]), limit: 50, unit: "µs"),
        StudyCheck(what: "most tickets in hand at one site ÷ mean", value: most, limit: 2, unit: "×"),
        StudyCheck(
          what: "load summaries, of a 64 kbit/s link", value: Interval([timing.linkPercent]), limit: 1, unit: "%"),
      ],
      notes: traffic(runs) + [
        "least open tickets: most at one site ÷ mean \(Self.text(Interval(rush))) ×",
        "16 summaries are \(timing.summaryBytes) bytes in a PING and its PONG every 5 s; 90th percentile of a decision "
          + "\(Self.text(timing.p90Microseconds)) µs",
      ])
  }

  private func traffic(_ runs: [[String: Figures]]) -> [String] {
    let declined = ours(runs) { Double($0.outcome.declined) }
    let messages = ours(runs) { Double($0.outcome.messages) / Double(max(1, $0.outcome.startedAt.count)) }
    let left = ours(runs) { Double($0.left) }
    return [
      """
      ours: \(Self.text(messages)) messages a ticket, \(Self.text(declined)) offers a run found their agent busy, \
      \(Self.text(left)) tickets nobody had begun at the end
      """
    ]
  }
}
