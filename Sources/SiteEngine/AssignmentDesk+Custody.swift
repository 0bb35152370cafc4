import Assignment
import Helpdesk
import Logging
import OperationLog
import Store
import Synchronization

/// Custody on its way: acknowledged, taken back, handed on where nobody here can serve a ticket, taken over from an office
/// that is cut off and deserted.
extension AssignmentDesk {
  /// Says that we have what was handed to us, and takes back what nobody said to have.
  func settleHandOvers(_ situation: Situation) async throws {
    for row in try await store.movingTickets(limit: Self.waitingMax) {
      guard let site = row.custodian, let known = situation.sites.first(where: { $0.site == site }) else { continue }
      if known.isHere {
        try await execute(.acknowledgeHandOver(row.id))
      } else if let from = row.custodyFrom, store.isOwn(from), let since = row.custodyAt {
        let patience = known.isReachable ? Self.acknowledgementMilliseconds : Self.acknowledgementMilliseconds / 3
        if situation.now - since > patience { try await execute(.takeBackHandOver(row.id)) }
      }
    }
  }

  /// Looks at everything that waits: what is better off elsewhere, what is stranded, and what nobody can serve.
  func survey(_ situation: inout Situation) async throws {
    var unservable: [EntityID: Unservable] = [:]
    for ticket in situation.waiting {
      if !store.isOwn(ticket.custodianStream) {
        try await takeOver(ticket, &situation)
        continue
      }
      var asked = ticket
      // A lapsed offer is no refusal.
      if !ticket.declinedBy.isEmpty { asked.declinedBy = try await store.row(ticket.id)?.declinedBy ?? [] }
      if case .never(let reason) = situation.assigner.servability(
        of: asked, agents: situation.agents, sites: situation.sites, now: situation.now)
      {
        unservable[ticket.id] = reason
      } else {
        try await push(ticket, &situation)
      }
    }
    let previous = state.withLock { state in
      defer { state.unservable = unservable }
      return state.unservable
    }
    tell(unservable.filter { previous[$0.key] != $0.value })
  }

  /// One line of the log a reason, however many tickets it is true of.
  private func tell(_ unservable: [EntityID: Unservable]) {
    let byReason = Dictionary(grouping: unservable.sorted { $0.key < $1.key }, by: \.value.rawValue)
    for (reason, tickets) in byReason.sorted(by: { $0.key < $1.key }) {
      let named = tickets.prefix(3).map(\.key.description).joined(separator: ", ")
      let what = tickets.count == 1 ? "ticket" : "\(tickets.count) tickets, among them"
      logger.warning("nobody can serve \(what) \(named): \(reason)")
    }
  }

  /// Hands custody on where pull cannot help: nobody comes on shift here in time.
  private func push(_ ticket: WaitingTicket, _ situation: inout Situation) async throws {
    // With people here who could take it, it waits for them, visible to all.
    let isServedHere = situation.agents.contains { agent in
      agent.node == store.home.node && agent.isActive && agent.isAvailable && agent.isOnShift && agent.capacity > 0
        && agent.isSkilled(for: ticket.category) && agent.speaks(ticket.language)
        && !ticket.declinedBy.contains(agent.person)
    }
    if isServedHere { return }
    var random = random()
    let choice = situation.assigner.weighPush(
      ticket, outlooks: outlooks(for: ticket, situation), now: situation.now, random: &random)
    guard let decision = choice.decision else { return }
    let handOver = AutomaticHandOver(
      site: decision.site.site, rule: decision.rule.rawValue, record: decision.record)
    if try await execute(.handOverAutomatically(ticket.id, handOver)) {
      situation.waiting.removeAll { $0.id == ticket.id }
    }
  }

  /// At a central office: takes over what waits where, as far as is known, nobody is and no link leads.
  private func takeOver(_ ticket: WaitingTicket, _ situation: inout Situation) async throws {
    guard isCentral, let site = situation.sites.first(where: { $0.site == ticket.custodianSite }), !site.isReachable,
      let since = state.withLock({ $0.unreachableSince[site.site] }), clock.now - since >= Self.cutOffMilliseconds,
      let custodian = outlooks(for: ticket, situation).first(where: { $0.site.site == site.site })
    else { return }
    let refusal = situation.assigner.takeOverRefusal(
      of: ticket, isStarted: false, custodian: custodian, by: .centralSite, now: situation.now)
    guard refusal == nil else { return }
    let takeOver = TakeOver(reason: "unreachable", isCustodianReachable: false)
    guard try await execute(.takeOver(ticket.id, takeOver)) else { return }
    var own = ticket
    own.custodianStream = store.home.stream
    own.custodianSite = store.home.site
    try await give(own, among: situation.agents, rule: .takeOver, &situation)
  }

  /// Carries out a rule's command; false when things have changed so that nothing is left to do.
  @discardableResult
  private func execute(_ body: CommandBody) async throws -> Bool {
    do {
      _ = try await store.execute(Command(actor: .system, body: body))
      return true
    } catch is CommandRefusal {
      return false
    }
  }
}
