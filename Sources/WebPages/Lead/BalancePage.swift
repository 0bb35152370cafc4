import Mustache

/// `/balance`: is service equal, where not, what to do; every site as it is now; moving work; the rules.
package struct BalancePage: Page {
  package static let template = "balance"

  package var verdict: ServiceVerdict
  /// The site that needs somebody first stands first.
  package var rows: [BalanceRow]
  /// Such as "Company: half are answered within 18 min, nine of ten within 1 h 10 min (n 480)."
  package var company: String?
  /// Such as "Jain's index 0.94 over 3 sites; 1 means that all wait the same."
  package var jain: String?
  /// Further sites; nil where all are on this page.
  package var pager: Pager?
  /// Remote staff and sites that are no longer in the directory.
  package var others: [SiteService]
  /// Sites where nothing waits, nobody is on shift and nothing was measured, in one line instead of one each.
  package var quiet: [SiteChip]
  package var key: String
  /// Nil while there is only one site.
  package var move: MoveForm?
  package var policy: PolicyForm
  package var empty: EmptyState?

  package init(
    verdict: ServiceVerdict, rows: [BalanceRow], company: String? = nil, jain: String? = nil,
    others: [SiteService] = [], quiet: [SiteChip] = [], pager: Pager? = nil, key: String, move: MoveForm? = nil,
    policy: PolicyForm, empty: EmptyState? = nil
  ) {
    self.verdict = verdict
    self.rows = rows
    self.company = company
    self.jain = jain
    self.others = others
    self.quiet = quiet
    self.pager = pager
    self.key = key
    self.move = move
    self.policy = policy
    self.empty = empty
  }

  package var place: Place? { .balance }
  package var topics: [String] { [] }
  package func title(_ wording: Wording) -> String { "\(wording.text("nav_balance")) · \(verdict.level)" }

  package func child(named name: String) -> Any? {
    switch name {
    case "verdict": verdict
    case "rows": rows
    case "hasRows": !rows.isEmpty
    case "company": shown(company)
    case "jain": shown(jain)
    case "others": others
    case "hasOthers": !others.isEmpty
    case "quiet": quiet
    case "hasQuiet": !quiet.isEmpty
    case "pager": shown(pager)
    case "key": key
    case "move": shown(move)
    case "policy": policy
    case "empty": shown(empty)
    default: nil
    }
  }
}
