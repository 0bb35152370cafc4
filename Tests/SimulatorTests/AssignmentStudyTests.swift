import Simulator
import Testing

/// Every case of `relevo-sim assignment`, short: what is claimed must not slip unseen.
@Suite("Assignment beside its rivals")
struct AssignmentStudyTests {
  private func results(_ one: StudyCase, _ change: (inout StudySize) -> Void = { _ in }) -> [StudyResult] {
    var size = StudySize()
    size.seeds = 2
    size.hours = 10
    size.days = 1
    size.minutes = 4
    size.decisions = 100
    change(&size)
    return AssignmentStudy(size).run(one, log: nil)
  }

  private func mean(_ result: StudyResult, _ rule: String) -> Double {
    result.rows.first { $0.rule == rule }?.mean.mean ?? .nan
  }

  @Test(
    "A busy office waits hardly longer than with one pooled queue, with old knowledge too, and far less than with rivals"
  )
  func busyOffice() {
    for result in results(.busyOffice) {
      #expect(mean(result, "relevo") <= mean(result, "pooled") * 1.1 + 1, "\(result.name)")
      #expect(mean(result, "relevo") < mean(result, "two_choices"))
      #expect(mean(result, "relevo") < mean(result, "alone") / 10)
      #expect(result.checks.count == 2 && result.checks[1].isMet)
    }
  }

  @Test("With skills, hours and a hand-over that costs, it stays near the limit that pays the same")
  func skillsAndHours() {
    for result in results(.skillsAndHours) {
      #expect(mean(result, "relevo") <= mean(result, "pooled") * 1.15 + 1, "\(result.name)")
      #expect(mean(result, "relevo") < mean(result, "round_robin"))
    }
  }

  @Test("With broken links each group stays near its own limit, and nobody works twice after healing")
  func brokenLinks() throws {
    for result in results(.brokenLinks) {
      #expect(mean(result, "relevo") <= mean(result, "pooled") * 1.2 + 1, "\(result.name)")
      let doubles = try #require(result.checks.last)
      #expect(doubles.isMet && doubles.value.mean == 0)
    }
  }

  @Test("A thousand sites do not herd, and what they are told fits a slow line")
  func thousandSites() throws {
    let result = try #require(results(.thousandSites) { $0.seeds = 1 }.first)
    // How long a decision takes is measured in release only.
    #expect(result.checks.dropFirst().last?.isMet == true)
    #expect(mean(result, "relevo") < 1)
  }

  @Test("Without the incident log its case gives nothing")
  func withoutLog() {
    #expect(results(.incidentLog).isEmpty)
  }

  @Test("The incident log is read, waits are those of May, and damaged rows are counted")
  func incidentLog() throws {
    let header =
      "\u{FEFF}SR Number,Change Date+Time,Status,Sub Status,ST Level,SR Latest Impact,Country,Owner First Name,Resource"
    var lines = [header]
    for number in 0..<60 {
      let minute = number < 10 ? "0\(number)" : "\(number)"
      let country = number % 2 == 0 ? "se" : "CN"
      lines.append(
        "1-\(number),2012-05-07T10:\(minute):00+01:00,Queued,Awaiting,L1,Low,\(country),Siebel,Siebel")
      lines.append(
        "1-\(number),2012-05-07T11:\(minute):00+01:00,Accepted,In Progress,L1,Low,\(country),Ann,\(country)-Ann\(number % 7)"
      )
      lines.append(
        "1-\(number),2012-05-07T11:\(minute):30+01:00,Completed,Resolved,L1,Low,\(country),Ann,\(country)-Ann\(number % 7)"
      )
    }
    lines.append("1-99,not a time,Queued,Awaiting,L1,Low,se,Siebel,Siebel")
    #expect(IncidentLog(csv: Array("no,such,log\n".utf8)) == nil)
    let log = try #require(IncidentLog(csv: Array(lines.joined(separator: "\r\n").utf8)))
    #expect(log.rejected == 1)
    var size = StudySize()
    size.seeds = 2
    let result = try #require(AssignmentStudy(size).run(.incidentLog, log: log).first)
    #expect(result.notes.contains { $0.contains("history: mean 3,600 s") }, "\(result.notes)")
    #expect(result.text.contains("met") && result.json.contains("\"name\":\"incident-log\""))
    #expect(result.chart.hasPrefix("<svg") && result.chart.hasSuffix("</svg>\n"))
  }

  @Test("A confidence interval is Student's")
  func interval() throws {
    let interval = Interval([1, 2, 3, 4, 5])
    #expect(interval.mean == 3)
    let margin = try #require(interval.margin)
    #expect(abs(margin - 2.776 * (2.5 / 5).squareRoot()) < 0.001)
    #expect(Interval([7]).margin == nil && Interval([]).mean == 0)
    #expect(AssignmentStudy.text(1234567) == "1,234,567" && AssignmentStudy.text(1.05) == "1.05")
    #expect(AssignmentStudy.text(0.0361) == "0.036" && AssignmentStudy.text(40.88) == "40.9")
  }
}
