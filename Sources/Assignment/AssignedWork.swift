package import OperationLog

/// A ticket that an agent has, as far as taking it back or offering it again needs to know it.
package struct AssignedWork: Hashable, Sendable {
  package var ticket: WaitingTicket
  package var agent: EntityID
  /// Milliseconds UTC.
  package var assignedAt: Int64
  /// True when the agent said yes to it.
  package var isAccepted: Bool
  /// True when a person has worked on it: such work is never taken away by automation.
  package var isStarted: Bool
  /// True when a person, not a rule, gave it to the agent: it is left where it is.
  package var isByPerson: Bool

  package init(
    ticket: WaitingTicket, agent: EntityID, assignedAt: Int64, isAccepted: Bool = false, isStarted: Bool = false,
    isByPerson: Bool = false
  ) {
    self.ticket = ticket
    self.agent = agent
    self.assignedAt = assignedAt
    self.isAccepted = isAccepted
    self.isStarted = isStarted
    self.isByPerson = isByPerson
  }
}

/// Assigned work that has to be offered again, and why.
package struct ReOffer: Hashable, Sendable {
  package var work: AssignedWork
  package var reason: ReOfferReason

  package init(work: AssignedWork, reason: ReOfferReason) {
    self.work = work
    self.reason = reason
  }

  /// The ticket as it looks for somebody again: not for the agent who let it lie.
  package var ticket: WaitingTicket {
    var ticket = work.ticket
    if !ticket.declinedBy.contains(work.agent) { ticket.declinedBy.append(work.agent) }
    return ticket
  }
}

/// Why untouched work is offered again; raw values are keys of texts and never change meaning.
package enum ReOfferReason: String, CaseIterable, Hashable, Sendable {
  /// Nobody said yes within the priority's time.
  case notAccepted = "not_accepted"
  /// The agent has gone away.
  case away
  /// The agent's shift has ended.
  case offShift = "off_shift"
  case deactivated
  /// Two offices gave the agent work at the same time, more than the agent takes.
  case overCapacity = "over_capacity"
}
