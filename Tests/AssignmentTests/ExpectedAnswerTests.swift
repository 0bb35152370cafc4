import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("The requester is told an honest time")
struct ExpectedAnswerTests {
  private let minute = Office.minute

  private func wait(ahead: Int, workers: Int, handling: Int64 = 20 * 60_000) -> Int64? {
    ExpectedAnswer(now: Office.now, ahead: ahead, workers: workers, handlingMilliseconds: handling).map {
      $0.at - Office.now
    }
  }

  @Test("The work ahead is shared by the people on shift, and rounded up")
  func shared() {
    #expect(wait(ahead: 6, workers: 2) == 60 * minute)
    #expect(wait(ahead: 6, workers: 4) == 30 * minute)
    #expect(wait(ahead: 10, workers: 3, handling: 600_001) == 2_000_004)
  }

  @Test("Even with nothing ahead it takes the usual, and just above the usual the load counts")
  func usual() {
    #expect(wait(ahead: 0, workers: 3) == 10 * minute)
    #expect(wait(ahead: 1, workers: 2) == 10 * minute)
    #expect(wait(ahead: 2, workers: 3) == 800_000)
    #expect(wait(ahead: -7, workers: 3) == 10 * minute)
  }

  @Test("With nobody on shift no time is promised")
  func nobody() {
    #expect(wait(ahead: 3, workers: 0) == nil)
    #expect(wait(ahead: 3, workers: -1) == nil)
  }

  @Test("Extremes overflow nothing")
  func extremes() {
    #expect(wait(ahead: .max, workers: .max, handling: .max) == 24 * 60 * minute)
    #expect(ExpectedAnswer(now: .max, ahead: .max, workers: 1, handlingMilliseconds: .max) == nil)
    #expect(ExpectedAnswer(now: 0, ahead: 0, workers: 1, usualMilliseconds: .min)?.at == 0)
  }

  @Test("Ahead is what has the same or a higher priority in the same queue")
  func ahead() {
    let open: [(priority: Priority, queue: EntityID?)] = [
      (.critical, id(1)), (.normal, id(1)), (.low, id(1)), (.high, id(2)), (.high, nil),
    ]
    #expect(ExpectedAnswer.ticketsAhead(of: .normal, in: id(1), among: open) == 2)
    #expect(ExpectedAnswer.ticketsAhead(of: .low, in: id(1), among: open) == 3)
    #expect(ExpectedAnswer.ticketsAhead(of: .critical, in: id(2), among: open) == 0)
    #expect(ExpectedAnswer.ticketsAhead(of: .low, in: nil, among: open) == 1)
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
