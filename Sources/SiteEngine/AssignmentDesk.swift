import Assignment
import Helpdesk
package import Logging
import OperationLog
import Replication
package import Store
import Synchronization

/// Gives waiting tickets to free agents: at once on arrival, late to whoever becomes free here, and on request of a neighbour.
///
/// Only tickets of which this node is the custodian are assigned here; for a free agent of this office a neighbour's most
/// overdue ticket is asked of its custodian, which decides, so that two requests for one ticket meet at one place.
package final class AssignmentDesk: Sendable {
  /// Tickets looked at in one pass; the most overdue come first.
  static let waitingMax = 500
  /// How long a neighbour may take to answer before another ticket is asked for.
  static let requestMilliseconds: Int64 = 5_000
  /// The least time between two passes: each looks at everything that waits, however much has come in.
  static let passMilliseconds: Int64 = 100
  /// The least time between two looks at how much waits.
  static let loadMilliseconds: Int64 = 5_000
  static let topic = "assign/next"

  private let store: SiteStore
  private let engine: SiteEngine
  private let clock: any EngineClock
  private let logger: Logger
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  private let state = Mutex(DeskState())

  private struct DeskState {
    /// Requests of neighbours that wait for the next pass: ticket and agent.
    var requests: [(ticket: EntityID, agent: EntityID)] = []
    /// What we asked of neighbours, by agent: the ticket and the deadline.
    var asked: [EntityID: (ticket: EntityID, deadline: Int64)] = [:]
    /// Tickets that have been offered to every site on arrival.
    var arrived: Set<EntityID> = []
    var lastAssignedAt: [EntityID: Int64] = [:]
    /// What the neighbours were told last, and when that was looked at.
    var told: LoadSummary?
    var toldAt = Int64.min / 2
  }

  package init(store: SiteStore, engine: SiteEngine, clock: any EngineClock, logger: Logger) {
    self.store = store
    self.engine = engine
    self.clock = clock
    self.logger = logger
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    store.onCommit { [waker] change in
      if !change.tickets.isEmpty || change.directoryChanged { waker.yield() }
    }
    engine.onPeerChanged { [waker] _, _ in waker.yield() }
    engine.onDelivered { [weak self] message in self?.take(message) }
  }

  /// Looks at what waits until cancelled: on every change, and every few seconds for deadlines.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [waker] in
        while !Task.isCancelled {
          waker.yield()
          try await Task.sleep(for: .seconds(5))
        }
      }
      for await _ in wake {
        do {
          try await pass()
        } catch let error where !(error is CancellationError) {
          logger.error("assignment could not be carried out, it is tried again: \(error)")
        }
        if Task.isCancelled { break }
        // The first change is looked at in the instant, those that follow at once together.
        try await Task.sleep(for: .milliseconds(Self.passMilliseconds))
      }
      group.cancelAll()
    }
  }

  // MARK: One pass

  private struct Situation {
    var agents: [AgentLoad]
    var sites: [SiteKnowledge]
    var waiting: [WaitingTicket]
    var now: Int64
  }

  private func pass() async throws {
    // Set back or copied, this node may have decided before what it does not know yet.
    guard store.mayWriteAutomatically else { return }
    let requests = state.withLock { state in
      defer { state.requests = [] }
      return state.requests
    }
    var situation = try await situation()
    guard situation.agents.contains(where: \.isFree) else {
      try await noteArrivals()
      return try await tellLoad(situation)
    }
    situation.waiting = try await waiting()
    for request in requests { try await grant(request.ticket, to: request.agent, &situation) }
    let own = situation.waiting.filter { store.isOwn($0.custodianStream) }
      .sorted { ($1.overdueRatio(now: situation.now), $0.id) < ($0.overdueRatio(now: situation.now), $1.id) }
    for ticket in own {
      // A new ticket is offered everywhere at once; later only agents of this office take it by themselves,
      // others ask for it, so that nobody is given work by two custodians at the same time.
      let isNew = state.withLock { $0.arrived.insert(ticket.id).inserted }
      let agents = isNew ? situation.agents : situation.agents.filter { $0.node == store.home.node }
      let decision = Assigner().onArrival(ticket, agents: agents, sites: situation.sites, now: situation.now)
      if let decision { try await carryOut(decision, &situation) }
    }
    askNeighbours(situation)
    state.withLock { state in
      let open = Set(situation.waiting.map(\.id))
      state.arrived.formIntersection(open)
    }
    try await tellLoad(situation)
  }

  /// Lets the neighbours know with the next ping how busy this office is.
  private func tellLoad(_ situation: Situation) async throws {
    // A ping goes every five seconds, and counting what waits costs the more the more there is.
    let isDue = state.withLock { state in
      guard clock.now - state.toldAt >= Self.loadMilliseconds else { return false }
      state.toldAt = clock.now
      return true
    }
    guard isDue else { return }
    let free = situation.agents.filter { $0.node == store.home.node && $0.isFree }.count
    let waiting = try await store.waitingCount()
    let load = LoadSummary(
      waitingTickets: UInt64(clamping: waiting), freeAgents: UInt64(clamping: free), expectedWaitSeconds: nil)
    let isNew = state.withLock { state in
      defer { state.told = load }
      return state.told != load
    }
    if isNew { engine.tell(.loadChanged(load)) }
  }

  /// With nobody free there is nothing to decide, only to remember that these tickets have been there.
  private func noteArrivals() async throws {
    let waiting = Set(try await store.waitingTicketIDs(limit: Self.waitingMax))
    state.withLock { $0.arrived = waiting }
  }

  private func carryOut(_ decision: AssignmentDecision, _ situation: inout Situation) async throws {
    do {
      _ = try await store.execute(
        Command(actor: .system, body: .assignAutomatically(decision.ticket.id, decision.assignment)))
    } catch is CommandRefusal {
      // Somebody took, closed or assigned it in the meantime: nothing is left to do.
      return
    }
    let agent = decision.agent.person
    if let index = situation.agents.firstIndex(where: { $0.person == agent }) {
      situation.agents[index].openAssigned += 1
      situation.agents[index].lastAssignedAt = situation.now
    }
    state.withLock { $0.lastAssignedAt[agent] = situation.now }
    situation.waiting.removeAll { $0.id == decision.ticket.id }
  }

  private func situation() async throws -> Situation {
    let now = clock.wall
    let sites = try await store.sites()
    let people = try await workers()
    let counts = try await store.openCountsByAssignee()
    let figures = Dictionary(engine.peerFigures().map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    let known = sites.compactMap { site -> SiteKnowledge? in
      guard let node = site.node else { return nil }
      let isHere = node == store.home.node
      let age = isHere ? 0 : figures[node]?.lastContact.map { max(0, now - $0) } ?? 0
      return SiteKnowledge(
        site: site.id, node: node, isHere: isHere, isReachable: isHere || engine.isUp(node), ageMilliseconds: age)
    }
    let nodes = Dictionary(known.map { ($0.site, $0.node) }, uniquingKeysWith: { first, _ in first })
    let last = state.withLock { $0.lastAssignedAt }
    let agents = people.compactMap { person -> AgentLoad? in
      guard let site = person.site, let node = nodes[site] else { return nil }
      return AgentLoad(
        person: person.id, site: site, node: node, isActive: person.isActive, isAvailable: person.isAvailable,
        capacity: person.capacity, openAssigned: counts[person.id] ?? 0, lastAssignedAt: last[person.id])
    }
    return Situation(agents: agents, sites: known, waiting: [], now: now)
  }

  private func waiting() async throws -> [WaitingTicket] {
    try await store.waitingTickets(limit: Self.waitingMax).compactMap { row in
      guard let stream = row.custodianStream, let custodian = row.custodian else { return nil }
      return WaitingTicket(
        id: row.id, number: row.number, priority: row.priority, createdAt: row.createdAt, custodianStream: stream,
        custodianSite: custodian, category: row.category, queue: row.queue, site: row.site ?? custodian)
    }
  }

  /// Agents and leads; administrators get work from automation only where there is nobody else.
  private func workers() async throws -> [Person] {
    let people = try await store.people(roleAtLeast: .agent, limit: 5000)
    let others = people.filter { $0.role != .admin && $0.isActive }
    return others.isEmpty ? people : others
  }

  // MARK: Asking neighbours, and being asked

  /// For each free agent of this office: asks the custodian of the most overdue ticket elsewhere, one request at a time.
  private func askNeighbours(_ situation: Situation) {
    let elsewhere = situation.waiting.filter { !store.isOwn($0.custodianStream) }
    if elsewhere.isEmpty { return }
    let now = clock.now
    var taken = Set(state.withLock { $0.asked.values.filter { $0.deadline > now }.map(\.ticket) })
    for agent in situation.agents where agent.node == store.home.node && agent.isFree {
      let isWaiting = state.withLock { ($0.asked[agent.person]?.deadline ?? 0) > now }
      if isWaiting { continue }
      let choice = Assigner().nextTicket(
        forFreeAgent: agent, waiting: elsewhere.filter { !taken.contains($0.id) }, sites: situation.sites,
        now: situation.now)
      guard let best = choice.candidates.first?.ticket,
        let node = situation.sites.first(where: { $0.site == best.custodianSite })?.node
      else { continue }
      taken.insert(best.id)
      state.withLock { $0.asked[agent.person] = (best.id, now + Self.requestMilliseconds) }
      engine.relay(to: node, topic: Self.topic, best.id.bytes + agent.person.bytes)
    }
  }

  private func take(_ message: RelayedMessage) {
    guard message.topic == Self.topic, message.bytes.count == 32,
      let ticket = EntityID(bytes: message.bytes.prefix(16)), let agent = EntityID(bytes: message.bytes.suffix(16))
    else { return }
    state.withLock { state in
      // Bounded: a neighbour that asks faster than we answer asks again later.
      if state.requests.count < 1_000 { state.requests.append((ticket, agent)) }
    }
    waker.yield()
  }

  /// A neighbour's free agent asks for a ticket of ours; the most overdue one that still waits is theirs.
  private func grant(_ ticket: EntityID, to agent: EntityID, _ situation: inout Situation) async throws {
    guard let load = situation.agents.first(where: { $0.person == agent }), load.isFree else { return }
    let own = situation.waiting.filter { store.isOwn($0.custodianStream) }
    let wanted = own.filter { $0.id == ticket }
    let choice = Assigner().nextTicket(
      forFreeAgent: load, waiting: wanted.isEmpty ? own : wanted, sites: situation.sites, now: situation.now)
    guard let decision = choice.decision(at: 0) else { return }
    try await carryOut(decision, &situation)
  }
}
