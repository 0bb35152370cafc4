import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("Work that lies untouched is offered again")
struct AgainTests {
  private let assigner = Assigner()

  private func work(
    _ number: UInt64 = 100, minutesAgo: Int64 = 0, priority: Priority = .normal, isAccepted: Bool = false,
    isStarted: Bool = false, isByPerson: Bool = false
  ) -> AssignedWork {
    AssignedWork(
      ticket: Office.ticket(number, priority), agent: id(11), assignedAt: Office.now - minutesAgo * Office.minute,
      isAccepted: isAccepted, isStarted: isStarted, isByPerson: isByPerson)
  }

  private func reason(_ work: AssignedWork, _ agent: AgentLoad) -> ReOfferReason? {
    assigner.reOffers([work], agents: [agent], now: Office.now).first?.reason
  }

  @Test(
    "Not accepted within the priority's time",
    arguments: zip([Priority.critical, .high, .normal, .low], [Int64(5), 15, 30, 60]))
  func notAccepted(priority: Priority, minutes: Int64) {
    let agent = Office.agent(11, open: 1)
    #expect(reason(work(minutesAgo: minutes, priority: priority), agent) == nil)
    #expect(reason(work(minutesAgo: minutes + 1, priority: priority), agent) == .notAccepted)
    #expect(reason(work(minutesAgo: minutes + 1, priority: priority, isAccepted: true), agent) == nil)
    #expect(reason(work(minutesAgo: minutes + 1, priority: priority, isByPerson: true), agent) == nil)
  }

  @Test("The agent has gone: away, off shift or deactivated")
  func gone() {
    #expect(reason(work(), Office.agent(11, open: 1, isAvailable: false)) == .away)
    #expect(reason(work(isAccepted: true), Office.agent(11, open: 1, isOnShift: false)) == .offShift)
    #expect(reason(work(isAccepted: true), Office.agent(11, open: 1, isActive: false)) == .deactivated)
    #expect(reason(work(isByPerson: true), Office.agent(11, open: 1, isActive: false)) == .deactivated)
    #expect(reason(work(isByPerson: true), Office.agent(11, open: 1, isAvailable: false)) == nil)
    #expect(assigner.reOffers([work()], agents: [], now: Office.now).isEmpty)
  }

  @Test("What a person has started is never taken away by automation")
  func started() {
    var dice = Dice(seed: 8)
    for _ in 0..<500 {
      let begun = work(
        minutesAgo: .random(in: 0...9_000, using: &dice), isAccepted: Bool.random(using: &dice), isStarted: true,
        isByPerson: Bool.random(using: &dice))
      let holder = Office.agent(
        11, open: .random(in: 0...20, using: &dice), isActive: Bool.random(using: &dice),
        isAvailable: Bool.random(using: &dice), isOnShift: Bool.random(using: &dice))
      #expect(reason(begun, holder) == nil)
      let choice = assigner.rebalance(
        forFreeAgent: Office.agent(12), assigned: [begun], agents: [holder], sites: Office.allUp, now: Office.now)
      #expect(choice.decision(at: 0) == nil)
    }
  }

  @Test("Of more than an agent takes the latest goes back, and not to the same agent")
  func overCapacity() throws {
    let items = (0..<4).map { work(100 + UInt64($0), minutesAgo: Int64($0)) }
    let agent = Office.agent(11, open: 4, capacity: 2)
    let again = assigner.reOffers(items, agents: [agent], now: Office.now)
    #expect(again.map(\.work.ticket.id) == [id(100), id(101)])
    #expect(again.allSatisfy { $0.reason == .overCapacity })
    #expect(again[0].ticket.declinedBy == [id(11)])
    let decision = try #require(
      assigner.onArrival(
        again[0].ticket, agents: [Office.agent(11), Office.agent(12, open: 3)], sites: Office.allUp, now: Office.now,
        rule: .reOffer))
    #expect(decision.agent.person == id(12))
    #expect(decision.assignment.rule == "re-offer")
    #expect(AssignmentRecord(parsing: decision.record)?.replayed()?.text == decision.record)
  }

  @Test("Somebody who became free takes what gains most from behind other work")
  func rebalance() throws {
    func held(_ number: UInt64, by agent: UInt64, hops: Int = 0, at custodian: EntityID = Office.madrid) -> AssignedWork
    {
      var ticket = Office.ticket(number, custodian: custodian)
      ticket.hops = hops
      return AssignedWork(ticket: ticket, agent: id(agent), assignedAt: Office.now)
    }
    let agents = [
      Office.agent(12, open: 2, capacity: 5), Office.agent(13, open: 4, capacity: 5), Office.agent(14, open: 1),
    ]
    let items = [held(101, by: 12), held(102, by: 13), held(103, by: 14), held(104, by: 13, hops: 3)]
    let choice = assigner.rebalance(
      forFreeAgent: Office.agent(11), assigned: items, agents: agents, sites: Office.allUp, now: Office.now)
    #expect(choice.candidates.map(\.ticket.id) == [id(102), id(101)])
    #expect(choice.excluded.map(\.verdict) == [.excluded(.noGain), .excluded(.hopLimit)])
    let decision = try #require(choice.decision(at: 0))
    #expect(decision.rule == .rebalance)
    #expect(decision.ticket.heldMilliseconds == 12 * Office.minute)
    #expect(AssignmentRecord(parsing: decision.record)?.replayed()?.text == decision.record)
  }

  @Test("A cut-off office's ticket: a person may always, the central site only where nobody is on shift in time")
  func takeOver() {
    var custodian = SiteOutlook(
      site: Office.allUp[1], ticketsAhead: 0, eligibleAgents: 2, freeAgents: 0,
      onShiftAt: Office.now + 5 * 60 * Office.minute, capacityPerMille: 2000)
    func refusal(
      _ claimant: TakeOverClaimant, isStarted: Bool = false, hops: Int = 0,
      policy: AssignmentPolicy = AssignmentPolicy()
    ) -> TakeOverRefusal? {
      var ticket = Office.ticket(100, custodian: Office.lyon)
      ticket.hops = hops
      return Assigner(policy: policy).takeOverRefusal(
        of: ticket, isStarted: isStarted, custodian: custodian, by: claimant, now: Office.now)
    }
    #expect(refusal(.person) == .reachable)
    custodian.site.isReachable = false
    #expect(refusal(.person, isStarted: true, hops: 9) == nil)
    #expect(refusal(.branch) == .notCentral)
    #expect(refusal(.centralSite) == nil)
    #expect(refusal(.centralSite, isStarted: true) == .started)
    #expect(refusal(.centralSite, hops: 3) == .hopLimit)
    var limits = AssignmentLimits()
    limits.takesOverCutOffWork = false
    #expect(refusal(.centralSite, policy: AssignmentPolicy(limits: limits)) == .byPolicy)
    custodian.onShiftAt = Office.now + 4 * 60 * Office.minute
    #expect(refusal(.centralSite) == .servedThere)
    custodian.onShiftAt = nil
    #expect(refusal(.centralSite) == nil)
  }

  @Test("Of two claims started work wins, then a person, then the earlier clock, then the stream")
  func claims() {
    func claim(_ started: Bool, _ person: Bool, _ at: Int64, _ stream: UInt64) -> WorkClaim {
      WorkClaim(isStarted: started, isByPerson: person, at: at, stream: StreamID(high: 0, low: stream))
    }
    let order = [
      claim(true, false, 9, 9), claim(false, true, 8, 8), claim(false, false, 6, 2), claim(false, false, 6, 3),
      claim(false, false, 7, 1),
    ]
    var dice = Dice(seed: 2)
    for _ in 0..<20 { #expect(order.shuffled(using: &dice).sorted() == order) }
  }
}
