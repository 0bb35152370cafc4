import Assignment
import Helpdesk
import OperationLog
import Texts
import WebPages

/// Puts a trial of a policy into a picture: each site's median wait under the rules in force and under the proposed ones.
struct DryRunWords {
  let desk: PageDesk

  func picture(_ outcome: PolicyTrial.Outcome?) -> DryRunPicture {
    guard let outcome else {
      return DryRunPicture(summary: desk.wording.text("bal_dry_none"), scope: "", rows: [])
    }
    let (before, after) = (outcome.run.present, outcome.run.proposed)
    let earlier = Dictionary(before.service.rows.map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
    let longest = max(1, (before.service.rows + after.service.rows).map(\.median).max() ?? 1)
    let rows = after.service.rows.sorted { ($1.median, $0.site) < ($0.median, $1.site) }.map { row in
      let was = earlier[row.site]?.median ?? 0
      return DryRunPicture.Row(
        site: desk.site(row.site), before: wait(was), after: wait(row.median), beforeLength: Int(was * 100 / longest),
        afterLength: Int(row.median * 100 / longest), count: desk.format.number(Int64(row.count)))
    }
    return DryRunPicture(
      summary: summary(before, after),
      scope: desk.wording.text(
        "bal_dry_scope",
        [
          "count": desk.format.number(Int64(outcome.count)), "moved": desk.format.number(Int64(after.handOvers)),
          "moved_before": desk.format.number(Int64(before.handOvers)),
        ]), rows: rows)
  }

  /// About the site that is worst off after the change, because that is what equal service is about.
  private func summary(_ before: PolicyDryRun.Result, _ after: PolicyDryRun.Result) -> String {
    guard let slowest = after.service.rows.max(by: { ($0.median, $1.site) < ($1.median, $0.site) }),
      let earlier = before.service.rows.max(by: { ($0.median, $1.site) < ($1.median, $0.site) })
    else { return desk.wording.text("bal_dry_none") }
    let difference = slowest.median - earlier.median
    let isSmall = difference.magnitude < UInt64(max(60_000, earlier.median / 20))
    let key = isSmall ? "bal_dry_same" : difference < 0 ? "bal_dry_better" : "bal_dry_worse"
    let named = difference < 0 && !isSmall ? earlier : slowest
    let now = after.service.rows.first { $0.site == named.site }?.median ?? slowest.median
    let was = before.service.rows.first { $0.site == named.site }?.median ?? earlier.median
    return desk.wording.text(
      key, ["site": desk.site(named.site).name, "before": wait(was), "after": wait(now)])
  }

  private func wait(_ milliseconds: Int64) -> String {
    desk.workingTime(milliseconds)
  }
}
