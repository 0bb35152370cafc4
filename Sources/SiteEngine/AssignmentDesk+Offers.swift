import Assignment
import Helpdesk
import OperationLog
import Store
import Synchronization

/// Work that lies untouched: offered again when nobody says yes to it, and brought forward when somebody becomes free.
extension AssignmentDesk {
  /// Takes back what its agent did not answer in time or cannot answer, and gives it to somebody else where one is free.
  func offerAgain(_ situation: inout Situation) async throws {
    // Before the first deadline only a change of the directory can make an offer void or leave somebody with empty hands.
    let isTick = state.withLock { state in
      let isDue =
        state.offersLookedAtChanges != state.directoryChanges
        || clock.now - state.tickedAt >= Self.tickMilliseconds - 500
      if isDue {
        state.tickedAt = clock.now
        state.offersLookedAtChanges = situation.directoryChanges
      }
      return isDue
    }
    if !isTick {
      guard let due = try await store.nextAcceptanceDue(), due <= situation.now else { return }
    }
    let claims = try await store.untouchedClaims(limit: Self.waitingMax)
    if claims.isEmpty { return }
    let policy = situation.policy
    let work = claims.compactMap { Self.work($0, policy) }
    for offer in situation.assigner.reOffers(work, agents: situation.agents, now: situation.now) {
      try await reassign(offer, &situation)
    }
    try await rebalance(work, &situation)
  }

  private func reassign(_ offer: ReOffer, _ situation: inout Situation) async throws {
    guard try await withdraw(offer.work, Self.reason(offer.reason), &situation) else { return }
    var ticket = offer.ticket
    ticket.custodianStream = store.home.stream
    if try await !give(ticket, among: situation.agents, rule: .reOffer, &situation) {
      // It waits again, visible to all: whoever becomes free asks for it.
      state.withLock { _ = $0.arrived.insert(ticket.id) }
    }
  }

  /// Untouched work as the rules see it; each offer that lapsed doubles the time the next one has.
  private static func work(_ row: TicketRow, _ policy: AssignmentPolicy) -> AssignedWork? {
    guard let agent = row.assignee, let claimed = row.claimedAt, var ticket = ticket(row) else { return nil }
    ticket.declinedBy.removeAll { $0 == agent }
    let usual = policy.acceptanceMilliseconds(row.priority)
    let standard = row.priority.acceptanceMinutes * 60_000
    // How much longer than an undoubled offer this one runs, told by the row's own deadline.
    let factor = row.acceptanceDue.map { max(1, ($0 - claimed) / max(1, standard)) } ?? 1
    return AssignedWork(
      ticket: ticket, agent: agent, assignedAt: claimed + (min(factor, 16) - 1) * usual,
      isByPerson: row.claimRank == .person)
  }

  /// False when somebody has begun, or it was taken back already.
  private func withdraw(
    _ work: AssignedWork, _ reason: WithdrawalReason, _ situation: inout Situation
  ) async throws -> Bool {
    do {
      _ = try await store.execute(Command(actor: .system, body: .withdrawOffer(work.ticket.id, reason)))
    } catch is CommandRefusal {
      return false
    }
    if let index = situation.agents.firstIndex(where: { $0.person == work.agent }) {
      situation.agents[index].openAssigned = max(0, situation.agents[index].openAssigned - 1)
    }
    return true
  }

  private static func reason(_ reason: ReOfferReason) -> WithdrawalReason {
    switch reason {
    case .notAccepted: .expired
    case .away: .away
    case .offShift: .offShift
    case .deactivated: .deactivated
    case .overCapacity: .overCapacity
    }
  }

  /// An agent of this office who became free takes over what lies behind other work, where that spares the requester enough.
  private func rebalance(_ work: [AssignedWork], _ situation: inout Situation) async throws {
    // Only to empty hands: whoever has work of their own would hold it up just as well, and it would wander to and fro.
    let free = situation.agents.filter { $0.node == store.home.node && $0.isFree && $0.openAssigned == 0 }
    if free.isEmpty { return }
    // What waits comes before what is only badly placed.
    let waiting = try await store.waitingTicketIDs(limit: 1)
    guard waiting.isEmpty else { return }
    var left = work
    for agent in free {
      let choice = situation.assigner.rebalance(
        forFreeAgent: agent, assigned: left, agents: situation.agents, sites: situation.sites, now: situation.now)
      guard let decision = choice.decision(at: 0), let item = left.first(where: { $0.ticket.id == decision.ticket.id })
      else { continue }
      left.removeAll { $0.ticket.id == decision.ticket.id }
      if try await withdraw(item, .rebalanced, &situation) { try await carryOut(decision, &situation) }
    }
  }
}
