/// Why somebody or something was not considered; raw values are part of records and keys of their texts.
package enum Exclusion: String, CaseIterable, Hashable, Sendable {
  /// Nothing is known of the office.
  case siteUnknown = "site_unknown"
  /// The link to the office is down.
  case siteUnreachable = "site_unreachable"
  case deactivated
  /// Present but not taking work, or absent.
  case away
  /// Outside the agent's working hours.
  case offShift = "off_shift"
  /// The agent takes no work by automation.
  case noCapacity = "no_capacity"
  /// As many open tickets as the agent takes.
  case full
  /// The agent, or everybody at the office, does not know the category.
  case unskilled
  /// The agent does not speak the requester's language.
  case language
  /// The agent declined it or let it lie.
  case declined
  /// The load that is reported cannot be true.
  case absurdLoad = "absurd_load"
  /// Nobody at the office could take it, now or later.
  case noAgents = "no_agents"
  /// Nobody is known to come on shift there.
  case noCalendar = "no_calendar"
  /// It would gain too little by moving there.
  case noGain = "no_gain"
  /// It has moved by itself as often as it may.
  case hopLimit = "hop_limit"
  /// A person has worked on it: automation leaves it.
  case started
  /// A person gave it to its agent: automation leaves it.
  case byPerson = "by_person"
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
  /// Nobody accepted it, or its agent went: it was offered again.
  case reOffer = "re-offer"
  /// An agent who became free took work that lay untouched behind other work.
  case rebalance
  /// Its custodian was cut off with nobody on shift, and a central site took it over.
  case takeOver = "take-over"
  /// Custody moved to another site, where somebody will answer sooner.
  case push

  /// True for rules that give one ticket to the best of several agents.
  var choosesAgent: Bool { self == .arrival || self == .reOffer || self == .takeOver }
}
