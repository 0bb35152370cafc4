import Helpdesk
import Logging
package import OperationLog
import SiteEngine
import Store
package import WebServer

/// Presence, reachability, and what assignment says of a ticket, for the pages.
extension RunningNode {
  package func presence(at ticket: EntityID) -> [TicketPresence] {
    presenceBoard.present(at: ticket).map { entry in
      TicketPresence(
        person: entry.person, node: entry.node, isWriting: entry.isWriting, isLastKnown: entry.isLastKnown)
    }
  }

  package func notePresence(_ ticket: EntityID, of person: EntityID, _ activity: PresenceActivity) {
    switch activity {
    case .viewing: presenceBoard.note(ticket, person: person, .viewing)
    case .writing: presenceBoard.note(ticket, person: person, .writing)
    case .left: presenceBoard.note(ticket, person: person, .left)
    }
  }

  package func onPresenceChanged(_ listener: @escaping @Sendable (EntityID) -> Void) {
    presenceBoard.onChange(listener)
  }

  package func unservable(_ ticket: EntityID) -> String? { desk.unservable(ticket) }

  package func canReach(_ site: EntityID) async -> Bool {
    do {
      guard let node = try await store.sites().first(where: { $0.id == site })?.node else { return false }
      return node == keys.node || engine.isUp(node)
    } catch {
      logger.error("the sites could not be read: \(error)")
      // Who cannot be asked is not bypassed either.
      return true
    }
  }
}
