package import Helpdesk
package import OperationLog

/// A ticket as it came in some time ago, for playing the time again.
package struct PastTicket: Hashable, Sendable {
  /// Milliseconds UTC.
  package var arrivesAt: Int64
  /// What handling it took, milliseconds of one agent.
  package var workMilliseconds: Int64
  /// Where it was opened.
  package var site: EntityID
  package var category: EntityID?
  package var priority: Priority

  package init(
    arrivesAt: Int64, workMilliseconds: Int64, site: EntityID, category: EntityID? = nil, priority: Priority = .normal
  ) {
    self.arrivesAt = arrivesAt
    self.workMilliseconds = min(max(1, workMilliseconds), 30 * AssignmentPolicy.day)
    self.site = site
    self.category = category
    self.priority = priority
  }
}

/// An agent as the roster has it, for playing a time again: one ticket in work at a time.
package struct RosterAgent: Hashable, Sendable {
  package var person: EntityID
  package var site: EntityID
  /// Nil knows every category.
  package var skills: [EntityID]?
  /// Working times, milliseconds UTC, ascending and apart; nil is always.
  package var shifts: [Range<Int64>]?

  package init(person: EntityID, site: EntityID, skills: [EntityID]? = nil, shifts: [Range<Int64>]? = nil) {
    self.person = person
    self.site = site
    self.skills = skills
    self.shifts = shifts
  }
}

/// A change of a link between two sites, by their places in `ReplayWorld.sites`.
package struct LinkChange: Hashable, Sendable {
  /// Milliseconds UTC.
  package var at: Int64
  package var first: Int
  package var second: Int
  package var isUp: Bool

  package init(at: Int64, first: Int, second: Int, isUp: Bool) {
    self.at = at
    self.first = first
    self.second = second
    self.isUp = isUp
  }
}

/// Everything a replay needs: tickets, people, links and delays. The first site is the central one.
package struct ReplayWorld: Sendable {
  package var sites: [EntityID]
  package var agents: [RosterAgent]
  /// In the order of their arrival.
  package var tickets: [PastTicket]
  /// The pairs that have a link, by place; nil is every pair, so that only `linkChanges` empty makes sense.
  package var links: [(Int, Int)]?
  /// In the order of their time; all links are up before the first.
  package var linkChanges: [LinkChange] = []
  /// One way between two sites.
  package var messageMilliseconds: ClosedRange<Int64> = 0...0
  /// How old what a site knows of another's load is on average; between half and one and a half of it.
  package var knowledgeMilliseconds: Int64 = 0
  /// Work that is lost when an agent of another site takes a ticket.
  package var handOverMilliseconds: Int64 = 0
  /// Of how many other sites each is told the load (`Assigner.shortlist`); nil of all.
  package var summaries: Int?
  /// Of 1,000 looks of an idle person at a late ticket of a cut-off site so many end with taking it over.
  package var takeOversPerMille = 0
  /// Moves the random delays and choices.
  package var seed: UInt64 = 1

  package init(sites: [EntityID], agents: [RosterAgent], tickets: [PastTicket]) {
    self.sites = sites
    self.agents = agents
    self.tickets = tickets
  }
}

/// What a replay came to.
package struct ReplayOutcome: Sendable {
  /// Per ticket, in the order of `ReplayWorld.tickets`: when an agent began, nil when nobody had at the end.
  package var startedAt: [Int64?]
  /// The agent who began first, by the place in `ReplayWorld.agents`; only `AssignmentReplay` says it.
  package var agents: [Int?] = []
  /// The most that one ticket moved by itself.
  package var hopsMost = 0
  /// Tickets that an agent of another site took.
  package var handOvers = 0
  /// Frames that assignment sent over links, without load summaries.
  package var messages = 0
  /// Offers that found their agent busy.
  package var declined = 0
  /// Custody that moved ahead of pull.
  package var pushes = 0
  /// Tickets that somebody took over from a cut-off site.
  package var takeOvers = 0
  /// Times that two people worked on one ticket while cut off from each other.
  package var forks = 0
  /// Tickets with two people at work who could reach each other, a moment after their link healed.
  package var doubleAfterHealing = 0
  /// The most tickets that one site's agents had in hand or on the way to them.
  package var inHandMost = 0
  /// Of that the average over sites and time, thousandths.
  package var inHandMeanPerMille: Int64 = 0
  /// The handling times learned by the end, milliseconds, by site.
  package var learnedMilliseconds: [Int64] = []

  package init(startedAt: [Int64?]) { self.startedAt = startedAt }
}
