/// Why somebody or something was not considered; raw values are part of records and keys of their texts.
package enum Exclusion: String, CaseIterable, Hashable, Sendable {
  /// Nothing is known of the office.
  case siteUnknown = "site_unknown"
  /// The link to the office is down.
  case siteUnreachable = "site_unreachable"
  case deactivated
  /// Off shift or away.
  case away
  /// The agent takes no work by automation.
  case noCapacity = "no_capacity"
  /// As many open tickets as the agent takes.
  case full
  /// The agent does not know the category.
  case unskilled
}

/// What a rule thought of one candidate.
package enum Verdict: Hashable, Sendable {
  /// For an agent the expected wait in milliseconds (less is better), for a ticket its overdue ratio in thousandths
  /// (more is better).
  case eligible(score: Int64)
  case excluded(Exclusion)

  package var isEligible: Bool {
    if case .eligible = self { true } else { false }
  }
}

/// An agent who was considered for a ticket.
package struct AgentCandidate: Hashable, Sendable {
  package var agent: AgentLoad
  package var verdict: Verdict

  package init(agent: AgentLoad, verdict: Verdict) {
    self.agent = agent
    self.verdict = verdict
  }
}

/// A ticket that was considered for a free agent.
package struct TicketCandidate: Hashable, Sendable {
  package var ticket: WaitingTicket
  package var verdict: Verdict

  package init(ticket: WaitingTicket, verdict: Verdict) {
    self.ticket = ticket
    self.verdict = verdict
  }
}

/// The rules that assign; raw values are part of records and of the entries' identifiers, and never change meaning.
package enum AssignmentRule: String, CaseIterable, Hashable, Sendable {
  /// A new ticket found a free agent.
  case arrival
  /// An agent who became free took the most overdue ticket.
  case lateBinding = "late-binding"
}
