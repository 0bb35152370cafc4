import Testing

@testable import Status

@Suite("Balance of sites in the status")
struct BalanceStatusTests {
  private func report(_ sites: [(code: String?, index: Double)]) -> StatusReport {
    var report = wellReport()
    report.balance = uneven(sites)
    return report
  }

  @Test("The site that stands out most is named with its index, the others are counted")
  func finding() throws {
    let finding = try #require(report([("MAD", 1.3), ("LYO", 2.4), ("BOG", 0.9)]).findings().first)
    #expect(finding.kind == .serviceUneven && finding.level == .warning && finding.peer == "LYO")
    #expect(
      finding.message(english)
        == "People in LYO Office wait 2.40 times as long as the company for a first answer (n 48). "
        + "1 other site stands out too.")
    #expect(finding.message(spanish).contains("2,40"))
    #expect(finding.action(english) == "relevo balance show")
  }

  @Test("Twice as fast is as far from equal as twice as slow; inside the range there is no finding")
  func distance() throws {
    #expect(try #require(report([("MAD", 1.9), ("LYO", 0.5)]).findings().first).peer == "LYO")
    #expect(report([("MAD", 1.25), ("LYO", 0.8)]).findings().isEmpty)
    #expect(report([]).findings().isEmpty)
  }

  @Test("Metrics carry index, waiting, people and expected wait by site, remote staff among them")
  func metrics() {
    let text = StatusMetrics.render(report([("LYO", 2.4), (nil, 1.1)]))
    #expect(text.contains("relevo_equal_service_index{site=\"LYO\",quantile=\"0.5\"} 2.4\n"))
    #expect(text.contains("relevo_equal_service_index{site=\"remote\",quantile=\"0.5\"} 1.1\n"))
    #expect(text.contains("relevo_expected_wait_seconds{site=\"LYO\"} 900\n"))
    #expect(text.contains("relevo_tickets_waiting{site=\"LYO\"} 3\n"))
    #expect(text.contains("relevo_agents_on_shift{site=\"LYO\"} 2\n"))
    #expect(!StatusMetrics.render(wellReport()).contains("relevo_equal_service_index"))
  }
}
