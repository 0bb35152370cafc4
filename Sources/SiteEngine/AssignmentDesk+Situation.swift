import Assignment
import Helpdesk
import Logging
import OperationLog
import Replication
import Store
import Synchronization

/// What one pass knows, and where it knows it from: this office exactly, the others as old as their last word.
extension AssignmentDesk {
  struct Situation {
    var now: Int64
    var policy: AssignmentPolicy
    var agents: [AgentLoad]
    var sites: [SiteKnowledge]
    /// Empty until it is asked for.
    var waiting: [WaitingTicket] = []
    /// What the neighbours' pings say of their load, by site.
    var loads: [EntityID: LoadSummary.Staffing] = [:]
    /// What they say of sites that are no neighbours.
    var far: [EntityID: FarSite] = [:]
    var knowsLanguages: Bool
    /// How often the directory had changed when this was read.
    var directoryChanges: Int

    var assigner: Assigner { Assigner(policy: policy) }
  }

  func situation() async throws -> Situation {
    let now = clock.wall
    let changes = state.withLock { $0.directoryChanges }
    var staff = try await staff()
    let counts = try await store.openCountsByAssignee()
    let peers = engine.peerFigures()
    let figures = Dictionary(peers.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    var far = farSites(peers, staff.sites, now: now)
    var loads: [EntityID: LoadSummary.Staffing] = [:]
    let known = staff.sites.compactMap { site -> SiteKnowledge? in
      guard let node = site.node else { return nil }
      let isHere = node == store.home.node
      let isNear = isHere || engine.isUp(node)
      // Of a neighbour and of this office nobody knows more than they say themselves.
      if isNear { far[site.id] = nil }
      let distant = far[site.id]
      let age = isHere ? 0 : distant?.ageMilliseconds ?? figures[node]?.lastContact.map { max(0, now - $0) } ?? 0
      if !isHere, let told = figures[node].flatMap({ LoadSummary($0.load) })?.staffing { loads[site.id] = told }
      return SiteKnowledge(
        site: site.id, node: node, isHere: isHere, isReachable: isNear || distant != nil, ageMilliseconds: age)
    }
    noteImplausible(loads, staff.sites)
    let last = noteReach(known)
    let agents = staff.workers.compactMap { person -> AgentLoad? in
      guard let site = person.site, let node = staff.nodes[site] else { return nil }
      let presence = staff.presence(of: person, at: now)
      return AgentLoad(
        person: person.id, site: site, node: node, isActive: person.isActive, isAvailable: person.isAvailable,
        isOnShift: presence.isOnShift, shiftEnd: presence.shiftEnd, nextShiftStart: presence.nextShiftStart,
        capacity: person.capacity, openAssigned: counts[person.id] ?? 0, lastAssignedAt: last[person.id],
        skills: person.skills.isEmpty ? nil : person.skills,
        // Only who says which languages they speak is bound by them.
        languages: person.spokenLanguages.isEmpty ? nil : [person.language] + person.spokenLanguages)
    }
    keep(staff)
    return Situation(
      now: now, policy: staff.policy, agents: agents, sites: known, loads: loads, far: far,
      knowsLanguages: staff.knowsLanguages, directoryChanges: changes)
  }

  /// Somebody is told of offices that report what cannot be true: they get nothing that is moved, and people there should know.
  private func noteImplausible(_ loads: [EntityID: LoadSummary.Staffing], _ sites: [Site]) {
    let found = sites.filter { site in
      loads[site.id].map { Self.ticketsAhead($0, of: .low) > Self.ticketsAheadMax } ?? false
    }
    let before = state.withLock { state in
      defer { state.implausible = Set(found.compactMap(\.node)) }
      return state.implausible
    }
    for site in found where !(site.node.map(before.contains) ?? true) {
      logger.warning("\(site.code) reports a load that cannot be true; no custody moves there until it reports another")
    }
  }

  /// Remembers since when each site is out of reach; returns who got work last and when.
  private func noteReach(_ sites: [SiteKnowledge]) -> [EntityID: Int64] {
    let now = clock.now
    return state.withLock { state in
      let before = state.unreachableSince
      state.unreachableSince = [:]
      for site in sites where !site.isReachable { state.unreachableSince[site.site] = before[site.site] ?? now }
      return state.lastAssignedAt
    }
  }

  private func staff() async throws -> DeskStaff {
    let (known, version) = state.withLock { ($0.staff, $0.directoryChanges) }
    if let known { return known }
    let sites = try await store.sites()
    let people = try await store.people(roleAtLeast: .agent, limit: 5000)
    let text = try await store.policyText(site: store.home.siteCode)
    let policy = text.flatMap { AssignmentPolicy(parsing: String(decoding: $0, as: UTF8.self)) }
    if text != nil, policy == nil { logger.warning("the assignment policy cannot be read; the usual one is used") }
    let staff = DeskStaff(
      sites: sites, people: people, calendars: try await store.calendars(), policy: policy ?? AssignmentPolicy(),
      zones: zones)
    state.withLock { state in
      // What changed while this was read is in the next look.
      if state.directoryChanges == version { state.staff = staff }
    }
    return staff
  }

  /// The directory is read again at the next look.
  func forgetStaff() {
    state.withLock { state in
      state.staff = nil
      state.directoryChanges += 1
    }
  }

  /// Keeps what was worked out of shifts, unless the directory has changed since.
  private func keep(_ staff: DeskStaff) {
    state.withLock { state in
      if state.staff != nil { state.staff = staff }
    }
  }

  /// The tickets nobody has, the most pressing first.
  ///
  /// What nobody can serve takes no place from the others, and however much waits at an office that is cut off, our own is seen.
  func waiting(_ situation: Situation, limit: Int = waitingMax) async throws -> [WaitingTicket] {
    let blocked = state.withLock { $0.unservable.count }
    let room = limit + min(blocked, Self.unservableMax)
    var rows = try await store.waitingTickets(limit: room)
    if rows.count == room {
      let seen = Set(rows.map(\.id))
      rows += try await store.ownWaitingTickets(limit: room).filter { !seen.contains($0.id) }
    }
    var languages: [EntityID: String] = [:]
    if situation.knowsLanguages {
      languages = try await store.people(Set(rows.compactMap(\.requester))).mapValues(\.language)
    }
    let concentration = state.withLock { $0.concentration }
    return rows.compactMap { row in
      Self.ticket(row, languages: languages, usual: row.requester.flatMap { concentration.usualAgent(of: $0) })
    }
  }

  /// Nil while its custody is on its way: nobody decides about it then.
  static func ticket(
    _ row: TicketRow, languages: [EntityID: String] = [:], usual: EntityID? = nil
  ) -> WaitingTicket? {
    guard let stream = row.custodianStream, let custodian = row.custodian else { return nil }
    return WaitingTicket(
      id: row.id, number: row.number, priority: row.priority, createdAt: row.createdAt, custodianStream: stream,
      custodianSite: custodian, category: row.category, queue: row.queue, site: row.site ?? custodian,
      language: row.requester.flatMap { languages[$0] }, usualAgent: usual, hops: row.hops,
      declinedBy: row.declinedBy + row.lapsedFor.filter { !row.declinedBy.contains($0) })
  }

  /// What each site has to offer a ticket.
  func outlooks(for ticket: WaitingTicket, _ situation: Situation) -> [SiteOutlook] {
    var ahead: [EntityID: Int] = [:]
    for other in situation.waiting where other.id != ticket.id && other.priority.rawValue <= ticket.priority.rawValue {
      ahead[other.custodianSite, default: 0] += 1
    }
    for agent in situation.agents { ahead[agent.site, default: 0] += max(0, agent.openAssigned) }
    let handling = state.withLock { $0.handling }
    let agents = Dictionary(grouping: situation.agents, by: \.site)
    return situation.sites.map { site in
      var ticketsAhead = ahead[site.site] ?? 0
      if let told = situation.loads[site.site] {
        // Their own word is fresher than the operations that have reached us.
        ticketsAhead = Self.ticketsAhead(told, of: ticket.priority)
      } else if let distant = situation.far[site.site] {
        // What comes by way of others may be older than the operations, or newer.
        ticketsAhead = max(ticketsAhead, distant.ticketsAhead)
      }
      return SiteOutlook(
        site, for: ticket, agents: agents[site.site] ?? [], ticketsAhead: ticketsAhead,
        handlingMilliseconds: handling.milliseconds(
          category: ticket.category, site: site.site, otherwise: situation.policy.handlingMilliseconds),
        policy: situation.policy, now: situation.now)
    }
  }

  /// Learns handling times and who usually helps whom from the latest ended work.
  func learn() async throws {
    let isDue = state.withLock { state in
      guard clock.now - state.learnedAt >= Self.learningMilliseconds else { return false }
      state.learnedAt = clock.now
      return true
    }
    guard isDue else { return }
    let work = try await store.endedWork()
    let people = try await store.people(Set(work.map(\.worker)))
    var handling = HandlingTimes()
    var concentration = AgentConcentration()
    for piece in work {
      if let site = people[piece.worker]?.site {
        handling.note(piece.endedAt - piece.beganAt, category: piece.category, site: site)
      }
      if let requester = piece.requester { concentration.note(requester: requester, agent: piece.worker) }
    }
    state.withLock { state in
      state.handling = handling
      state.concentration = concentration
    }
  }

  /// Lets the neighbours know with the next ping how busy this office is.
  func tellLoad(_ situation: Situation) async throws {
    // A ping goes every five seconds, and counting what waits costs the more the more there is.
    let isDue = state.withLock { state in
      guard clock.now - state.toldAt >= Self.loadMilliseconds else { return false }
      state.toldAt = clock.now
      return true
    }
    guard isDue else { return }
    tellSummaries(situation)
    let own = situation.agents.filter { $0.node == store.home.node && $0.isActive && $0.capacity > 0 }
    let present = own.filter { $0.isAvailable && $0.isOnShift }
    let waiting = try await store.waitingCounts()
    let byPriority = Priority.allCases.map { UInt64(clamping: waiting[$0] ?? 0) }
    let assigned = own.reduce(0) { $0 + max(0, $1.openAssigned) }
    let capacity = present.reduce(0) { $0 + min($1.capacity, 100_000) }
    let next = present.isEmpty ? own.compactMap(\.nextShiftStart).min() : situation.now
    let free = own.count(where: \.isFree)
    let total = byPriority.reduce(0, +)
    var wait: UInt64? = free > 0 && total == 0 ? 0 : nil
    if free == 0, capacity > 0 {
      let handling = situation.policy.handlingMilliseconds
      let work = Int64(clamping: total).multipliedReportingOverflow(by: handling)
      wait = work.overflow ? nil : UInt64(clamping: work.partialValue / Int64(max(1, present.count)) / 1000)
    }
    let load = LoadSummary(
      waitingTickets: total, freeAgents: UInt64(clamping: free), expectedWaitSeconds: wait,
      staffing: LoadSummary.Staffing(
        waitingByPriority: byPriority, assignedTickets: UInt64(clamping: assigned),
        capacityOnShift: UInt64(clamping: capacity),
        secondsUntilShift: next.map { UInt64(clamping: max(0, $0 - situation.now) / 1000) }))
    let isNew = state.withLock { state in
      defer { state.told = load }
      return state.told != load
    }
    if isNew { engine.tell(.loadChanged(load)) }
  }
}
