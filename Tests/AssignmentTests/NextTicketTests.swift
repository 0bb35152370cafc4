import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("An agent who becomes free takes the most overdue ticket of any reachable office")
struct NextTicketTests {
  private let assigner = Assigner()

  private func order(
    _ waiting: [WaitingTicket], for agent: AgentLoad = Office.agent(11), sites: [SiteKnowledge] = Office.allUp
  ) -> [EntityID] {
    assigner.nextTicket(forFreeAgent: agent, waiting: waiting, sites: sites, now: Office.now).candidates.map(
      \.ticket.id)
  }

  @Test("Waiting time counts relative to each ticket's own target, local or not")
  func relativeToTarget() {
    let waiting = [
      Office.ticket(101, .low, minutesAgo: 240),  // half of eight hours
      Office.ticket(102, .critical, minutesAgo: 12, custodian: Office.lyon),  // four fifths of a quarter of an hour
      Office.ticket(103, .normal, minutesAgo: 480, custodian: Office.bogota),  // twice four hours
      Office.ticket(104, .high, minutesAgo: 6),  // a tenth of an hour
    ]
    #expect(order(waiting) == [id(103), id(102), id(101), id(104)])
  }

  @Test("The ratio is exact in thousandths, and 1000 at the target")
  func ratio() {
    #expect(Office.ticket(1, .critical, minutesAgo: 15).overdueRatio(now: Office.now) == 1000)
    #expect(Office.ticket(1, .high, minutesAgo: 6).overdueRatio(now: Office.now) == 100)
    #expect(Office.ticket(1, .low, minutesAgo: 960).overdueRatio(now: Office.now) == 2000)
    #expect(Office.ticket(1, .low, minutesAgo: -5).overdueRatio(now: Office.now) == 0)
    #expect(Office.ticket(1, .low).overdueRatio(now: .max) > 1_000_000)
  }

  @Test("Equally overdue tickets come by priority, then age, then identifier, however they are listed")
  func ties() {
    var waiting = [
      Office.ticket(105, .critical, minutesAgo: 15), Office.ticket(104, .high, minutesAgo: 60),
      Office.ticket(103, .normal, minutesAgo: 240), Office.ticket(102, .normal, minutesAgo: 240),
      Office.ticket(101, .low, minutesAgo: 480),
    ]
    var dice = Dice(seed: 7)
    for _ in 0..<50 {
      waiting.shuffle(using: &dice)
      #expect(order(waiting) == [id(105), id(104), id(102), id(103), id(101)])
    }
    // The same thousandth, but one a little older.
    var older = Office.ticket(109, .low, minutesAgo: 10)
    older.createdAt -= 1
    #expect(order([Office.ticket(108, .low, minutesAgo: 10), older]) == [id(109), id(108)])
  }

  @Test("A ticket whose custodian cannot be reached, or is unknown, waits")
  func unreachable() {
    var sites = Office.allUp
    sites[1].isReachable = false
    let waiting = [
      Office.ticket(101, minutesAgo: 900, custodian: Office.lyon), Office.ticket(102, custodian: Office.bogota),
      Office.ticket(103, minutesAgo: 900, custodian: id(4)),
    ]
    let choice = assigner.nextTicket(
      forFreeAgent: Office.agent(11), waiting: waiting, sites: sites, now: Office.now)
    #expect(choice.candidates.map(\.ticket.id) == [id(102)])
    #expect(choice.excluded.map(\.verdict) == [.excluded(.siteUnreachable), .excluded(.siteUnknown)])
  }

  @Test("An agent who is not free takes nothing", arguments: [0, 5])
  func notFree(capacity: Int) {
    let agent = Office.agent(11, open: 5, capacity: capacity)
    let choice = assigner.nextTicket(
      forFreeAgent: agent, waiting: [Office.ticket(101)], sites: Office.allUp, now: Office.now)
    #expect(choice.candidates.isEmpty)
    #expect(choice.agentExclusion == (capacity == 0 ? .noCapacity : .full))
    #expect(choice.decision(at: 0) == nil)
  }

  @Test("Only what the agent knows how to do is offered")
  func skills() {
    let waiting = [Office.ticket(101, minutesAgo: 90, category: id(51)), Office.ticket(102, category: id(52))]
    #expect(order(waiting, for: Office.agent(11, skills: [id(52)])) == [id(102)])
  }

  @Test("When somebody else got the first ticket, the next candidate is decided on its own record")
  func nextCandidate() {
    let waiting = (101...104).map { Office.ticket($0, minutesAgo: Int64(500 - $0)) }
    let choice = assigner.nextTicket(
      forFreeAgent: Office.agent(11), waiting: waiting, sites: Office.allUp, now: Office.now)
    #expect(choice.decision(at: 0)?.ticket.id == id(101))
    let second = choice.decision(at: 1)
    #expect(second?.ticket.id == id(102))
    #expect(second?.reasons.omitted == 1)
    #expect(choice.decision(at: 4) == nil)
    #expect(choice.decision(at: -1) == nil)
  }
}
