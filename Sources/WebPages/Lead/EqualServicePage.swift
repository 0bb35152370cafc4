import Mustache

/// `/reports/equal-service`: the wait of each site's people beside the company's, as picture, table and CSV.
package struct EqualServicePage: Page {
  package static let template = "equal_service"

  package var verdict: ServiceVerdict
  /// Which wait, which dates, what to compare with: a form that is sent by GET.
  package var bases: [Choice]
  package var from: String
  package var to: String
  package var comparisons: [Choice]
  /// Shortcuts such as "last four weeks".
  package var periods: [PageLink]
  /// Why the period asked for cannot be shown.
  package var refusal: String?
  package var rows: [SiteService]
  /// The company's own figures, as a line below the sites.
  package var company: SiteService?
  package var jain: String?
  /// What the figures leave out, and how current they are.
  package var notes: [String]
  /// Title of the comparison, such as "before: 1 Apr – 30 Apr"; nil without one.
  package var comparison: String?
  package var csvPath: String
  /// Further sites; nil where all are on this page.
  package var pager: Pager?
  package var empty: EmptyState?

  package init(
    verdict: ServiceVerdict, bases: [Choice], from: String, to: String, comparisons: [Choice],
    periods: [PageLink] = [], refusal: String? = nil, rows: [SiteService], company: SiteService? = nil,
    jain: String? = nil, notes: [String] = [], comparison: String? = nil, csvPath: String, pager: Pager? = nil,
    empty: EmptyState? = nil
  ) {
    self.verdict = verdict
    self.bases = bases
    self.from = from
    self.to = to
    self.comparisons = comparisons
    self.periods = periods
    self.refusal = refusal
    self.rows = rows
    self.company = company
    self.jain = jain
    self.notes = notes
    self.comparison = comparison
    self.csvPath = csvPath
    self.pager = pager
    self.empty = empty
  }

  package var place: Place? { .balance }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { "\(wording.text("service_title")) · \(verdict.level)" }

  package func child(named name: String) -> Any? {
    switch name {
    case "verdict": verdict
    case "bases": bases
    case "from": from
    case "to": to
    case "comparisons": comparisons
    case "periods": periods
    case "refusal": shown(refusal)
    case "rows": rows
    case "hasRows": !rows.isEmpty
    case "company": shown(company)
    case "jain": shown(jain)
    case "notes": notes
    case "comparison": shown(comparison)
    case "csvPath": csvPath
    case "pager": shown(pager)
    case "empty": shown(empty)
    default: nil
    }
  }
}
