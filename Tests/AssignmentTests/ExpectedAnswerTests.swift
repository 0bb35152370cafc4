import Assignment
import OperationLog
import Testing

@Suite("The requester is told an honest time")
struct ExpectedAnswerTests {
  private let minute = Office.minute

  private func wait(
    ahead: Int, workers: Int, free: Int = 0, from: Int64? = Office.now, handling: Int64 = 20 * 60_000,
    usual: Int64 = ExpectedAnswer.usualMillisecondsDefault
  ) -> Int64? {
    let site = SiteKnowledge(site: id(1), node: NodeID(high: 1, low: 1), isHere: true)
    let outlook = SiteOutlook(
      site: site, ticketsAhead: ahead, handlingMilliseconds: handling, eligibleAgents: workers, freeAgents: free,
      onShiftAt: from, capacityPerMille: Int64(workers) * 1000)
    let expected = ExpectedWait(at: outlook, policy: AssignmentPolicy(), now: Office.now)
    return ExpectedAnswer(now: Office.now, wait: expected, usualMilliseconds: usual).map { $0.at - Office.now }
  }

  @Test("The work ahead is shared by the people on shift; with somebody free it delays nothing")
  func shared() {
    #expect(wait(ahead: 6, workers: 2) == 60 * minute)
    #expect(wait(ahead: 6, workers: 4) == 30 * minute)
    #expect(wait(ahead: 6, workers: 4, free: 1) == 10 * minute)
  }

  @Test("Even with nothing ahead it takes the usual, and just above the usual the load counts")
  func usual() {
    #expect(wait(ahead: 0, workers: 3) == 10 * minute)
    #expect(wait(ahead: 1, workers: 2) == 10 * minute)
    #expect(wait(ahead: 2, workers: 3) == 800_000)
  }

  @Test("Until somebody is on shift nothing is done, and then it takes at least the usual")
  func absent() {
    let morning = Office.now + 600 * minute
    #expect(wait(ahead: 0, workers: 3, from: morning) == 610 * minute)
    #expect(wait(ahead: 6, workers: 2, from: morning) == 660 * minute)
  }

  @Test("Where nobody is known to come, or the figures are absurd, no time is promised")
  func nobody() {
    #expect(wait(ahead: 3, workers: 0) == nil)
    #expect(wait(ahead: 3, workers: 2, from: nil) == nil)
    #expect(wait(ahead: -7, workers: 3) == nil)
    #expect(ExpectedAnswer(now: Office.now, wait: nil) == nil)
  }

  @Test("Extremes overflow nothing")
  func extremes() {
    #expect(wait(ahead: 1_000_000, workers: 1, from: .max, handling: .max) != nil)
    #expect(wait(ahead: 0, workers: 1, usual: .min) == 0)
  }
}

@Suite("The handling time is learned and hard to upset")
struct HandlingTimeEstimateTests {
  private let minute = Office.minute

  @Test("Until five pieces of work have ended the default holds")
  func untilKnown() {
    var estimate = HandlingTimeEstimate()
    for _ in 0..<4 { estimate.note(5 * minute) }
    #expect(estimate.milliseconds == 20 * minute)
    estimate.note(5 * minute)
    #expect(estimate.milliseconds == 5 * minute)
  }

  @Test("A ticket somebody forgot for a week does not move it")
  func robust() {
    var estimate = HandlingTimeEstimate()
    for value in [10, 11, 12, 13] { estimate.note(Int64(value) * minute) }
    for _ in 0..<3 { estimate.note(.max) }
    #expect(estimate.milliseconds == 13 * minute)
    estimate.note(.min)
    #expect(estimate.milliseconds == 12 * minute)
  }

  @Test("Old work is forgotten when work changes")
  func moves() {
    var estimate = HandlingTimeEstimate()
    for _ in 0..<100 { estimate.note(60 * minute) }
    for _ in 0..<16 { estimate.note(10 * minute) }
    #expect(estimate.milliseconds == 10 * minute)
    #expect(estimate.count == HandlingTimeEstimate.window)
  }
}
