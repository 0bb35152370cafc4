import Assignment
import Helpdesk
import OperationLog
import Testing

/// Small companies of chance: the rules hold in all of them, whatever the links do.
@Suite("Past tickets are played again by the same rules")
struct ReplayTests {
  private static let hour: Int64 = 3_600_000

  private func world(seed: UInt64, hasLinks: Bool = false, hasShifts: Bool = true) -> ReplayWorld {
    var dice = Dice(seed: seed)
    let sites = (1...5).map { id(UInt64($0)) }
    let agents = (0..<10).map { number in
      let start = Int64(number % 3) * 3 * Self.hour
      let shifts = (0..<3).map { day in
        let from = Int64(day) * 24 * Self.hour + start
        return from..<(from + 12 * Self.hour)
      }
      return RosterAgent(
        person: id(50 + UInt64(number)), site: sites[number % 5],
        skills: number % 4 == 0 ? nil : [id(90 + UInt64(number % 2))], shifts: hasShifts ? shifts : nil)
    }
    var at: Int64 = 0
    let tickets = (0..<250).map { _ in
      at += .random(in: 1...(8 * Office.minute), using: &dice)
      return PastTicket(
        arrivesAt: at, workMilliseconds: .random(in: 1...(60 * Office.minute), using: &dice),
        site: sites[Int.random(in: 0..<12, using: &dice) % 5], category: id(.random(in: 90...91, using: &dice)),
        priority: Priority.allCases.randomElement(using: &dice) ?? .low)
    }
    var world = ReplayWorld(sites: sites, agents: agents, tickets: tickets)
    world.messageMilliseconds = 20...150
    world.knowledgeMilliseconds = Bool.random(using: &dice) ? 40_000 : 120_000
    world.seed = seed
    if hasLinks {
      world.links = (1..<5).map { (0, $0) }
      world.takeOversPerMille = 300
      for site in 1..<5 {
        var moment = Int64.random(in: 0...Self.hour, using: &dice)
        while moment < 30 * Self.hour {
          let burst = Int64.random(in: 60_000...(3 * Self.hour), using: &dice)
          world.linkChanges.append(LinkChange(at: moment, first: 0, second: site, isUp: false))
          world.linkChanges.append(LinkChange(at: moment + burst, first: 0, second: site, isUp: true))
          moment += burst + .random(in: 1...(4 * Self.hour), using: &dice)
        }
      }
      world.linkChanges.sort { ($0.at, $0.second) < ($1.at, $1.second) }
    }
    return world
  }

  @Test("No able agent on shift sits idle for more than a few messages while a ticket waits")
  func workConserving() {
    for seed in 1...4 {
      let world = world(seed: UInt64(seed))
      let outcome = AssignmentReplay.run(world)
      var busy = Array(repeating: [Range<Int64>](), count: world.agents.count)
      for (index, ticket) in world.tickets.enumerated() {
        guard let start = outcome.startedAt[index], let agent = outcome.agents[index] else {
          Issue.record("seed \(seed): ticket \(index) was left")
          continue
        }
        #expect(start >= ticket.arrivesAt)
        #expect(world.agents[agent].skills?.contains(ticket.category ?? .zero) ?? true)
        busy[agent].append(start..<(start + ticket.workMilliseconds))
      }
      for periods in busy.map({ $0.sorted { $0.lowerBound < $1.lowerBound } }) {
        for (first, second) in zip(periods, periods.dropFirst()) {
          #expect(first.upperBound <= second.lowerBound, "seed \(seed): two tickets at once")
        }
      }
      expectNobodyIdle(world, outcome, busy, seed)
    }
  }

  private func expectNobodyIdle(
    _ world: ReplayWorld, _ outcome: ReplayOutcome, _ busy: [[Range<Int64>]], _ seed: Int
  ) {
    for (index, ticket) in world.tickets.enumerated() {
      guard let start = outcome.startedAt[index] else { continue }
      var moment = ticket.arrivesAt + 1_500
      while moment < start - 1_500 {
        let around = (moment - 1_500)..<(moment + 1_500)
        let idle = world.agents.indices.filter { agent in
          world.agents[agent].skills?.contains(ticket.category ?? .zero) ?? true
            && world.agents[agent].shifts?.contains {
              $0.lowerBound <= around.lowerBound && around.upperBound <= $0.upperBound
            }
              ?? true
            && !busy[agent].contains { $0.overlaps(around) }
        }
        #expect(idle.isEmpty, "seed \(seed): ticket \(index) waits while agents \(idle) are idle at \(moment)")
        moment += 5 * Office.minute
      }
    }
  }

  @Test("The same world gives the same outcome, and a reader's order of nothing else changes it")
  func deterministic() {
    for seed in [3, 4] as [UInt64] {
      let world = world(seed: seed, hasLinks: true)
      let first = AssignmentReplay.run(world)
      let second = AssignmentReplay.run(world)
      #expect(first.startedAt == second.startedAt)
      #expect(first.agents == second.agents)
      #expect(first.messages == second.messages)
    }
  }

  @Test("With links that come and go nothing is lost, nothing moves too often, and nobody works twice after healing")
  func brokenLinks() {
    var forks = 0
    var takeOvers = 0
    for seed in 1...6 {
      let outcome = AssignmentReplay.run(world(seed: UInt64(seed), hasLinks: true))
      #expect(outcome.startedAt.allSatisfy { $0 != nil }, "seed \(seed)")
      #expect(outcome.doubleAfterHealing == 0, "seed \(seed)")
      #expect(outcome.hopsMost <= 3, "seed \(seed)")
      forks += outcome.forks
      takeOvers += outcome.takeOvers
    }
    #expect(takeOvers > 0, "the case is worth its name")
    #expect(forks > 0, "the case is worth its name")
  }

  @Test("A dry run shows what a policy would have meant: without moves nobody is moved, and nothing else is invented")
  func dryRun() {
    var world = world(seed: 9)
    world.knowledgeMilliseconds = 60_000
    var still = AssignmentLimits()
    still.hopsMax = 0
    let present = AssignmentPolicy()
    let dry = PolicyDryRun(world, present: present, proposed: AssignmentPolicy(limits: still))
    #expect(dry.present == PolicyDryRun.play(world, present))
    #expect(dry.present.tickets == 250 && dry.proposed.tickets == 250)
    #expect(dry.present.service.count + dry.present.unserved == 250)
    #expect(dry.present.pushes > 0)
    #expect(dry.proposed.pushes == 0)
  }

  @Test("An empty week, and one without people, give an answer")
  func empty() {
    let nothing = ReplayWorld(sites: [], agents: [], tickets: [])
    #expect(PolicyDryRun.play(nothing, AssignmentPolicy()).tickets == 0)
    let alone = ReplayWorld(
      sites: [id(1)], agents: [], tickets: [PastTicket(arrivesAt: 5, workMilliseconds: -3, site: id(1))])
    let result = PolicyDryRun.play(alone, AssignmentPolicy())
    #expect(result.unserved == 1 && result.meanWaitMilliseconds == 0)
  }
}
