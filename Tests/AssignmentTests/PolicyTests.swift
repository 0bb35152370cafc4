import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("A policy is one line of text, and stays inside its ranges")
struct PolicyTests {
  @Test("The canonical text reads back as the same policy")
  func roundTrip() throws {
    #expect(
      AssignmentPolicy().text == "1 1200000 60000 1000 1000 1000 150 3 5/15/30/60 1 1 800/1250/20 240 15000")
    var dice = Dice(seed: 4)
    for _ in 0..<300 {
      var limits = AssignmentLimits()
      limits.workWeightPerMille = .random(in: -5...20_000, using: &dice)
      limits.absenceWeightPerMille = .random(in: -5...20_000, using: &dice)
      limits.hysteresisPerMille = .random(in: -5...2_000, using: &dice)
      limits.hopsMax = .random(in: -5...30, using: &dice)
      limits.acceptanceMinutesHigh = .random(in: -5...20_000, using: &dice)
      limits.prefersUsualAgent = Bool.random(using: &dice)
      limits.takesOverCutOffWork = Bool.random(using: &dice)
      limits.alarmAbovePerMille = .random(in: 0...200_000, using: &dice)
      limits.horizonMinutes = .random(in: -5...20_000, using: &dice)
      limits.freshMilliseconds = .random(in: -5...1_000_000, using: &dice)
      let policy = AssignmentPolicy(
        handlingMilliseconds: .random(in: -5...(1 << 40), using: &dice),
        handOverMilliseconds: .random(in: -5...(1 << 40), using: &dice), limits: limits)
      let again = try #require(AssignmentPolicy(parsing: policy.text))
      #expect(again == policy)
    }
  }

  @Test("Anything else is no policy")
  func refused() {
    let good = AssignmentPolicy().text
    for bad in [
      "", " " + good, good + " ", good + " 1", good.replacing("1 1200000", with: "2 1200000"),
      good.replacing("1200000", with: "0"), good.replacing("150", with: "1001"), good.replacing("5/15", with: "5/015"),
      good.replacing("5/15/30/60", with: "5/15/30"), good.replacing(" 1 1 ", with: " 2 1 "),
      good.replacing("800/", with: "1800/"), good.replacing(" 3 ", with: " +3 "), String(repeating: "1 ", count: 300),
    ] { #expect(AssignmentPolicy(parsing: bad) == nil, "\(bad)") }
  }
}

@Suite("Equal service is measured")
struct EqualServiceTests {
  private let minute = Office.minute

  private func times(_ minutes: ClosedRange<Int64>) -> [Int64] { minutes.map { $0 * Office.minute } }

  @Test(
    "Median and 90th percentile of each office beside the company's, Jain's index, and the alarm from twenty answers")
  func figures() throws {
    let index = EqualServiceIndex(answers: [id(1): times(1...20), id(2): times(11...30), id(3): [], id(4): [0]])
    #expect(index.rows.map(\.site) == [id(1), id(2), id(4)])
    #expect(index.count == 41)
    let first = try #require(index.rows.first)
    #expect(first.count == 20 && first.median == 10 * minute && first.p90 == 18 * minute)
    #expect(index.median == 15 * minute && index.p90 == 26 * minute)
    #expect(first.medianPerMille == 666 && first.isAlarming && first.worstPerMille == 666)
    #expect(index.rows[1].medianPerMille == 1333 && index.rows[1].isAlarming)
    #expect(!index.rows[2].isAlarming, "one answer alarms nobody")
    // 10, 20 and (at the floor) 1 minute: 31² ÷ (3 · 501).
    #expect(index.jainPerMille == 639)
  }

  @Test("Exactly at the bounds is equal, and nineteen answers are too few")
  func bounds() {
    func isAlarming(_ count: Int, _ minutes: Int64) -> Bool {
      // A company of many whose median and 90th percentile are 100 minutes.
      let others = Array(repeating: 100 * minute, count: 1000)
      let index = EqualServiceIndex(answers: [id(1): Array(repeating: minutes * minute, count: count), id(2): others])
      return index.rows[0].isAlarming
    }
    #expect(!isAlarming(20, 80) && isAlarming(20, 79) && !isAlarming(20, 125) && isAlarming(20, 126))
    #expect(!isAlarming(19, 200))
  }

  @Test("Nothing answered yet, and absurd times, give figures that hold")
  func extremes() {
    let none = EqualServiceIndex(answers: [:])
    #expect(none.rows.isEmpty && none.jainPerMille == 1000 && none.median == 0)
    let wild = EqualServiceIndex(answers: [id(1): [.max, .max], id(2): [.min]])
    #expect(wild.rows[0].medianPerMille >= 1000)
    #expect((500...1000).contains(wild.jainPerMille))
    #expect(EqualServiceIndex.jain([5, 5, 5]) == 1000)
    #expect(EqualServiceIndex.jain([7, 0, 0, 0]) == 250)
    #expect(EqualServiceIndex.quantile([1, 2, 3, 4], 500) == 2)
    #expect(EqualServiceIndex.quantile([1, 2, 3, 4], 1000) == 4)
    #expect(EqualServiceIndex.quantile([1, 2, 3, 4], 0) == 1)
  }
}

@Suite("What is learned from ended work")
struct LearningTests {
  private let minute = Office.minute

  @Test("A handling time per category and office, with the next coarser one until enough is known")
  func handling() {
    var times = HandlingTimes()
    #expect(times.milliseconds(category: id(51), site: id(1)) == 20 * minute)
    for _ in 0..<5 { times.note(5 * minute, category: id(51), site: id(1)) }
    #expect(times.milliseconds(category: id(51), site: id(1)) == 5 * minute)
    #expect(times.milliseconds(category: id(51), site: id(2)) == 5 * minute, "the category elsewhere")
    for _ in 0..<9 { times.note(60 * minute, category: id(52), site: id(2)) }
    #expect(times.milliseconds(category: id(52), site: id(1)) == 60 * minute)
    #expect(times.milliseconds(category: id(53), site: id(2)) == 60 * minute, "the office")
    #expect(times.milliseconds(category: nil, site: id(3)) == 60 * minute, "all work")
  }

  @Test("How much requesters depend on one agent")
  func concentration() {
    var concentration = AgentConcentration()
    #expect(concentration.topSharePerMille == 0 && concentration.usualAgent(of: id(1)) == nil)
    for agent in [11, 11, 11, 12] { concentration.note(requester: id(1), agent: id(UInt64(agent))) }
    for agent in [13, 14] { concentration.note(requester: id(2), agent: id(UInt64(agent))) }
    #expect(concentration.usualAgent(of: id(1)) == id(11))
    #expect(concentration.usualAgent(of: id(2)) == id(13), "of equals the first")
    #expect(concentration.requesters == 1)
    #expect(concentration.topSharePerMille == 750)
  }
}
