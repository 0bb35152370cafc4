import Helpdesk
import HTTPTypes
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Makes the page of the equal-service report from what its form asks for.
struct EqualServicePageBuilder {
  /// The report of the imported history.
  static let historyPath = "/reports/equal-service?basis=queued&period=history"

  /// Sites on one page, each with its pictures.
  static let rowsMax = 40
  /// The form has a `from` that is a date.
  static let rowParameter = "row"

  let desk: PageDesk
  let server: ServerContext

  /// What the form asks for.
  struct Question {
    var basis: EqualServiceReport.Basis
    var period: ReportPeriod
    /// `none`, `previous` or `history`.
    var compare: String
    var refusal: Problem.Sentence?
  }

  /// Reads the form; what cannot be read is told on the page, which then shows the usual period.
  func question(_ basis: String?, from: String?, to: String?, period: String?, compare: String?) async throws
    -> Question
  {
    let history = try await server.store.importedSpan()
    let usual = ReportPeriod(endingAt: server.now)
    var question = Question(
      basis: basis.flatMap { EqualServiceReport.Basis(rawValue: $0) } ?? .answer, period: usual,
      compare: ["previous", "history"].contains(compare ?? "") ? compare ?? "none" : "none")
    if period == "history", let history {
      question.period = Self.period(of: history)
    } else if let weeks = ["quarter": Int64(91), "year": 365][period ?? ""] {
      question.period = ReportPeriod(endingAt: server.now, days: weeks)
    } else {
      do throws(ReportPeriod.Fault) {
        question.period = try ReportPeriod(from: from, to: to, now: server.now, startOfDay: startOfDay)
      } catch {
        question.refusal = error.sentence
      }
    }
    if question.compare == "history", history == nil { question.compare = "none" }
    return question
  }

  /// Whole days, with two minutes' grace so that the last ticket is in.
  private static func period(of history: (first: Int64, last: Int64)) -> ReportPeriod {
    let day = ReportPeriod.day
    let end = (history.last / day + 1) * day
    return ReportPeriod(from: max(history.first / day * day, end - ReportPeriod.daysMax * day), to: end)
  }

  /// Midnight of a day on the reader's clock.
  private func startOfDay(_ number: Int) -> Int64 {
    let utc = Int64(number) * ReportPeriod.day
    let civil = desk.format.zone.civil(utc)
    // The reader's clock at midnight UTC tells how far their midnight is from it.
    let minutes = Int64(civil.dayNumber - number) * 1440 + Int64(civil.hour * 60 + civil.minute)
    return utc - minutes * 60_000
  }

  func report(_ basis: EqualServiceReport.Basis, _ period: ReportPeriod) async throws -> EqualServiceReport {
    try await server.reports.report(
      ServiceReports.Question(
        basis: basis, from: period.from, to: period.to, policy: ReportPolicy(try await server.policy())),
      clock: try await server.services.serviceClock())
  }

  func page(
    _ question: Question, _ slice: PageSlice = PageSlice(size: rowsMax, parameter: rowParameter)
  ) async throws -> EqualServicePage {
    let report = try await report(question.basis, question.period)
    let standings = try await server.services.siteStandings()
    var words = ServiceWords(
      desk: desk, report: report, currentAt: BalancePageBuilder.currentAt(standings))
    words.before = try await earlierReport(question)
    let earlier = words.before.map { ReportPeriod(from: $0.from, to: $0.to) }
    let history = try await server.store.importedSpan()
    let lines = words.allLines
    return EqualServicePage(
      verdict: words.verdict(scope: scope(question)),
      bases: EqualServiceReport.Basis.allCases.map {
        Choice(
          value: $0.rawValue, label: desk.wording.text("service_basis_\($0.rawValue)"), isChosen: $0 == question.basis)
      }, from: day(question.period.from), to: day(question.period.to - 1), comparisons: comparisons(question, history),
      periods: periods(question, hasHistory: history != nil),
      refusal: question.refusal.map { server.text($0.key, desk.format.language, $0.arguments) },
      rows: slice.part(of: lines).map(words.line),
      company: words.companyLine, jain: words.jain, notes: notes(report, standings),
      comparison: earlier.map {
        desk.wording.text("service_key_before", ["from": desk.format.date($0.from), "to": desk.format.date($0.to - 1)])
      }, csvPath: path(question, "/reports/equal-service.csv"),
      pager: slice.pager(of: lines.count, path: path(question, "/reports/equal-service"), desk.wording),
      empty: lines.isEmpty
        ? EmptyState(
          title: desk.wording.text("service_empty_title"), text: desk.wording.text("service_empty_text"),
          link: history.map { _ in PageLink(label: desk.wording.text("bal_history_link"), path: Self.historyPath) })
        : nil)
  }

  private func comparison(_ question: Question) async throws -> ReportPeriod? {
    switch question.compare {
    case "previous":
      let length = question.period.to - question.period.from
      return ReportPeriod(from: question.period.from - length, to: question.period.from)
    case "history": return try await server.store.importedSpan().map(Self.period)
    default: return nil
    }
  }

  private func comparisons(_ question: Question, _ history: (first: Int64, last: Int64)?) -> [Choice] {
    (["none", "previous"] + (history == nil ? [] : ["history"])).map {
      Choice(value: $0, label: desk.wording.text("service_compare_\($0)"), isChosen: $0 == question.compare)
    }
  }

  private func periods(_ question: Question, hasHistory: Bool) -> [PageLink] {
    (["weeks", "quarter", "year"] + (hasHistory ? ["history"] : [])).map { name in
      let basis = name == "history" && question.basis == .answer ? "queued" : question.basis.rawValue
      return PageLink(
        label: desk.wording.text("service_period_\(name)"),
        path: "/reports/equal-service?basis=\(basis)&period=\(name)&compare=\(question.compare)")
    }
  }

  private func scope(_ question: Question) -> String {
    desk.wording.text(
      "service_scope",
      [
        "from": desk.format.longDate(question.period.from), "to": desk.format.longDate(question.period.to - 1),
        "what": desk.wording.text("service_scope_\(question.basis.rawValue)"),
      ])
  }

  private func notes(_ report: EqualServiceReport, _ standings: [SiteStanding]) -> [String] {
    var notes = [desk.wording.text("service_note_time")]
    func note(_ key: String, _ count: Int) {
      if count > 0 { notes.append(desk.wording.text(key, ["count": desk.format.number(Int64(count))])) }
    }
    note("service_note_imported", report.leftOut)
    note("service_note_silent", report.closedSilently)
    note("service_note_cut", report.isCut ? report.company.count : 0)
    if let share = report.concentrationPerMille {
      notes.append(desk.wording.text("service_note_usual", ["percent": desk.format.percent((share + 5) / 10)]))
    }
    let old = standings.filter { standing in
      standing.currentAt.map { desk.format.nowMilliseconds - $0 > 60_000 } ?? true
    }
    if !old.isEmpty {
      notes.append(
        desk.wording.text("service_note_stale", ["sites": desk.format.list(old.map { desk.site($0.site).name })]))
    }
    return notes
  }

  private func day(_ milliseconds: Int64) -> String {
    let civil = desk.format.zone.civil(milliseconds)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
    return "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
  }

  /// The same question asked again, with the period to the millisecond, so that the parts of a list are of one period.
  private func path(_ question: Question, _ path: String) -> String {
    let (from, to) = (RFC3339.text(milliseconds: question.period.from), RFC3339.text(milliseconds: question.period.to))
    return "\(path)?basis=\(question.basis.rawValue)&from=\(from)&to=\(to)&compare=\(question.compare)"
  }

  /// What the question compares with, if anything.
  func earlierReport(_ question: Question) async throws -> EqualServiceReport? {
    guard let period = try await comparison(question) else { return nil }
    return try await report(question.basis, period)
  }

  /// The report as CSV (RFC 4180), one line for each site; numbers with a point, waits in seconds. A comparison adds three
  /// columns, and lines for sites that only the earlier period knows.
  static func csv(_ words: ServiceWords, _ names: DirectoryNames) -> String {
    func cell(_ text: String) -> String {
      // A spreadsheet takes a text that begins like this for a formula.
      let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
      return safe.contains { ",\"\n\r".contains($0) } ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
    }
    func number(_ value: Int64?) -> String { value.map { String($0) } ?? "" }
    func index(_ value: Int64?) -> String {
      value.map { "\($0 / 1000).\(String(1000 + $0 % 1000).dropFirst())" } ?? ""
    }
    var lines = [
      "site,name,n,waiting,median_seconds,p90_seconds,index_median,index_p90,standing"
        + (words.before == nil ? "" : ",n_before,median_seconds_before,p90_seconds_before")
    ]
    for line in words.allLines {
      let site = names.site(line.site)
      var cells = [
        cell(line.site == nil ? "remote" : site?.code ?? "?"), cell(site?.name ?? ""), String(line.figures.count),
        String(line.figures.waiting), number(line.figures.median.map { $0 / 1000 }),
        number(line.figures.p90.map { $0 / 1000 }), index(line.medianPerMille), index(line.p90PerMille),
        line.standing.rawValue,
      ]
      if let before = words.before {
        let earlier = before.lines.first { $0.site == line.site }?.figures ?? EqualServiceReport.Figures()
        cells += [
          String(earlier.count), number(earlier.median.map { $0 / 1000 }), number(earlier.p90.map { $0 / 1000 }),
        ]
      }
      lines.append(cells.joined(separator: ","))
    }
    return lines.map { $0 + "\r\n" }.joined()
  }
}
