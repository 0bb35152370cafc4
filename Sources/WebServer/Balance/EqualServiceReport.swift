import Assignment
package import OperationLog
package import Store

/// Is service equal? The wait of each site's people beside the company's, with how many tickets each figure stands on.
package struct EqualServiceReport: Hashable, Sendable {
  /// Which wait is compared.
  package enum Basis: String, CaseIterable, Hashable, Sendable {
    /// Until a person wrote the first word.
    case answer
    /// Until a person took it.
    case acceptance
    /// All the time in which nobody had it.
    case queued
  }

  /// The waits of a group of tickets, in milliseconds of working time.
  package struct Figures: Hashable, Sendable {
    /// Tickets the two waits stand on.
    package var count = 0
    /// Tickets that still wait.
    package var waiting = 0
    /// Nil when nothing was measured, as is the next one.
    package var median: Int64?
    package var p90: Int64?
  }

  /// Where a site stands.
  package enum Standing: String, Hashable, Sendable {
    case even
    case slower
    case faster
    /// Fewer tickets than a judgement needs.
    case tooFew = "too_few"
    /// Nothing was measured.
    case unmeasured
  }

  /// The index in one part of the period.
  package struct TrendPoint: Hashable, Sendable {
    /// Median wait relative to the company's in the whole period, in thousandths; nil when nothing was measured.
    package var perMille: Int64?
    package var count: Int
  }

  /// One site, or the people who work remotely.
  package struct Line: Hashable, Sendable {
    /// Nil for remote staff, whichever office they belong to.
    package var site: EntityID?
    package var figures: Figures
    /// Relative to the company, in thousandths: 1000 is equal, 2000 waits twice as long.
    package var medianPerMille: Int64?
    package var p90PerMille: Int64?
    package var standing: Standing
    package var trend: [TrendPoint]
    /// False where the standard hours count because nobody has set others.
    package var hasCalendar: Bool
  }

  /// Parts of the period that a trend shows.
  static let trendParts = 8

  /// Milliseconds UTC, [from, to).
  package var from: Int64
  package var to: Int64
  package var basis: Basis
  package var company: Figures
  /// Slowest first, those who cannot be judged last.
  package var lines: [Line]
  /// Jain's index of the sites' medians in thousandths: 1000 when all wait the same; nil below two sites.
  package var jainPerMille: Int64?
  /// Imported tickets, which carry no words, when the first answer is asked for.
  package var leftOut: Int
  /// Closed without a word from any person.
  package var closedSilently: Int
  /// Of the tickets of requesters with several, the share that went to each one's most frequent agent, in thousandths;
  /// nil without such requesters.
  package var concentrationPerMille: Int64?
  /// True when the period holds more tickets than one report reads.
  package var isCut: Bool
  /// Outside of this range, in thousandths, service is not equal, from `countMin` tickets on.
  package var evenRange: ClosedRange<Int64>
  package var countMin: Int

  /// Sites outside of the even range with enough tickets to say so.
  package var uneven: [Line] { lines.filter { $0.standing == .slower || $0.standing == .faster } }
  /// Sites that can be judged.
  package var judged: [Line] { lines.filter { $0.standing != .tooFew && $0.standing != .unmeasured } }
}

extension EqualServiceReport {
  /// The row of remote staff inside the index, which knows identifiers only.
  private static let remote = EntityID(high: .max, low: .max)

  /// One ticket's wait that ended, or has lasted so long until now.
  private struct Wait {
    var site: EntityID
    var milliseconds: Int64
    var isOver: Bool
    var openedAt: Int64
  }

  /// Computes the report of what was opened in [from, to).
  ///
  /// A ticket that still waits counts with its wait so far as soon as that exceeds the company's median: leaving it out
  /// until somebody answers would flatter the site where nobody does.
  package init(
    _ list: ServiceHistoryList, basis: Basis, from: Int64, to: Int64, now: Int64, clock: ServiceClock,
    policy: ReportPolicy = ReportPolicy()
  ) {
    self.from = from
    self.to = to
    self.basis = basis
    isCut = list.isCut
    evenRange = policy.evenRange
    countMin = policy.countMin
    let counted = basis == .answer ? list.histories.filter { !$0.isImported } : list.histories
    leftOut = list.histories.count - counted.count
    closedSilently = basis == .answer ? counted.count { $0.answer == nil && !$0.isOpen } : 0
    concentrationPerMille = Self.concentration(counted)
    let waits = counted.compactMap { history -> Wait? in
      history.wait(basis, now: now, clock: clock).map {
        Wait(
          site: history.isRemote ? Self.remote : history.site ?? .zero, milliseconds: $0.milliseconds,
          isOver: $0.isOver, openedAt: history.openedAt)
      }
    }
    let median = EqualServiceIndex.quantile(waits.filter(\.isOver).map(\.milliseconds).sorted(), 500)
    let measured = waits.filter { $0.isOver || $0.milliseconds > median }
    let groups = Dictionary(grouping: measured, by: \.site)
    let index = EqualServiceIndex(answers: groups.mapValues { $0.map(\.milliseconds) }, policy: policy.policy)
    company = Figures(
      count: index.count, waiting: waits.count { !$0.isOver }, median: index.count > 0 ? index.median : nil,
      p90: index.count > 0 ? index.p90 : nil)
    let offices = index.rows.filter { $0.site != Self.remote }
    jainPerMille = offices.count > 1 ? index.jainPerMille : nil
    lines = []
    let rows = Dictionary(index.rows.map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
    let waiting = Dictionary(grouping: waits.filter { !$0.isOver }, by: \.site).mapValues(\.count)
    for site in Set(waits.map(\.site)) {
      lines.append(line(site, rows[site], groups[site] ?? [], waiting: waiting[site] ?? 0, clock))
    }
    lines.sort { Self.order($0) < Self.order($1) }
  }

  private func line(
    _ site: EntityID, _ row: EqualServiceIndex.Row?, _ waits: [Wait], waiting: Int, _ clock: ServiceClock
  ) -> Line {
    let standing: Standing
    if let row {
      standing =
        row.count < countMin ? .tooFew : !row.isAlarming ? .even : row.worstPerMille > 1000 ? .slower : .faster
    } else {
      standing = .unmeasured
    }
    let office = site == Self.remote ? nil : site
    return Line(
      site: office,
      figures: Figures(count: row?.count ?? 0, waiting: waiting, median: row?.median, p90: row?.p90),
      medianPerMille: row?.medianPerMille, p90PerMille: row?.p90PerMille, standing: standing, trend: trend(waits),
      hasCalendar: clock.hasCalendar(office))
  }

  private func trend(_ waits: [Wait]) -> [TrendPoint] {
    let floor = EqualServiceIndex.floorMilliseconds
    let length = max(1, (to - from) / Int64(Self.trendParts))
    let parts = Dictionary(grouping: waits) { wait in
      Int(min(max(0, (wait.openedAt - from) / length), Int64(Self.trendParts - 1)))
    }
    return (0..<Self.trendParts).map { part in
      let waits = (parts[part] ?? []).map(\.milliseconds).sorted()
      guard !waits.isEmpty, let company = company.median else { return TrendPoint(perMille: nil, count: waits.count) }
      let median = max(EqualServiceIndex.quantile(waits, 500), floor)
      return TrendPoint(perMille: median * 1000 / max(company, floor), count: waits.count)
    }
  }

  private static func concentration(_ histories: [ServiceHistory]) -> Int64? {
    var concentration = AgentConcentration()
    for history in histories where !history.isImported {
      guard let requester = history.requester, let agent = history.answer?.person, agent != .zero else { continue }
      concentration.note(requester: requester, agent: agent)
    }
    return concentration.requesters > 0 ? concentration.topSharePerMille : nil
  }

  private static func order(_ line: Line) -> (Int, Int64, EntityID) {
    let rank =
      switch line.standing {
      case .slower: 0
      case .faster: 1
      case .even: 2
      case .tooFew: 3
      case .unmeasured: 4
      }
    let worst = max(line.medianPerMille ?? 0, line.p90PerMille ?? 0)
    return (rank, -worst, line.site ?? .zero)
  }
}

/// The part of the assignment policy that reports need: what counts as equal.
package struct ReportPolicy: Hashable, Sendable {
  let policy: AssignmentPolicy

  /// The built-in bounds: 0.8 … 1.25 from 20 tickets on.
  package init() { policy = AssignmentPolicy() }

  init(_ policy: AssignmentPolicy) { self.policy = policy }

  /// The bounds of a policy in its canonical text; the built-in ones for a text that is none.
  package init(text: String) { policy = AssignmentPolicy(parsing: text) ?? AssignmentPolicy() }

  var evenRange: ClosedRange<Int64> { policy.limits.alarmBelowPerMille...policy.limits.alarmAbovePerMille }
  var countMin: Int { Int(clamping: policy.limits.alarmSamplesMin) }
}

extension ServiceHistory {
  /// The wait until now or until it ended, in milliseconds of working time; nil when it never will have one, such as
  /// the first answer of a ticket that was closed without a word.
  func wait(
    _ basis: EqualServiceReport.Basis, now: Int64, clock: ServiceClock
  ) -> (milliseconds: Int64, isOver: Bool)? {
    switch basis {
    case .answer: return until(answer?.at, now, clock)
    case .acceptance: return until(acceptance?.at, now, clock)
    case .queued:
      var milliseconds: Int64 = 0
      for stretch in unowned {
        milliseconds += clock.milliseconds(site, from: stretch.from, to: stretch.to ?? now)
      }
      return (milliseconds, unowned.last.map { $0.to != nil } ?? true)
    }
  }

  private func until(_ moment: Int64?, _ now: Int64, _ clock: ServiceClock) -> (milliseconds: Int64, isOver: Bool)? {
    if let moment { return (clock.milliseconds(site, from: openedAt, to: moment), true) }
    guard isOpen else { return nil }
    return (clock.milliseconds(site, from: openedAt, to: now), false)
  }
}
