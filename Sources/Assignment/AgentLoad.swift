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
  /// True when the agent is on shift and takes work.
  package var isAvailable: Bool
  /// Tickets the agent works on at most at the same time; 0 or less takes nothing.
  package var capacity: Int
  /// Tickets assigned to the agent that are not resolved.
  package var openAssigned: Int
  /// When the agent was last given a ticket, milliseconds UTC; nil means never.
  package var lastAssignedAt: Int64?
  /// Categories the agent knows; nil means every one.
  package var skills: [EntityID]?

  package init(
    person: EntityID, site: EntityID, node: NodeID, isActive: Bool = true, isAvailable: Bool = true, capacity: Int,
    openAssigned: Int, lastAssignedAt: Int64? = nil, skills: [EntityID]? = nil
  ) {
    self.person = person
    self.site = site
    self.node = node
    self.isActive = isActive
    self.isAvailable = isAvailable
    self.capacity = capacity
    self.openAssigned = openAssigned
    self.lastAssignedAt = lastAssignedAt
    self.skills = skills
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
  package var isFree: Bool { isActive && isAvailable && openAssigned < capacity }

  /// True when the agent knows the category; a ticket without one suits everybody.
  package func isSkilled(for category: EntityID?) -> Bool {
    guard let category, let skills else { return true }
    return skills.contains(category)
  }
}
