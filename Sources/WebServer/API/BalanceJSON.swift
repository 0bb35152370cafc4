import Helpdesk
import OperationLog

/// The JSON of the balance of sites and of the equal-service report.
struct BalanceJSON {
  let names: DirectoryNames
  /// When each site's data was last known to be complete here; sites that are missing are unknown.
  let currentAt: [EntityID: Int64]

  /// One site as it is now.
  func write(_ standing: SiteStanding, into json: inout JSONWriter) {
    let site = names.site(standing.site)
    json.object { json in
      json.member("site", site?.code)
      json.member("name", site?.name)
      json.member("waiting", standing.waiting)
      json.member("open", standing.open)
      json.member("oldest_waiting_since", moment: standing.oldestWaitingAt)
      json.member("on_shift", standing.onShift)
      json.member("capacity", standing.capacity)
      json.member("assigned", standing.assigned)
      json.member("expected_wait_seconds", orNull: standing.expectedWaitSeconds)
      json.member("link", standing.link.rawValue)
      json.member("current_at", moment: standing.currentAt)
    }
  }

  /// The report with one line for each site, remote staff without a code.
  func write(_ report: EqualServiceReport, into json: inout JSONWriter) {
    json.object { json in
      json.member("from", moment: report.from)
      json.member("to", moment: report.to)
      json.member("basis", report.basis.rawValue)
      json.key("even")
      json.object { json in
        json.member("from", perMille: report.evenRange.lowerBound)
        json.member("to", perMille: report.evenRange.upperBound)
        json.member("count_min", report.countMin)
      }
      json.key("company")
      json.object { json in write(report.company, into: &json) }
      json.member("jain", perMille: report.jainPerMille)
      json.key("sites")
      json.array(report.lines) { json, line in write(line, into: &json) }
      json.member("left_out_imported", report.leftOut)
      json.member("closed_without_a_word", report.closedSilently)
      json.member("usual_agent_share", perMille: report.concentrationPerMille)
      json.member("is_cut", report.isCut)
    }
  }

  private func write(_ line: EqualServiceReport.Line, into json: inout JSONWriter) {
    let site = names.site(line.site)
    json.object { json in
      json.member("site", site?.code)
      json.member("name", site?.name)
      json.member("remote", line.site == nil)
      write(line.figures, into: &json)
      json.member("index_median", perMille: line.medianPerMille)
      json.member("index_p90", perMille: line.p90PerMille)
      json.member("standing", line.standing.rawValue)
      json.key("trend")
      json.array(line.trend) { json, point in
        json.object { json in
          json.member("index_median", perMille: point.perMille)
          json.member("count", point.count)
        }
      }
      json.member("has_calendar", line.hasCalendar)
      json.member("current_at", moment: line.site.flatMap { currentAt[$0] })
    }
  }

  private func write(_ figures: EqualServiceReport.Figures, into json: inout JSONWriter) {
    json.member("count", figures.count)
    json.member("waiting", figures.waiting)
    json.member("median_seconds", orNull: figures.median.map { $0 / 1000 })
    json.member("p90_seconds", orNull: figures.p90.map { $0 / 1000 })
  }
}
