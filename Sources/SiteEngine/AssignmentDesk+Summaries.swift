import Assignment
import Helpdesk
import OperationLog
import Replication
import Store
import Synchronization

/// Sites that are no neighbours: what the neighbours' pings tell of them, and what ours tell of those we know.
extension AssignmentDesk {
  /// What is told of a farther site grows this much older with each node on the way: a figure waits for the next ping, and a
  /// ping stands until the one after it. So what is known is never older than it says.
  static let forwardingMilliseconds: Int64 = 10_000
  /// Older word of a farther site counts no more. In a ring of nodes this ends the echo of a site that has gone.
  package static let farMillisecondsMax: Int64 = 90_000
  /// Of more sites than fit, so many with the least expected wait are told; the others are those where the most waits,
  /// because their tickets are asked for.
  static let bestToldMax = 12

  /// A site that a neighbour reaches.
  struct FarSite: Hashable {
    /// The neighbour that told of it last.
    var via: NodeID
    var ageMilliseconds: Int64
    /// Open tickets there, waiting and assigned.
    var ticketsAhead: Int
  }

  /// What live neighbours told of other sites, each as fresh as anybody told it.
  func farSites(_ figures: [PeerFigures], _ sites: [Site], now: Int64) -> [EntityID: FarSite] {
    var far: [EntityID: FarSite] = [:]
    let known = sites.map(\.id)
    for peer in figures where engine.isUp(peer.node) {
      guard let load = LoadSummary(peer.load), !load.others.isEmpty,
        let told = SiteSummaries.reading(load.others, sites: known)
      else { continue }
      let heard = peer.lastContact.map { min(max(0, now - $0), Self.farMillisecondsMax) } ?? 0
      for site in told {
        let age = Int64(min(site.ageSeconds, 1_000_000)) * 1000 + heard + Self.forwardingMilliseconds
        if age > Self.farMillisecondsMax { continue }
        if let before = far[site.site], before.ageMilliseconds <= age { continue }
        far[site.site] = FarSite(
          via: peer.node, ageMilliseconds: age, ticketsAhead: Int(min(site.waitingTickets, 1_000_000)))
      }
    }
    return far
  }

  /// Lets each neighbour know with the next ping what the other sites have to offer that can be reached from here.
  func tellSummaries(_ situation: Situation) {
    var agents: [EntityID: [AgentLoad]] = [:]
    for agent in situation.agents { agents[agent.site, default: []].append(agent) }
    let handling = state.withLock { $0.handling }
    let outlooks = situation.sites.filter { $0.isReachable && !$0.isHere }.map { site in
      SiteOutlook(
        site, for: .newest(at: site.site, now: situation.now), agents: agents[site.site] ?? [],
        ticketsAhead: situation.loads[site.site].map { Self.ticketsAhead($0, of: .low) }
          ?? situation.far[site.site]?.ticketsAhead ?? 0,
        handlingMilliseconds: handling.milliseconds(
          category: nil, site: site.site, otherwise: situation.policy.handlingMilliseconds),
        policy: situation.policy, now: situation.now)
    }
    var told: [NodeID: [UInt8]] = [:]
    for receiver in outlooks where situation.far[receiver.site.site] == nil {
      let node = receiver.site.node
      // What a neighbour told us is not told back to it.
      let others = outlooks.filter { $0.site.node != node && situation.far[$0.site.site]?.via != node }
      if others.isEmpty || told[node] != nil { continue }
      told[node] = SiteSummaries.bytes(
        of: chosen(others, for: receiver.site.site, situation), policy: situation.policy, now: situation.now)
    }
    let isNews = state.withLock { state in
      defer { state.isFarTold = !told.isEmpty }
      return state.isFarTold || !told.isEmpty
    }
    if isNews { engine.tell(.summariesChanged(told)) }
  }

  private func chosen(_ outlooks: [SiteOutlook], for receiver: EntityID, _ situation: Situation) -> [SiteOutlook] {
    if outlooks.count <= SiteSummaries.sitesMax { return outlooks }
    let best = situation.assigner.shortlist(
      for: receiver, among: outlooks, count: Self.bestToldMax, now: situation.now)
    let named = Set(best.map(\.site.site))
    let busiest = outlooks.filter { !named.contains($0.site.site) }
      .sorted { ($1.ticketsAhead, $0.site.site) < ($0.ticketsAhead, $1.site.site) }
    return best + busiest.prefix(SiteSummaries.sitesMax - best.count)
  }

  /// What an office says comes before a ticket of this priority.
  static func ticketsAhead(_ told: LoadSummary.Staffing, of priority: Priority) -> Int {
    let counts = told.waitingByPriority.prefix(Int(priority.rawValue)) + [told.assignedTickets]
    return Int(
      clamping: counts.reduce(UInt64(0)) { sum, count in
        let (more, overflow) = sum.addingReportingOverflow(count)
        return overflow ? .max : more
      })
  }
}

extension WaitingTicket {
  /// A ticket that everybody could take, after all others there are.
  fileprivate static func newest(at site: EntityID, now: Int64) -> WaitingTicket {
    WaitingTicket(
      id: .zero, number: "", priority: .low, createdAt: now, custodianStream: .zero, custodianSite: site, site: site)
  }
}
