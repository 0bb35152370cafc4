import RichText
import Texts
import WebPages

extension Fixtures {
  /// The balance page and the equal-service report: ordinary, cut off, empty, one site, and fifty with long names.
  var lead: [Fixture] {
    let lead = PersonChip(name: "Inés Castaño", isYou: true)
    let many = (0..<50).map { SiteChip(code: "S\(10 + $0)", name: $0 == 3 ? Self.longSubject : "Office \($0)") }
    return [
      Fixture(name: "balance", page: balance([lyon, madrid, bogota]), frame: frame(.admin, lead, "/balance")),
      Fixture(
        name: "balance-moved", page: balance([lyon, madrid, bogota], isMoved: true),
        frame: frame(.lead, lead, "/balance")),
      Fixture(name: "balance-one", page: balance([lyon]), frame: frame(.lead, lead, "/balance")),
      Fixture(name: "balance-empty", page: balance([]), frame: frame(.lead, lead, "/balance")),
      Fixture(name: "balance-50", page: balance(many), frame: frame(.lead, lead, "/balance")),
      Fixture(
        name: "service", page: report([lyon, madrid, bogota]), frame: frame(.lead, lead, "/reports/equal-service")),
      Fixture(
        name: "service-compared", page: report([lyon, madrid, bogota], isCompared: true),
        frame: frame(.lead, lead, "/reports/equal-service")),
      Fixture(name: "service-empty", page: report([]), frame: frame(.lead, lead, "/reports/equal-service")),
      Fixture(name: "service-50", page: report(many), frame: frame(.lead, lead, "/reports/equal-service")),
    ]
  }

  /// Equal, twice as slow, a little faster, beyond the picture on either side, and nothing measured.
  static let indexes: [(median: Int64?, p90: Int64?, code: String)] = [
    (2_150, 3_400, "slower"), (1_020, 990, "even"), (640, 700, "faster"), (12_000, 20_000, "slower"),
    (90, 110, "faster"), (nil, nil, "unmeasured"), (1_400, 1_000, "too_few"),
  ]

  func service(_ site: SiteChip, _ index: Int, isCompared: Bool = false) -> SiteService {
    let (median, p90, code) = Self.indexes[index % Self.indexes.count]
    func value(_ perMille: Int64?) -> String { perMille.map { IndexScale.text($0, format) } ?? "?" }
    return SiteService(
      site: site, name: site.name, code: code, verdict: wording.text("bal_\(code == "even" ? "even" : "unmeasured")"),
      median: value(median), p90: value(p90), medianWait: "38 min", p90Wait: "2 h 10 min", count: "48", waiting: "3",
      plot: IndexPlot(
        code: code, label: wording.text("bal_plot_none", ["site": site.name]), evenPerMille: 800...1250,
        median: median, p90: isCompared ? nil : p90, before: isCompared ? 6_000 : nil),
      trend: Sparkline(
        label: wording.text("bal_trend_label", ["site": site.name, "first": "1", "last": "2"]),
        perMille: [1_000, 1_200, nil, 900, nil, 1_500, 2_000, median], evenPerMille: 800...1250),
      calendarNote: index == 1 ? wording.text("service_standard_hours") : nil,
      freshness: wording.text("bal_known_now"), change: isCompared ? "2 h → 38 min" : nil)
  }

  func verdict(_ isEmpty: Bool) -> ServiceVerdict {
    ServiceVerdict(
      code: isEmpty ? "unknown" : "warning", level: wording.text(isEmpty ? "bal_level_unknown" : "bal_level_warning"),
      sentence: RichText.sentence(
        isEmpty
          ? wording.text("bal_verdict_none")
          : wording.text(
            "bal_verdict_slower",
            ["site": Self.hostile, "wait": "38 min", "company": "18 min", "what": wording.text("bal_what_answer")])),
      advice: isEmpty
        ? nil
        : wording.text("bal_advice_nobody", ["from": "Lyon", "to": "Madrid", "count": "14", "room": "6"]),
      link: isEmpty ? nil : PageLink(label: wording.text("bal_move"), path: "#move"),
      scope: wording.text("bal_scope", ["time": "10:15"]))
  }

  private func balance(_ sites: [SiteChip], isMoved: Bool = false) -> BalancePage {
    let rows = sites.enumerated().map { index, site in
      BalanceRow(
        site: site, linkCode: ["live", "down", "unknown"][index % 3],
        link: index % 3 == 1
          ? wording.text("bal_link_down") + " · " + wording.text("bal_known_at", ["time": format.moment(Self.now)])
          : wording.text("bal_link_live"), isStale: index % 3 == 1, waiting: "14",
        oldest: wording.text("bal_oldest", ["duration": "2 h"]), onShift: index == 0 ? "0" : "4",
        capacity: index == 0 ? nil : wording.text("bal_capacity", ["assigned": "10", "capacity": "16"]),
        expectedWait: index == 2 ? "?" : "25 min", service: service(site, index))
    }
    let choices = sites.map { Choice(value: $0.code, label: $0.name) }
    let dryRun = DryRunPicture(
      summary: wording.text("bal_dry_better", ["site": "Lyon", "before": "2 h", "after": "20 min"]),
      scope: wording.text("bal_dry_scope", ["count": "120", "moved": "14", "moved_before": "0"]),
      rows: sites.prefix(3).enumerated().map { index, site in
        DryRunPicture.Row(
          site: site, before: "2 h", after: "20 min", beforeLength: 100 - index * 30, afterLength: 20, count: "40")
      })
    let field = PolicyForm.Field(
      name: "hops_max", label: wording.text("policy_hops_max"), unit: wording.text("policy_unit_moves"), value: "3",
      min: "0", max: "20")
    return BalancePage(
      verdict: verdict(sites.isEmpty), rows: rows,
      company: wording.text("bal_company", ["median": "18 min", "p90": "1 h 10 min", "count": "480"]),
      jain: wording.text("bal_jain", ["value": "0.71", "count": "3"]), quiet: sites.count > 8 ? [lyon, madrid] : [],
      key: "k9",
      move: sites.count > 1
        ? MoveForm(
          from: choices, to: choices, isOpen: isMoved,
          outcome: isMoved ? wording.text("bal_moved", ["count": "3", "from": "Lyon", "to": "Madrid"]) : nil,
          failures: isMoved ? ["LYO-9: " + Self.hostile] : []) : nil,
      policy: PolicyForm(
        groups: [PolicyForm.Group(title: wording.text("policy_group_wait"), fields: [field])], prefersUsualAgent: true,
        takesOverCutOffWork: false, isOpen: isMoved, maySave: true, dryRun: isMoved ? dryRun : nil))
  }

  private func report(_ sites: [SiteChip], isCompared: Bool = false) -> EqualServicePage {
    EqualServicePage(
      verdict: verdict(sites.isEmpty),
      bases: ["answer", "acceptance", "queued"].map {
        Choice(value: $0, label: wording.text("service_basis_\($0)"), isChosen: $0 == "queued")
      }, from: "2026-04-14", to: "2026-05-12",
      comparisons: ["none", "previous", "history"].map {
        Choice(value: $0, label: wording.text("service_compare_\($0)"))
      }, periods: [PageLink(label: wording.text("service_period_year"), path: "/reports/equal-service?period=year")],
      rows: sites.enumerated().map { service($1, $0, isCompared: isCompared) },
      company: sites.isEmpty ? nil : service(lyon, 1), jain: wording.text("bal_jain", ["value": "0.71", "count": "3"]),
      notes: [wording.text("service_note_time"), wording.text("service_note_silent", ["count": "2"])],
      comparison: isCompared ? wording.text("service_key_before", ["from": "1 Apr", "to": "30 Apr"]) : nil,
      csvPath: "/reports/equal-service.csv?basis=queued",
      empty: sites.isEmpty
        ? EmptyState(title: wording.text("service_empty_title"), text: wording.text("service_empty_text")) : nil)
  }
}
