import Helpdesk
import Logging
import OperationLog
import RichText
import Texts
import WebPages

/// Puts a report of equal service into the words and pictures of the pages.
struct ServiceWords {
  let desk: PageDesk
  let report: EqualServiceReport
  /// When each site's data was last known to be complete here.
  let currentAt: [EntityID: Int64]
  /// What it is compared with.
  var before: EqualServiceReport?

  // MARK: Lines

  /// The sites of the period, then those that only the period it is compared with knows.
  var allLines: [EqualServiceReport.Line] {
    let known = Set(report.lines.map(\.site))
    let gone = (before?.lines ?? []).filter { !known.contains($0.site) }.map { line in
      EqualServiceReport.Line(
        site: line.site, figures: EqualServiceReport.Figures(), medianPerMille: nil, p90PerMille: nil,
        standing: .unmeasured, trend: [], hasCalendar: line.hasCalendar)
    }
    return report.lines + gone
  }

  func line(_ line: EqualServiceReport.Line) -> SiteService {
    let site = line.site.map { desk.site($0) }
    let name = site?.name ?? desk.wording.text("bal_remote")
    let earlier = before?.lines.first { $0.site == line.site }
    // Both periods are measured against the company of the present one, otherwise a better company hides a better site.
    let beforeIndex = earlier?.figures.median.flatMap { index($0) }
    return SiteService(
      site: site, name: name, code: line.standing.rawValue, verdict: judgement(line), median: text(line.medianPerMille),
      p90: text(line.p90PerMille), medianWait: wait(line.figures.median), p90Wait: wait(line.figures.p90),
      count: desk.format.number(Int64(line.figures.count)), waiting: desk.format.number(Int64(line.figures.waiting)),
      plot: IndexPlot(
        code: line.standing.rawValue, label: spoken(line, name), evenPerMille: report.evenRange,
        median: line.medianPerMille, p90: before == nil ? line.p90PerMille : nil, before: beforeIndex),
      trend: trend(line, name), calendarNote: calendarNote(line), freshness: freshness(line),
      change: line.figures.count == 0
        ? nil
        : earlier.flatMap { $0.figures.median }.map {
          desk.wording.text("service_change", ["before": wait($0), "after": wait(line.figures.median)])
        },
      earlier: before.map { _ in self.earlier(earlier?.figures ?? EqualServiceReport.Figures()) })
  }

  private func earlier(_ figures: EqualServiceReport.Figures) -> EarlierService {
    EarlierService(
      medianWait: wait(figures.median), p90Wait: wait(figures.p90), count: desk.format.number(Int64(figures.count)))
  }

  /// A line for a site of which nothing is known in the period.
  func unmeasured(_ site: EntityID) -> SiteService {
    let chip = desk.site(site)
    return SiteService(
      site: chip, name: chip.name, code: "unmeasured", verdict: desk.wording.text("bal_unmeasured"), median: "?",
      p90: "?", medianWait: "?", p90Wait: "?", count: "0", waiting: "0",
      plot: IndexPlot(
        code: "unmeasured", label: desk.wording.text("bal_plot_none", ["site": chip.name]),
        evenPerMille: report.evenRange, median: nil))
  }

  var companyLine: SiteService? {
    guard report.company.count > 0 else { return nil }
    return SiteService(
      site: nil, name: desk.wording.text("service_company"), code: "even", verdict: "", median: text(1000),
      p90: text(1000), medianWait: wait(report.company.median), p90Wait: wait(report.company.p90),
      count: desk.format.number(Int64(report.company.count)),
      waiting: desk.format.number(Int64(report.company.waiting)),
      plot: IndexPlot(code: "even", label: "", evenPerMille: report.evenRange, median: 1000),
      earlier: before.map { earlier($0.company) })
  }

  private func index(_ milliseconds: Int64) -> Int64? {
    guard let company = report.company.median else { return nil }
    return max(60_000, milliseconds) * 1000 / max(60_000, company)
  }

  private func calendarNote(_ line: EqualServiceReport.Line) -> String? {
    line.site == nil || line.hasCalendar ? nil : desk.wording.text("service_standard_hours")
  }

  private func freshness(_ line: EqualServiceReport.Line) -> String? {
    guard let site = line.site else { return nil }
    guard let at = currentAt[site] else { return desk.wording.text("bal_known_never") }
    return desk.format.nowMilliseconds - at < 60_000
      ? desk.wording.text("bal_known_now") : desk.wording.text("bal_known_at", ["time": desk.format.moment(at)])
  }

  // MARK: Words

  func text(_ perMille: Int64?) -> String { perMille.map { IndexScale.text($0, desk.format) } ?? "?" }

  func wait(_ milliseconds: Int64?) -> String {
    guard let milliseconds else { return "?" }
    return desk.workingTime(milliseconds)
  }

  /// What makes the site stand out: its median, or else its tail.
  private func judgement(_ line: EqualServiceReport.Line) -> String {
    let median = line.medianPerMille ?? 1000
    switch line.standing {
    // "Not yet" would be wrong of an office that only the earlier period knows.
    case .unmeasured:
      let isGone = line.figures.waiting == 0 && before?.lines.contains { $0.site == line.site } == true
      return desk.wording.text(isGone ? "service_none_now" : "bal_unmeasured")
    case .tooFew: return desk.wording.text("bal_too_few", ["count": String(line.figures.count)])
    case .even: return desk.wording.text("bal_even")
    case .slower, .faster:
      guard !report.evenRange.contains(median) else {
        return desk.wording.text(line.standing == .slower ? "bal_tail_slower" : "bal_tail_faster")
      }
      return times(median)
    }
  }

  /// "waits 3.2 times as long", "waits 20 % longer", "waits half as long".
  private func times(_ perMille: Int64) -> String {
    if perMille >= 1950 { return desk.wording.text("bal_times", ["times": shortRatio(perMille)]) }
    if perMille > 1000 {
      return desk.wording.text("bal_longer", ["percent": desk.format.percent((perMille - 1000 + 5) / 10)])
    }
    return desk.wording.text("bal_shorter", ["percent": desk.format.percent((1000 - perMille + 5) / 10)])
  }

  private func shortRatio(_ perMille: Int64) -> String {
    perMille >= 9950 ? desk.format.number((perMille + 500) / 1000) : desk.format.tenths((perMille + 50) / 100)
  }

  private func spoken(_ line: EqualServiceReport.Line, _ name: String) -> String {
    guard let median = line.medianPerMille, let p90 = line.p90PerMille else {
      return desk.wording.text("bal_plot_none", ["site": name])
    }
    return desk.wording.text("bal_plot", ["site": name, "median": text(median), "p90": text(p90)])
  }

  private func trend(_ line: EqualServiceReport.Line, _ name: String) -> Sparkline? {
    let known = line.trend.compactMap(\.perMille)
    guard known.count > 1, let first = known.first, let last = known.last else { return nil }
    return Sparkline(
      label: desk.wording.text("bal_trend_label", ["site": name, "first": text(first), "last": text(last)]),
      perMille: line.trend.map(\.perMille), evenPerMille: report.evenRange)
  }

  // MARK: Verdict

  /// Is service equal, where not; the worst site by name.
  func verdict(scope: String, advice: String? = nil, link: PageLink? = nil) -> ServiceVerdict {
    let (code, sentence) = judged()
    return ServiceVerdict(
      code: code, level: desk.wording.text("bal_level_\(code)"), sentence: RichText.sentence(sentence), advice: advice,
      link: link, scope: scope)
  }

  private func judged() -> (code: String, sentence: String) {
    let what = "bal_what_\(report.basis.rawValue)"
    guard report.company.count > 0 else { return ("unknown", desk.wording.text("bal_verdict_none")) }
    guard report.judged.count > 1 else {
      return ("unknown", desk.wording.text("bal_verdict_early", ["count": String(report.countMin)]))
    }
    let uneven = report.uneven
    guard let worst = uneven.first else {
      return ("ok", desk.wording.text("bal_verdict_even", ["count": String(report.judged.count)]))
    }
    let name = worst.site.map { desk.site($0).name } ?? desk.wording.text("bal_remote")
    let arguments = [
      "site": name, "wait": wait(worst.figures.median), "company": wait(report.company.median),
      "tail": wait(worst.figures.p90), "company_tail": wait(report.company.p90), "what": desk.wording.text(what),
      "times": times(worst.medianPerMille ?? 1000),
    ]
    let isMedian = !report.evenRange.contains(worst.medianPerMille ?? 1000)
    let key =
      switch (worst.standing, isMedian) {
      case (.slower, true): "bal_verdict_slower"
      case (.slower, false): "bal_verdict_tail"
      default: "bal_verdict_faster"
      }
    var sentence = desk.wording.text(key, arguments)
    if uneven.count > 1 {
      sentence += " " + desk.wording.text("bal_verdict_more", ["count": String(uneven.count - 1)])
    }
    return ("warning", sentence)
  }

  var jain: String? {
    guard let jain = report.jainPerMille else { return nil }
    let now = desk.wording.text("bal_jain", ["value": text(jain), "count": String(Self.offices(report))])
    guard let before, let earlier = before.jainPerMille else { return now }
    return now + " "
      + desk.wording.text("service_jain_before", ["value": text(earlier), "count": String(Self.offices(before))])
  }

  private static func offices(_ report: EqualServiceReport) -> Int {
    report.lines.count { $0.site != nil && $0.figures.count > 0 }
  }
}

extension PageDesk {
  /// Working time in hours, because a day of it has as many hours as the office is open.
  func workingTime(_ milliseconds: Int64) -> String {
    if milliseconds < 60_000 { return wording.text("bal_under_a_minute") }
    let hours = milliseconds / 3_600_000
    return hours < 24
      ? format.duration(seconds: milliseconds / 60_000 * 60)
      : format.text("duration.hours", ["count": format.number(hours)])
  }

  /// "It is busier than usual in Lyon: …", only when it is true.
  func busyNote(at site: EntityID?) async -> String? {
    guard let site else { return nil }
    do {
      guard let rush = try await server.reports.busyHours.rush(at: site) else { return nil }
      return wording.text(
        "busy_note",
        [
          "site": self.site(site).name, "arrived": format.number(Int64(rush.arrived)),
          "usual": format.number(Int64(rush.usual)),
        ])
    } catch {
      // The request matters, the remark beside it does not.
      server.logger.warning("whether it is busier than usual could not be told: \(error)")
      return nil
    }
  }
}
