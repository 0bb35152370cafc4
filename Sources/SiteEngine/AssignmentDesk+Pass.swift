import Assignment
import Helpdesk
import OperationLog
import Replication
import Store
import Synchronization

/// One look at everything: what is due, what waits, who is free.
extension AssignmentDesk {
  /// Looks once at everything and decides what can be decided; one pass at a time. Throws `StoreFailure`.
  package func pass() async throws {
    // Set back or copied, this node may have decided before what it does not know yet.
    guard store.mayWriteAutomatically else { return }
    let (requests, isSurvey) = state.withLock { state in
      defer { state.requests = [] }
      let isDue = clock.now - state.surveyedAt >= Self.surveyMilliseconds
      if isDue { state.surveyedAt = clock.now }
      return (state.requests, isDue)
    }
    try await learn()
    var situation = try await situation()
    try await settleHandOvers(situation)
    try await offerAgain(&situation)
    if situation.agents.contains(where: \.isFree) || isSurvey {
      situation.waiting = try await waiting(situation)
      // Here first: a neighbour may ask for a ticket before this office has looked at it.
      try await giveOut(&situation)
      for request in requests { try await grant(request.ticket, to: request.agent, &situation) }
      if isSurvey { try await survey(&situation) }
      try await askNeighbours(situation)
      state.withLock { state in
        let open = Set(situation.waiting.map(\.id))
        state.arrived.formIntersection(open)
      }
    } else {
      try await noteArrivals()
    }
    try await tellLoad(situation)
  }

  /// What the planted bug `hoardTickets` does.
  private var isHoarding: Bool { store.powers.plantedBugs.contains(.hoardTickets) }

  /// With nobody free there is nothing to decide, only to remember that these tickets have been there.
  private func noteArrivals() async throws {
    let waiting = Set(try await store.waitingTicketIDs(limit: Self.waitingMax))
    state.withLock { $0.arrived = waiting }
  }

  /// Gives what waits in our custody to whoever is free.
  private func giveOut(_ situation: inout Situation) async throws {
    guard situation.agents.contains(where: \.isFree) else {
      let waiting = Set(situation.waiting.map(\.id))
      return state.withLock { $0.arrived = waiting }
    }
    let own = situation.waiting.filter { store.isOwn($0.custodianStream) }
      .sorted { ($1.overdueRatio(now: situation.now), $0.id) < ($0.overdueRatio(now: situation.now), $1.id) }
    for ticket in own {
      // A new ticket is offered everywhere at once; later only agents of this office take it by themselves,
      // others ask for it, so that nobody is given work by two custodians at the same time.
      let isNew = state.withLock { $0.arrived.insert(ticket.id).inserted }
      let agents = isNew && !isHoarding ? situation.agents : situation.agents.filter { $0.node == store.home.node }
      try await give(ticket, among: agents, rule: .arrival, &situation)
    }
  }

  /// Gives one ticket to the best of these agents; true when somebody got it.
  ///
  /// Who let an offer of it lapse comes last, not never: there may be nobody else.
  @discardableResult
  func give(
    _ ticket: WaitingTicket, among agents: [AgentLoad], rule: AssignmentRule, _ situation: inout Situation
  ) async throws -> Bool {
    let assigner = situation.assigner
    if let decision = assigner.onArrival(
      ticket, agents: agents, sites: situation.sites, now: situation.now, rule: rule)
    {
      return try await carryOut(decision, &situation)
    }
    guard !ticket.declinedBy.isEmpty, let row = try await store.row(ticket.id), !row.lapsedFor.isEmpty else {
      return false
    }
    var again = ticket
    again.declinedBy = row.declinedBy
    let decision = assigner.onArrival(
      again, agents: agents, sites: situation.sites, now: situation.now, rule: .reOffer)
    guard let decision else { return false }
    return try await carryOut(decision, &situation)
  }

  /// Writes the decision; false when the ticket has changed so that nothing is left to do.
  @discardableResult
  func carryOut(_ decision: AssignmentDecision, _ situation: inout Situation) async throws -> Bool {
    do {
      _ = try await store.execute(
        Command(actor: .system, body: .assignAutomatically(decision.ticket.id, decision.assignment)))
    } catch is CommandRefusal {
      // Somebody took, closed or assigned it in the meantime.
      return false
    }
    let agent = decision.agent.person
    if let index = situation.agents.firstIndex(where: { $0.person == agent }) {
      situation.agents[index].openAssigned += 1
      situation.agents[index].lastAssignedAt = situation.now
    }
    state.withLock { state in
      state.lastAssignedAt[agent] = situation.now
      state.unservable[decision.ticket.id] = nil
    }
    situation.waiting.removeAll { $0.id == decision.ticket.id }
    return true
  }

  // MARK: Asking neighbours, and being asked

  /// For each free agent of this office: asks the custodian of the most overdue ticket elsewhere, one request at a time.
  func askNeighbours(_ situation: Situation) async throws {
    if isHoarding { return }
    try await noteAnswers(situation)
    let reachable = situation.sites.count(where: \.isReachable)
    let elsewhere = situation.waiting.filter { ticket in
      !store.isOwn(ticket.custodianStream)
        && AskingTurn.has(
          store.home.site, for: ticket.id, waitedMilliseconds: situation.now - min(ticket.createdAt, situation.now),
          reachableSites: reachable)
    }
    if elsewhere.isEmpty { return }
    let now = clock.now
    var taken = Set(state.withLock { $0.asked.values.filter { $0.deadline > now }.map(\.ticket) })
    for agent in situation.agents where agent.node == store.home.node && agent.isFree {
      let isWaiting = state.withLock { ($0.asked[agent.person]?.deadline ?? 0) > now }
      if isWaiting { continue }
      let choice = situation.assigner.nextTicket(
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

  /// Whoever got what was asked for them may be asked for again at once: with one ticket in each time an answer may take, a
  /// shift that begins would fill slowly.
  private func noteAnswers(_ situation: Situation) async throws {
    let waiting = Set(situation.waiting.map(\.id))
    let gone = state.withLock { $0.asked.filter { !waiting.contains($0.value.ticket) } }
    for (agent, request) in gone {
      guard try await store.row(request.ticket)?.assignee == agent else { continue }
      state.withLock { state in
        if state.asked[agent]?.ticket == request.ticket { state.asked[agent] = nil }
      }
    }
  }

  func take(_ message: RelayedMessage) {
    guard message.topic == Self.topic, message.bytes.count == 32,
      let ticket = EntityID(bytes: message.bytes.prefix(16)), let agent = EntityID(bytes: message.bytes.suffix(16))
    else { return }
    state.withLock { state in
      // Bounded: a neighbour that asks faster than we answer asks again later.
      if state.requests.count < 1_000 { state.requests.append((ticket, agent)) }
    }
    yield()
  }

  /// A neighbour's free agent asks for a ticket of ours; the most overdue one that still waits is theirs.
  private func grant(_ ticket: EntityID, to agent: EntityID, _ situation: inout Situation) async throws {
    guard let load = situation.agents.first(where: { $0.person == agent }), load.isFree else { return }
    let own = situation.waiting.filter { store.isOwn($0.custodianStream) }
    let wanted = own.filter { $0.id == ticket }
    let choice = situation.assigner.nextTicket(
      forFreeAgent: load, waiting: wanted.isEmpty ? own : wanted, sites: situation.sites, now: situation.now)
    guard let decision = choice.decision(at: 0) else { return }
    try await carryOut(decision, &situation)
  }
}
