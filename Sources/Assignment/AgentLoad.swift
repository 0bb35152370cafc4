package import Helpdesk
package import OperationLog

/// What is known of one agent when a ticket looks for somebody; at the agent's own node exact, elsewhere as old as
/// `SiteKnowledge` says.
package struct AgentLoad: Hashable, Sendable {
  package var person: EntityID
  package var site: EntityID
  /// The node that serves the agent's site.
  package var node: NodeID
  /// False for a deactivated person.
  package var isActive: Bool
  /// True when the agent is present and takes work; false for away.
  package var isAvailable: Bool
  /// True inside the agent's working hours; a person without a calendar counts as on shift.
  package var isOnShift: Bool
  /// When the present shift ends, milliseconds UTC; nil when unknown or off shift.
  package var shiftEnd: Int64?
  /// When the next shift begins, milliseconds UTC; nil when none is known.
  package var nextShiftStart: Int64?
  /// Tickets the agent works on at most at the same time; 0 or less takes nothing.
  package var capacity: Int
  /// Tickets assigned to the agent that are not resolved.
  package var openAssigned: Int
  /// When the agent was last given a ticket, milliseconds UTC; nil means never.
  package var lastAssignedAt: Int64?
  /// Categories the agent knows; nil means every one.
  package var skills: [EntityID]?
  /// Languages the agent speaks, as codes such as `es`; nil means every one.
  package var languages: [String]?

  package init(
    person: EntityID, site: EntityID, node: NodeID, isActive: Bool = true, isAvailable: Bool = true,
    isOnShift: Bool = true, shiftEnd: Int64? = nil, nextShiftStart: Int64? = nil, capacity: Int, openAssigned: Int,
    lastAssignedAt: Int64? = nil, skills: [EntityID]? = nil, languages: [String]? = nil
  ) {
    self.person = person
    self.site = site
    self.node = node
    self.isActive = isActive
    self.isAvailable = isAvailable
    self.isOnShift = isOnShift
    self.shiftEnd = shiftEnd
    self.nextShiftStart = nextShiftStart
    self.capacity = capacity
    self.openAssigned = openAssigned
    self.lastAssignedAt = lastAssignedAt
    self.skills = skills
    self.languages = languages
  }

  /// The load of a person of the directory, whose roles the caller has checked.
  package init(
    _ person: Person, site: EntityID, node: NodeID, openAssigned: Int, lastAssignedAt: Int64? = nil
  ) {
    self.init(
      person: person.id, site: site, node: node, isActive: person.isActive && person.role >= .agent,
      isAvailable: person.isAvailable, capacity: person.capacity, openAssigned: openAssigned,
      lastAssignedAt: lastAssignedAt)
  }

  /// True when the agent would take one more ticket now.
  package var isFree: Bool { isActive && isAvailable && isOnShift && openAssigned < capacity && isPlausible }

  /// True when the agent knows the category; a ticket without one suits everybody.
  package func isSkilled(for category: EntityID?) -> Bool {
    guard let category, let skills else { return true }
    return skills.contains(category)
  }

  /// True when the agent speaks the language; a ticket without one suits everybody.
  package func speaks(_ language: String?) -> Bool {
    guard let language, let languages else { return true }
    return languages.contains(language)
  }

  /// False for figures that no office has, such as a negative count: nobody is given work on their ground.
  package var isPlausible: Bool { openAssigned >= 0 && openAssigned <= 100_000 && capacity <= 100_000 }
}
