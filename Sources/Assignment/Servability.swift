import OperationLog

/// Whether anybody can help with a ticket at all.
package enum Servability: Hashable, Sendable {
  /// Somebody suitable is at work, perhaps busy.
  case now
  /// Somebody suitable comes on shift then, milliseconds UTC.
  case later(at: Int64)
  /// Nobody can, as far as is known: the ticket stays visible and somebody is alarmed.
  case never(Unservable)
}

/// Why nobody can help with a ticket; raw values are keys of texts and never change meaning.
package enum Unservable: String, CaseIterable, Hashable, Sendable {
  /// There is no active agent at all.
  case noAgents = "no_agents"
  /// No agent takes work by automation.
  case noCapacity = "no_capacity"
  /// Nobody in the company knows the category.
  case unskilled = "no_skill"
  /// Nobody who knows the category speaks the requester's language.
  case language = "no_language"
  /// Everybody suitable has declined it.
  case declined = "declined_by_all"
  /// Everybody suitable is at an office that cannot be reached.
  case cutOff = "cut_off"
  /// Everybody suitable is away, and nobody knows until when.
  case absent = "everybody_absent"
  /// Everybody suitable is off shift, and no calendar says when somebody comes.
  case noCalendar = "no_calendar"
  /// What the suitable offices report cannot be true.
  case absurdLoad = "absurd_load"
}

extension Assigner {
  /// Says whether anybody can help, from the agents and sites known; the first reason that empties the list counts.
  package func servability(
    of ticket: WaitingTicket, agents: [AgentLoad], sites: [SiteKnowledge], now: Int64
  ) -> Servability {
    var able = agents.filter(\.isActive)
    let steps: [(Unservable, (AgentLoad) -> Bool)] = [
      (.noAgents, { _ in true }), (.noCapacity, { $0.capacity > 0 }),
      (.unskilled, { $0.isSkilled(for: ticket.category) }), (.language, { $0.speaks(ticket.language) }),
      (.declined, { !ticket.declinedBy.contains($0.person) }), (.absurdLoad, { $0.isPlausible }),
    ]
    for (reason, isKept) in steps {
      able = able.filter(isKept)
      if able.isEmpty { return .never(reason) }
    }
    let known = SiteKnowledge.index(sites)
    able = able.filter { known[$0.site]?.isReachable ?? false }
    if able.isEmpty { return .never(.cutOff) }
    if able.contains(where: { $0.isOnShift && $0.isAvailable }) { return .now }
    // Of somebody who is away nobody knows when they come back, whatever their shifts are.
    if let start = able.filter(\.isAvailable).compactMap(\.nextShiftStart).min() { return .later(at: max(start, now)) }
    return .never(able.contains { $0.isOnShift || !$0.isAvailable } ? .absent : .noCalendar)
  }
}
