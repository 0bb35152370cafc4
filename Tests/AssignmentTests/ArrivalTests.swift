import Assignment
import Helpdesk
import OperationLog
import Testing

@Suite("A new ticket looks for somebody who is free now")
struct ArrivalTests {
  private let assigner = Assigner()

  private func chosen(_ agents: [AgentLoad], sites: [SiteKnowledge] = Office.allUp) -> EntityID? {
    assigner.onArrival(Office.ticket(100), agents: agents, sites: sites, now: Office.now)?.agent.person
  }

  private func reasons(_ agents: [AgentLoad], sites: [SiteKnowledge] = Office.allUp) -> [Verdict] {
    assigner.weighArrival(Office.ticket(100), agents: agents, sites: sites, now: Office.now).candidates.map(\.verdict)
  }

  @Test("The least loaded agent of this office gets it, relative to what each can take")
  func leastLoadedHere() {
    #expect(chosen([Office.agent(11, open: 2, capacity: 4), Office.agent(12, open: 3, capacity: 10)]) == id(12))
    #expect(chosen([Office.agent(11, open: 1, capacity: 4), Office.agent(12, open: 3, capacity: 10)]) == id(11))
  }

  @Test(
    "Among equally loaded agents it goes to the one who has waited longest for a ticket, one who never had any first")
  func longestSinceLast() {
    let early = Office.agent(19, open: 1, last: Office.now - 9_000)
    let late = Office.agent(11, open: 1, last: Office.now - 1_000)
    #expect(chosen([late, early]) == id(19))
    #expect(chosen([late, early, Office.agent(30, open: 1)]) == id(30))
  }

  @Test("What remains equal is decided by identifier, in whatever order the agents are listed")
  func tiesAreDeterministic() {
    var agents = (20...30).map { Office.agent($0, open: 1, last: 5) }
    var dice = Dice(seed: 1)
    for _ in 0..<50 {
      agents.shuffle(using: &dice)
      #expect(chosen(agents) == id(20))
    }
  }

  @Test("A free agent here comes before an idle one at a neighbour, a free neighbour before a full one here")
  func hereFirst() {
    let idleElsewhere = Office.agent(21, at: Office.lyon)
    #expect(chosen([idleElsewhere, Office.agent(11, open: 4)]) == id(11))
    #expect(chosen([idleElsewhere, Office.agent(11, open: 5)]) == id(21))
  }

  @Test("Of two neighbours the one with the least expected wait gets it: load, and the age of what is known")
  func leastExpectedWait() {
    let lyon = Office.agent(21, at: Office.lyon, open: 1)
    let bogota = Office.agent(31, at: Office.bogota, open: 0)
    #expect(chosen([lyon, bogota]) == id(31))
    // Six minutes without news weigh more than one ticket among five at once.
    var stale = Office.allUp
    stale[2].ageMilliseconds = 6 * Office.minute
    #expect(chosen([lyon, bogota], sites: stale) == id(21))
    stale[2].ageMilliseconds = 4 * Office.minute
    #expect(chosen([lyon, bogota], sites: stale) == id(31))
  }

  @Test("Nobody at an office whose link is down is considered, however idle")
  func unreachableSites() {
    var sites = Office.allUp
    sites[1].isReachable = false
    let agents = [Office.agent(21, at: Office.lyon), Office.agent(31, at: Office.bogota, open: 4)]
    #expect(chosen(agents, sites: sites) == id(31))
    #expect(reasons(agents, sites: sites).last == .excluded(.siteUnreachable))
    sites[2].isReachable = false
    #expect(chosen(agents, sites: sites) == nil)
  }

  @Test("An office nothing is known of is not considered")
  func unknownSites() {
    #expect(chosen([Office.agent(41, at: id(4))]) == nil)
    #expect(reasons([Office.agent(41, at: id(4))]) == [.excluded(.siteUnknown)])
    #expect(chosen([Office.agent(11)], sites: []) == nil)
  }

  @Test("A cut-off office still assigns to its own people")
  func cutOff() {
    let alone = Office.allUp.map { site in
      SiteKnowledge(site: site.site, node: site.node, isHere: site.isHere, isReachable: false, ageMilliseconds: 99)
    }
    #expect(chosen([Office.agent(11, open: 4), Office.agent(21, at: Office.lyon)], sites: alone) == id(11))
  }

  @Test(
    "Who takes nothing now is passed over and told why",
    arguments: [
      (Office.agent(11, isActive: false), Exclusion.deactivated),
      (Office.agent(11, isAvailable: false), .away),
      (Office.agent(11, capacity: 0), .noCapacity),
      (Office.agent(11, capacity: -3), .noCapacity),
      (Office.agent(11, open: 5), .full),
      (Office.agent(11, open: 9), .full),
      (Office.agent(11, isOnShift: false), .offShift),
      (Office.agent(11, open: -1), .absurdLoad),
      (Office.agent(11, open: 5, capacity: 100_001), .absurdLoad),
    ])
  func exclusions(agent: AgentLoad, reason: Exclusion) {
    #expect(chosen([agent]) == nil)
    #expect(reasons([agent]) == [.excluded(reason)])
    #expect(chosen([agent, Office.agent(12, open: 4)]) == id(12))
  }

  @Test("One ticket below the limit is free, at the limit is full")
  func bothSidesOfTheLimit() {
    #expect(Office.agent(11, open: 4, capacity: 5).isFree)
    #expect(!Office.agent(11, open: 5, capacity: 5).isFree)
    #expect(!Office.agent(11, open: 0, capacity: 0).isFree)
  }

  @Test("Nobody at all, or nobody free, leaves the ticket waiting with every reason")
  func nobody() {
    #expect(chosen([]) == nil)
    let agents = [Office.agent(12, isAvailable: false), Office.agent(11, open: 5)]
    #expect(chosen(agents) == nil)
    #expect(reasons(agents) == [.excluded(.full), .excluded(.away)])
  }

  @Test("A ticket with a category goes only to those who know it, one without to anybody")
  func skills() {
    let network = id(51)
    let expert = Office.agent(12, open: 4, skills: [network])
    let other = Office.agent(11, skills: [id(52)])
    let decision = assigner.onArrival(
      Office.ticket(100, category: network), agents: [other, expert], sites: Office.allUp, now: Office.now)
    #expect(decision?.agent.person == id(12))
    #expect(chosen([other, expert]) == id(11))
  }

  @Test("The inputs' extremes overflow nothing")
  func extremes() {
    let far = SiteKnowledge(site: Office.lyon, node: Office.node(Office.lyon), ageMilliseconds: .max)
    let policy = AssignmentPolicy(
      handlingMilliseconds: .max, handOverMilliseconds: .max, agePenaltyPerMille: .max)
    var ticket = Office.ticket(100)
    ticket.createdAt = .min
    let agents = [
      Office.agent(21, at: Office.lyon, open: .max - 1, capacity: .max), Office.agent(22, at: Office.lyon, open: .min),
      Office.agent(23, at: Office.lyon),
    ]
    let decision = Assigner(policy: policy).onArrival(ticket, agents: agents, sites: [far], now: .max)
    #expect(decision?.agent.person == id(23), "what cannot be true gives nobody work")
    ticket.createdAt = .max
    #expect(ticket.overdueRatio(now: .min) == 0)
  }

  @Test("The requester's language counts like a skill, and who declined is not asked again")
  func languageAndDeclines() {
    var ticket = Office.ticket(100)
    ticket.language = "es"
    ticket.declinedBy = [id(13)]
    let agents = [
      Office.agent(11, languages: ["fr"]), Office.agent(12, open: 4, languages: ["fr", "es"]), Office.agent(13),
    ]
    let choice = assigner.weighArrival(ticket, agents: agents, sites: Office.allUp, now: Office.now)
    #expect(choice.decision?.agent.person == id(12))
    #expect(choice.candidates.dropFirst().map(\.verdict) == [.excluded(.language), .excluded(.declined)])
    ticket.language = nil
    #expect(assigner.onArrival(ticket, agents: agents, sites: Office.allUp, now: Office.now)?.agent.person == id(11))
  }

  @Test("The requester's usual agent comes first among equals only, and only where the policy says so")
  func usualAgent() {
    var ticket = Office.ticket(100)
    ticket.usualAgent = id(12)
    func chosen(_ agents: [AgentLoad], _ limits: AssignmentLimits = AssignmentLimits()) -> EntityID? {
      Assigner(policy: AssignmentPolicy(limits: limits)).onArrival(
        ticket, agents: agents, sites: Office.allUp, now: Office.now)?.agent.person
    }
    let equals = [Office.agent(11, open: 1, last: 5), Office.agent(12, open: 1, last: 9)]
    #expect(chosen(equals) == id(12))
    #expect(chosen([Office.agent(11, open: 0), Office.agent(12, open: 1)]) == id(11))
    var without = AssignmentLimits()
    without.prefersUsualAgent = false
    #expect(chosen(equals, without) == id(11))
  }

  @Test("Among a thousand agents the best is found, and the list stays short")
  func shortList() {
    let agents = (0..<1000).map { Office.agent(1000 + $0, open: $0 == 700 ? 1 : 3, last: Int64($0)) }
    let choice = assigner.weighArrival(Office.ticket(100), agents: agents, sites: Office.allUp, now: Office.now)
    #expect(choice.decision?.agent.person == id(1700))
    #expect(choice.candidates.count == Assigner.candidatesMax)
    #expect(choice.omitted == 1000 - Assigner.candidatesMax)
  }
}
