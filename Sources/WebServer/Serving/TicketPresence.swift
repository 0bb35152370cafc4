package import OperationLog

/// What somebody does at a ticket's page.
package enum PresenceActivity: String, Sendable, CaseIterable {
  case viewing
  case writing
  case left
}

/// Somebody at a ticket's page, at any office.
package struct TicketPresence: Hashable, Sendable {
  package var person: EntityID
  /// The node at which they work, for the name of the office.
  package var node: NodeID
  package var isWriting: Bool
  /// True when their office cannot be reached, so that nobody knows whether this still holds.
  package var isLastKnown: Bool

  package init(person: EntityID, node: NodeID, isWriting: Bool, isLastKnown: Bool) {
    self.person = person
    self.node = node
    self.isWriting = isWriting
    self.isLastKnown = isLastKnown
  }
}

extension NodeServices {
  /// Who is at a ticket's page now, writers first.
  package func presence(at ticket: EntityID) -> [TicketPresence] { [] }

  /// Notes what somebody does at a ticket's page; forgotten by itself after half a minute.
  package func notePresence(_ ticket: EntityID, of person: EntityID, _ activity: PresenceActivity) {}

  /// Calls back when who is at a ticket's page may have changed, on some thread: return at once.
  package func onPresenceChanged(_ listener: @escaping @Sendable (EntityID) -> Void) {}

  /// Why nobody can serve a ticket of this office's custody, as the key of its text; nil where somebody can.
  package func unservable(_ ticket: EntityID) -> String? { nil }

  /// True when the node that serves the site can be reached now.
  package func canReach(_ site: EntityID) async -> Bool { true }
}
