import Assignment
import Helpdesk
import OperationLog

/// How long one decision takes, on this machine, now.
struct DecisionTiming {
  let medianMicroseconds: Double
  let p90Microseconds: Double
  /// What a node is told of its best candidates, in bytes.
  let summaryBytes: Int
  /// The same every five seconds as a share of a 64 kbit/s line.
  let linkPercent: Double

  /// Whole decisions: the short list, the agents, the record.
  static func measure(sites count: Int, decisions: Int) -> DecisionTiming {
    let policy = AssignmentPolicy()
    let assigner = Assigner(policy: policy)
    let now = CaseWorlds.monday
    var chance = Chance(seed: 9, purpose: 9)
    let sites = (0..<count).map { number in
      SiteKnowledge(
        site: CaseWorlds.site(number), node: NodeID(high: 1, low: UInt64(number)), isHere: number == 0,
        ageMilliseconds: Int64(chance.number(0..<10_000)))
    }
    let agents = (0..<count * 4).map { number in
      AgentLoad(
        person: CaseWorlds.person(number), site: sites[number / 4].site, node: sites[number / 4].node, capacity: 1,
        openAssigned: number < 4 ? 1 : chance.number(0..<8) == 0 ? 0 : 1)
    }
    let outlooks = sites.indices.map { site in
      SiteOutlook(
        site: sites[site], ticketsAhead: chance.number(0..<3), eligibleAgents: 4,
        freeAgents: agents[site * 4..<site * 4 + 4].count { $0.isFree }, onShiftAt: now, capacityPerMille: 4000)
    }
    let places = Dictionary(uniqueKeysWithValues: sites.enumerated().map { ($1.site, $0) })
    var times: [Double] = []
    var bytes = 0
    let clock = ContinuousClock()
    for number in 0..<max(1, decisions) {
      let ticket = WaitingTicket(
        id: EntityID(high: 1, low: UInt64(number)), number: "T-\(number)", priority: .normal, createdAt: now - 1000,
        custodianStream: .zero, custodianSite: sites[0].site, site: sites[0].site)
      let took = clock.measure {
        let best = assigner.shortlist(for: sites[0].site, among: outlooks, now: now)
        let near = [0] + best.compactMap { places[$0.site.site] }
        let choice = assigner.onArrival(
          ticket, agents: near.flatMap { agents[$0 * 4..<$0 * 4 + 4] }, sites: near.map { sites[$0] }, now: now)
        bytes += choice?.record.utf8.count ?? 0
      }
      times.append(Double(took.components.attoseconds) / 1e12 + Double(took.components.seconds) * 1e6)
    }
    precondition(bytes > 0, "a decision was made each time")
    times.sort()
    let told = SiteSummaries.bytes(
      of: assigner.shortlist(for: sites[0].site, among: outlooks, now: now), policy: policy, now: now)
    return DecisionTiming(
      medianMicroseconds: Waits.quantile(times, 0.5), p90Microseconds: Waits.quantile(times, 0.9),
      summaryBytes: told.count, linkPercent: 200 * Double(told.count) * 8 / 5 / 64_000)
  }
}
