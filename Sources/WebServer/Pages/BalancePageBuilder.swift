import Assignment
import Helpdesk
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Makes the balance page: every site as it is now beside how its people were served, and what can be done about it.
struct BalancePageBuilder {
  let desk: PageDesk
  let server: ServerContext
  let viewer: Viewer

  /// What a form left behind, to be shown again.
  struct Aftermath {
    var form: Form?
    var refusal: String?
    var outcome: String?
    var failures: [String] = []
    var policyForm: Form?
    var policyRefusal: String?
    var dryRun: DryRunPicture?
  }

  /// Sites on one page, each with its pictures; the ones that need somebody first come first.
  static let rowsMax = 40

  func page(
    _ aftermath: Aftermath = Aftermath(), _ slice: PageSlice = PageSlice(size: rowsMax)
  ) async throws -> BalancePage {
    let standings = try await server.services.siteStandings()
    let period = ReportPeriod(endingAt: server.now)
    let report = try await server.reports.report(
      ServiceReports.Question(
        basis: .answer, from: period.from, to: period.to, policy: ReportPolicy(try await server.policy())),
      clock: try await server.services.serviceClock())
    let words = ServiceWords(desk: desk, report: report, currentAt: Self.currentAt(standings))
    let quiet = quiet(standings, report)
    let shown = standings.filter { !quiet.contains($0.site) }
    let rows = self.rows(shown, slice, report, words)
    let known = Set<EntityID?>(standings.map(\.site))
    let others = report.lines.filter { !known.contains($0.site) }
    let movable = try await server.store.movableCounts()
    let plan = self.plan(standings, movable, report)
    let history = report.company.count == 0 ? try await server.store.importedSpan() : nil
    return BalancePage(
      verdict: words.verdict(
        scope: desk.wording.text("bal_scope", ["time": desk.format.time(server.now)]),
        advice: advice(plan, report, hasHistory: history != nil),
        link: history.map(link) ?? plan.map { _ in PageLink(label: desk.wording.text("bal_move"), path: "#move") }),
      rows: rows, company: company(report, words), jain: words.jain,
      others: slice.isLast(of: shown.count) ? others.map(words.line) : [],
      quiet: slice.isLast(of: shown.count)
        ? standings.filter { quiet.contains($0.site) }.map { desk.site($0.site) } : [],
      pager: slice.pager(of: shown.count, path: "/balance", desk.wording), key: desk.key(),
      move: move(standings, movable, plan, aftermath), policy: try await policy(aftermath))
  }

  static func currentAt(_ standings: [SiteStanding]) -> [EntityID: Int64] {
    Dictionary(standings.map { ($0.site, $0.currentAt) }, uniquingKeysWith: { first, _ in first })
      .compactMapValues { $0 }
  }

  // MARK: Sites

  /// Where there is nothing to see, once there are many sites: nothing waits or is open, nobody is on shift, nothing was
  /// measured, and there is no link to worry about.
  private func quiet(_ standings: [SiteStanding], _ report: EqualServiceReport) -> Set<EntityID> {
    guard standings.count > 8 else { return [] }
    let measured = Set(report.lines.compactMap(\.site))
    return Set(
      standings.filter { standing in
        standing.waiting == 0 && standing.open == 0 && standing.onShift == 0 && standing.link != .down
          && !measured.contains(standing.site)
      }.map(\.site))
  }

  /// Sites in the order of the report, which puts the slowest first; then those without figures, the most waiting first.
  private func rows(
    _ standings: [SiteStanding], _ slice: PageSlice, _ report: EqualServiceReport, _ words: ServiceWords
  ) -> [BalanceRow] {
    let order = Dictionary(
      report.lines.enumerated().compactMap { index, line in line.site.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
    let sorted = standings.sorted { first, second in
      let (one, two) = (order[first.site] ?? .max, order[second.site] ?? .max)
      if one != two { return one < two }
      if first.waiting != second.waiting { return first.waiting > second.waiting }
      return desk.site(first.site).code < desk.site(second.site).code
    }
    return slice.part(of: sorted).map { standing in
      let line = order[standing.site].map { report.lines[$0] }
      return row(standing, line.map(words.line) ?? words.unmeasured(standing.site))
    }
  }

  private func row(_ standing: SiteStanding, _ service: SiteService) -> BalanceRow {
    let age = standing.currentAt.map { desk.format.nowMilliseconds - $0 }
    let isStale = age.map { $0 > 60_000 } ?? true
    let oldest = standing.oldestWaitingAt.map { max(0, desk.format.nowMilliseconds - $0) / 1000 }
    return BalanceRow(
      site: desk.site(standing.site), linkCode: Self.code(standing.link), link: link(standing, isStale: isStale),
      isStale: isStale, waiting: desk.format.number(Int64(standing.waiting)),
      oldest: oldest.map {
        desk.wording.text("bal_oldest", ["duration": desk.format.duration(seconds: max(60, $0 / 60 * 60))])
      },
      onShift: desk.format.number(Int64(standing.onShift)),
      capacity: standing.onShift == 0
        ? nil
        : desk.wording.text(
          "bal_capacity",
          [
            "assigned": desk.format.number(Int64(standing.assigned)),
            "capacity": desk.format.number(Int64(standing.capacity)),
          ]),
      expectedWait: standing.expectedWaitSeconds.map { seconds in
        seconds < 60 ? desk.wording.text("bal_at_once") : desk.format.duration(seconds: seconds / 60 * 60)
      } ?? "?", service: service)
  }

  private static func code(_ link: SiteStanding.Link) -> String {
    switch link {
    case .here, .live: "live"
    case .slow: "slow"
    case .down: "down"
    case .distant, .unknown: "unknown"
    }
  }

  private func link(_ standing: SiteStanding, isStale: Bool) -> String {
    let word = desk.wording.text("bal_link_\(standing.link.rawValue)")
    guard isStale else { return word }
    guard let at = standing.currentAt else { return word + " · " + desk.wording.text("bal_known_never") }
    return word + " · " + desk.wording.text("bal_known_at", ["time": desk.format.moment(at)])
  }

  private func company(_ report: EqualServiceReport, _ words: ServiceWords) -> String? {
    guard report.company.count > 0 else { return nil }
    return desk.wording.text(
      "bal_company",
      [
        "median": words.wait(report.company.median), "p90": words.wait(report.company.p90),
        "count": desk.format.number(Int64(report.company.count)),
      ])
  }

  // MARK: What to do

  /// Where work waits that nobody can begin, and where somebody could.
  private struct Plan {
    var from: SiteStanding
    var to: SiteStanding
    /// What the one can give away, and what the other has room for.
    var waiting: Int
    var room: Int
  }

  private func plan(
    _ standings: [SiteStanding], _ movable: [EntityID: Int], _ report: EqualServiceReport
  ) -> Plan? {
    func waiting(_ standing: SiteStanding) -> Int { movable[standing.site] ?? 0 }
    func room(_ standing: SiteStanding) -> Int { standing.capacity - standing.assigned - waiting(standing) }
    let rank = Dictionary(
      report.lines.enumerated().compactMap { index, line in line.site.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
    let sources = standings.filter { waiting($0) > 0 && waiting($0) > max(0, $0.capacity - $0.assigned) }
    let source = sources.min {
      (rank[$0.site] ?? .max, -waiting($0), $0.site) < (rank[$1.site] ?? .max, -waiting($1), $1.site)
    }
    guard let source else { return nil }
    let targets = standings.filter { standing in
      standing.site != source.site && standing.onShift > 0 && standing.link != .down && standing.link != .unknown
        && room(standing) > 0
    }
    let target = targets.max { first, second in
      (room(first), second.site) < (room(second), first.site)
    }
    return target.map { Plan(from: source, to: $0, waiting: waiting(source), room: room($0)) }
  }

  private func advice(_ plan: Plan?, _ report: EqualServiceReport, hasHistory: Bool) -> String? {
    if let plan {
      let arguments = [
        "from": desk.site(plan.from.site).name, "to": desk.site(plan.to.site).name,
        "count": desk.format.number(Int64(plan.waiting)), "room": desk.format.number(Int64(plan.room)),
      ]
      return desk.wording.text(plan.from.onShift == 0 ? "bal_advice_nobody" : "bal_advice_room", arguments)
    }
    if hasHistory { return desk.wording.text("bal_advice_history") }
    return report.uneven.isEmpty ? nil : desk.wording.text("bal_advice_rules")
  }

  private func link(_ history: (first: Int64, last: Int64)) -> PageLink {
    PageLink(label: desk.wording.text("bal_history_link"), path: EqualServicePageBuilder.historyPath)
  }

  private func move(
    _ standings: [SiteStanding], _ movable: [EntityID: Int], _ plan: Plan?, _ aftermath: Aftermath
  ) -> MoveForm? {
    guard standings.count > 1 else { return nil }
    func code(_ site: EntityID?) -> String { desk.names.site(site)?.code ?? "" }
    let from = aftermath.form?.text("from") ?? code(plan?.from.site)
    let to = aftermath.form?.text("to") ?? code(plan?.to.site)
    func choices(_ chosen: String, showsWaiting: Bool) -> [Choice] {
      standings.compactMap { standing in
        guard let site = desk.names.site(standing.site) else { return nil }
        let label =
          showsWaiting
          ? desk.wording.text(
            "bal_move_choice", ["site": site.name, "count": desk.format.number(Int64(movable[site.id] ?? 0))])
          : site.name
        return Choice(value: site.code, label: label, isChosen: site.code == chosen)
      }
    }
    return MoveForm(
      from: choices(from, showsWaiting: true), to: choices(to, showsWaiting: false),
      limit: aftermath.form?.text("limit")
        ?? String(min(max(1, plan.map { min($0.room, $0.waiting) } ?? 10), 100)),
      reason: aftermath.form?["reason"] ?? "", isOpen: aftermath.form != nil || aftermath.outcome != nil,
      refusal: aftermath.refusal, outcome: aftermath.outcome, failures: aftermath.failures)
  }

  // MARK: Rules

  private func policy(_ aftermath: Aftermath) async throws -> PolicyForm {
    let policy = try await server.policy()
    let form = aftermath.policyForm
    func field(_ number: PolicyFields.Number) -> PolicyForm.Field {
      let name = "\(number.name)"
      return PolicyForm.Field(
        name: name, label: desk.wording.text("policy_\(name)"), unit: desk.wording.text("policy_unit_\(unit(name))"),
        value: form?[name] ?? String(number.get(policy)), min: String(number.range.lowerBound),
        max: String(number.range.upperBound))
    }
    func group(_ key: String, _ names: (String) -> Bool) -> PolicyForm.Group {
      PolicyForm.Group(
        title: desk.wording.text(key), fields: PolicyFields.numbers.filter { names("\($0.name)") }.map(field))
    }
    let offers: (String) -> Bool = { $0.hasPrefix("acceptance") }
    let alarms: (String) -> Bool = { $0.hasPrefix("alarm") }
    return PolicyForm(
      groups: [
        group("policy_group_wait") { !offers($0) && !alarms($0) }, group("policy_group_offers", offers),
        group("policy_group_alarm", alarms),
      ],
      prefersUsualAgent: form.map { $0["prefers_usual_agent"] == "yes" } ?? policy.limits.prefersUsualAgent,
      takesOverCutOffWork: form.map { $0["takes_over_cut_off_work"] == "yes" } ?? policy.limits.takesOverCutOffWork,
      isOpen: form != nil, maySave: viewer.person.role >= .admin, refusal: aftermath.policyRefusal,
      dryRun: aftermath.dryRun)
  }

  private func unit(_ name: String) -> String {
    if name.hasSuffix("_seconds") { return "seconds" }
    if name.contains("_minutes") { return "minutes" }
    if name.hasSuffix("_per_mille") { return "per_mille" }
    return name == "hops_max" ? "moves" : "tickets"
  }
}
