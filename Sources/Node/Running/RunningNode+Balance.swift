import Assignment
import Helpdesk
import Logging
import OperationLog
import Replication
import SiteEngine
import Status
import Store
package import WebServer

extension RunningNode {
  package func serviceClock() async throws -> ServiceClock {
    let sites = try await store.sites()
    return ServiceClock(
      roster: Roster(sites: sites, calendars: try await store.calendars(), zones: zones), sites: sites)
  }

  package func siteStandings() async throws -> [SiteStanding] {
    let now = clock.wall
    let situation = try await balanceSituation(now: now)
    let waits = try await desk.expectedWaits()
    return situation.sites.map { standing(of: $0, waits[$0.id], in: situation, now: now) }
  }

  /// A node that has just started has links to make and changes to fetch before it measures anything.
  private static let firstBalanceSeconds = 15

  /// Measures the balance of the sites every few minutes, until cancelled: reading four weeks costs too much to do it with
  /// every status.
  func keepBalance() async throws {
    let interval = configuration.balance.intervalSeconds
    let reports = ServiceReports(store: store)
    try await Task.sleep(for: .seconds(min(interval, Self.firstBalanceSeconds)))
    while !Task.isCancelled {
      // Of what is still on its way nothing can be said.
      guard caughtUp() else {
        try await Task.sleep(for: .seconds(15))
        continue
      }
      do {
        balanceWatch.note(try await measureBalance(reports))
      } catch let error where !(error is CancellationError) {
        logger.warning("the balance of the sites could not be measured, it is tried again: \(error)")
      }
      try await Task.sleep(for: .seconds(interval))
    }
  }

  private func measureBalance(_ reports: ServiceReports) async throws -> BalanceStatus {
    let now = clock.wall
    let company = try await store.policies().first { $0.key == PolicyText.company }?.text
    let policy = company.map { ReportPolicy(text: String(decoding: $0, as: UTF8.self)) } ?? ReportPolicy()
    let report = try await reports.report(
      ServiceReports.Question(basis: .answer, from: now - 28 * 86_400_000, to: now, policy: policy),
      clock: try await serviceClock())
    let sites = try await store.sites()
    let names = Dictionary(sites.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let lines = Dictionary(report.lines.map { ($0.site, $0) }, uniquingKeysWith: { first, _ in first })
    func figures(_ line: EqualServiceReport.Line?, _ site: Site?, _ standing: SiteStanding?)
      -> BalanceStatus.SiteFigures
    {
      BalanceStatus.SiteFigures(
        site: site?.code, name: site?.name,
        waiting: standing.map { Int64($0.waiting) } ?? line.map { Int64($0.figures.waiting) },
        onShift: standing.map { Int64($0.onShift) }, expectedWaitSeconds: standing?.expectedWaitSeconds,
        indexMedian: line?.medianPerMille.map { Double($0) / 1000 },
        indexP90: line?.p90PerMille.map { Double($0) / 1000 }, count: line.map { Int64($0.figures.count) },
        isUneven: line.map { $0.standing == .slower || $0.standing == .faster })
    }
    var measured = try await siteStandings().map { figures(lines[$0.site], names[$0.site], $0) }
    if let remote = lines[nil] { measured.append(figures(remote, nil, nil)) }
    return BalanceStatus(measuredAt: UTCMoment(milliseconds: now), sites: measured)
  }

  /// Everything the figures of the sites follow from, read once.
  private struct BalanceSituation {
    var sites: [Site]
    var waiting: [EntityID: SiteWaiting]
    var workers: [EntityID: [AgentLoad]]
    var links: [NodeID: PeerFigures]
    var stated: [NodeID: Int64]
  }

  private func balanceSituation(now: Int64) async throws -> BalanceSituation {
    let sites = try await store.sites()
    let policy = try await companyPolicy()
    // Who works now is what the assignment desk believes, so that the page explains what it does.
    var staff = DeskStaff(
      sites: sites, people: try await store.people(roleAtLeast: .agent, limit: 5_000),
      calendars: try await store.calendars(), policy: policy, zones: zones)
    let counts = try await store.openCountsByAssignee()
    var workers: [EntityID: [AgentLoad]] = [:]
    for person in staff.workers where person.isActive {
      guard let site = person.site, let node = staff.nodes[site] else { continue }
      let presence = staff.presence(of: person, at: now)
      workers[site, default: []].append(
        AgentLoad(
          person: person.id, site: site, node: node, isActive: true, isAvailable: person.isAvailable,
          isOnShift: presence.isOnShift, shiftEnd: presence.shiftEnd,
          // Of somebody who is away nobody knows when they come back.
          nextShiftStart: person.isAvailable ? presence.nextShiftStart : nil, capacity: person.capacity,
          openAssigned: counts[person.id] ?? 0))
    }
    return BalanceSituation(
      sites: sites, waiting: try await store.waitingBySite(), workers: workers,
      links: Dictionary(
        engine.peerFigures().filter(\.isNeighbour).map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first }),
      stated: Dictionary(
        engine.distantFigures().map { ($0.node, $0.statedWall) },
        uniquingKeysWith: { first, second in max(first, second) }))
  }

  private func companyPolicy() async throws -> AssignmentPolicy {
    let text = try await store.policies().first { $0.key == PolicyText.company }?.text
    return text.flatMap { AssignmentPolicy(parsing: String(decoding: $0, as: UTF8.self)) } ?? AssignmentPolicy()
  }

  private func standing(
    of site: Site, _ wait: Int64?, in situation: BalanceSituation, now: Int64
  ) -> SiteStanding {
    let workers = situation.workers[site.id] ?? []
    let present = workers.filter { $0.isOnShift && $0.isAvailable && $0.capacity > 0 }
    let waiting = situation.waiting[site.id] ?? SiteWaiting(waiting: 0, open: 0, oldestOpenedAt: nil)
    let (link, currentAt) = freshness(of: site, in: situation, now: now)
    return SiteStanding(
      site: site.id, waiting: waiting.waiting, open: waiting.open, oldestWaitingAt: waiting.oldestOpenedAt,
      onShift: present.count, capacity: present.reduce(0) { $0 + min($1.capacity, 100_000) },
      assigned: present.reduce(0) { $0 + $1.openAssigned },
      expectedWaitSeconds: wait.map { $0 / 1000 }, link: link, currentAt: currentAt)
  }

  /// How current the site's data is here (B9): what is served here is as it is; of a live neighbour from whom nothing is
  /// outstanding everything is known up to its last word; of all others what they last said.
  private func freshness(
    of site: Site, in situation: BalanceSituation, now: Int64
  ) -> (link: SiteStanding.Link, currentAt: Int64?) {
    guard let node = site.node else { return (.unknown, nil) }
    if node == keys.node { return (.here, now) }
    guard let peer = situation.links[node] else {
      return situation.stated[node].map { (.distant, min($0, now)) } ?? (.unknown, nil)
    }
    let heard = peer.lastContact.map { min($0, now) }
    switch peer.link {
    case .live where peer.inOperations == 0: return (.live, heard)
    case .live, .catchingUp: return (.slow, peer.inSince.map { min($0, now) } ?? heard)
    default: return (.down, heard)
    }
  }
}
