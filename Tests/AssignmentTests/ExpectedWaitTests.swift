import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("How long a ticket would wait at an office")
struct ExpectedWaitTests {
  private let policy = AssignmentPolicy()
  private let hour = 60 * Office.minute

  @Test("Work ahead divided by the agents on shift, and for another office the hand-over and the age of the knowledge")
  func parts() throws {
    let here = SiteOutlook(
      site: Office.allUp[0], ticketsAhead: 6, handlingMilliseconds: 20 * Office.minute, eligibleAgents: 2,
      freeAgents: 0, onShiftAt: Office.now, capacityPerMille: 2000)
    let wait = try #require(ExpectedWait(at: here, policy: policy, now: Office.now))
    #expect(wait.work == hour && wait.milliseconds == hour)
    var there = here
    there.site = Office.allUp[1]
    there.onShiftAt = Office.now + hour
    there.capacityPerMille = 1500
    let other = try #require(ExpectedWait(at: there, policy: policy, now: Office.now))
    #expect(other.work == 80 * Office.minute)
    #expect(other.absence == hour)
    #expect(other.handOver == Office.minute)
    #expect(other.age == 5_000)
    #expect(other.inPlace == 140 * Office.minute)
    #expect(other.milliseconds == 141 * Office.minute + 5_000)
  }

  @Test("With somebody free the work ahead delays nothing; the policy's weights count")
  func weights() throws {
    var outlook = SiteOutlook(
      site: Office.allUp[0], ticketsAhead: 3, eligibleAgents: 1, freeAgents: 1, onShiftAt: Office.now + hour,
      capacityPerMille: 1000)
    #expect(try #require(ExpectedWait(at: outlook, policy: policy, now: Office.now)).work == 0)
    outlook.freeAgents = 0
    var limits = AssignmentLimits()
    limits.workWeightPerMille = 500
    limits.absenceWeightPerMille = 2000
    let wait = try #require(ExpectedWait(at: outlook, policy: AssignmentPolicy(limits: limits), now: Office.now))
    #expect(wait.work == 30 * Office.minute)
    #expect(wait.absence == 2 * hour)
  }

  @Test("Nobody able, nobody known to come, or absurd figures give no time; extremes overflow nothing")
  func none() {
    let good = SiteOutlook(
      site: Office.allUp[1], ticketsAhead: 1, eligibleAgents: 1, freeAgents: 0, onShiftAt: 0, capacityPerMille: 1000)
    #expect(ExpectedWait(at: good, policy: policy, now: Office.now) != nil)
    let changes: [(inout SiteOutlook) -> Void] = [
      { $0.eligibleAgents = 0 }, { $0.onShiftAt = nil }, { $0.ticketsAhead = -1 }, { $0.ticketsAhead = .max },
      { $0.freeAgents = 2 }, { $0.eligibleAgents = .max }, { $0.handlingMilliseconds = 0 },
      { $0.capacityPerMille = -5 },
    ]
    for change in changes {
      var bad = good
      change(&bad)
      #expect(ExpectedWait(at: bad, policy: policy, now: Office.now) == nil)
    }
    var most = good
    most.ticketsAhead = 1_000_000
    most.handlingMilliseconds = .max
    most.capacityPerMille = 0
    most.onShiftAt = .max
    most.site.ageMilliseconds = .max
    var limits = AssignmentLimits()
    limits.workWeightPerMille = .max
    limits.absenceWeightPerMille = .max
    let policy = AssignmentPolicy(handOverMilliseconds: .max, agePenaltyPerMille: .max, limits: limits)
    #expect((ExpectedWait(at: most, policy: policy, now: .min)?.milliseconds ?? 0) > 0)
  }

  @Test("An outlook is read from the agents: who could, who is free, when somebody comes, how many over the horizon")
  func outlook() {
    let agents = [
      Office.agent(11, open: 5, shiftEnd: Office.now + hour),
      Office.agent(12, isOnShift: false, nextShiftStart: Office.now + 2 * hour),
      Office.agent(13, isAvailable: false), Office.agent(14, isActive: false), Office.agent(15, skills: []),
      Office.agent(16, open: -4), Office.agent(21, at: Office.lyon),
    ]
    let ticket = Office.ticket(100, category: id(51))
    let outlook = SiteOutlook(
      Office.allUp[0], for: ticket, agents: agents, ticketsAhead: 2, policy: policy, now: Office.now)
    #expect(outlook.eligibleAgents == 3)
    #expect(outlook.freeAgents == 0)
    #expect(outlook.onShiftAt == Office.now)
    // One for one hour and one for two, of four.
    #expect(outlook.capacityPerMille == 750)
    let night = SiteOutlook(
      Office.allUp[0], for: ticket, agents: [agents[1]], ticketsAhead: 0, policy: policy, now: Office.now)
    #expect(night.onShiftAt == Office.now + 2 * hour)
    #expect(night.capacityPerMille == 1000)
    let nobody = SiteOutlook(
      Office.allUp[0], for: ticket, agents: [Office.agent(12, isOnShift: false)], ticketsAhead: 0, now: Office.now)
    #expect(nobody.onShiftAt == nil)
    #expect(nobody.eligibleAgents == 1)
  }
}

@Suite("Whether anybody can help at all")
struct ServabilityTests {
  private func servability(
    _ agents: [AgentLoad], sites: [SiteKnowledge] = Office.allUp, change: (inout WaitingTicket) -> Void = { _ in }
  ) -> Servability {
    var ticket = Office.ticket(100, category: id(51))
    ticket.language = "es"
    change(&ticket)
    return Assigner().servability(of: ticket, agents: agents, sites: sites, now: Office.now)
  }

  @Test("Somebody at work, even busy, is enough; otherwise the next shift is named")
  func servable() {
    #expect(servability([Office.agent(11, open: 5)]) == .now)
    let tomorrow = Office.now + 900 * Office.minute
    #expect(
      servability([Office.agent(11, isOnShift: false, nextShiftStart: tomorrow), Office.agent(12, isAvailable: false)])
        == .later(at: tomorrow))
  }

  @Test(
    "When everybody is away nobody is known to come, though their next shifts are: a reason for an alarm, also at night"
  )
  func everybodyAway() {
    let tomorrow = Office.now + 900 * Office.minute
    let byDay = Office.agent(11, isAvailable: false, nextShiftStart: tomorrow)
    let byNight = Office.agent(12, isAvailable: false, isOnShift: false, nextShiftStart: tomorrow)
    #expect(servability([byDay]) == .never(.absent))
    #expect(servability([byNight]) == .never(.absent))
    #expect(servability([byDay, Office.agent(13, isOnShift: false, nextShiftStart: tomorrow)]) == .later(at: tomorrow))
    let outlook = SiteOutlook(
      Office.allUp[0], for: Office.ticket(100), agents: [byDay, byNight], ticketsAhead: 0, now: Office.now)
    #expect(outlook.onShiftAt == nil && outlook.capacityPerMille == 0 && outlook.eligibleAgents == 2)
  }

  @Test("Nobody can: the reason is said")
  func unservable() {
    #expect(servability([]) == .never(.noAgents))
    #expect(servability([Office.agent(11, isActive: false)]) == .never(.noAgents))
    #expect(servability([Office.agent(11, capacity: 0)]) == .never(.noCapacity))
    #expect(servability([Office.agent(11, skills: [])]) == .never(.unskilled))
    #expect(servability([Office.agent(11, languages: ["fr"])]) == .never(.language))
    #expect(servability([Office.agent(11)]) { $0.declinedBy = [id(11)] } == .never(.declined))
    #expect(servability([Office.agent(11, open: .max)]) == .never(.absurdLoad))
    #expect(servability([Office.agent(11, at: id(4))]) == .never(.cutOff))
    #expect(servability([Office.agent(11, isAvailable: false)]) == .never(.absent))
    #expect(servability([Office.agent(11, isOnShift: false)]) == .never(.noCalendar))
    var cut = Office.allUp
    cut[1].isReachable = false
    #expect(servability([Office.agent(21, at: Office.lyon)], sites: cut) == .never(.cutOff))
  }
}
