import Foundation
import GRDB
import Helpdesk
import OperationLog
import Store

extension Ledger {
  /// With desks at work and links whole: a ticket that waits although somebody is free to take it, in words; nil where there
  /// is none. Worked out with plain SQL from what a node shows, by none of the rules that the desk uses. Administrators get
  /// nothing by themselves where there are agents.
  ///
  /// Nodes that were set back or copied wait for a person or for each other before they decide anything, so that nothing is
  /// asked of a cluster that has some. Throws `DatabaseError`.
  func ticketLeftWaiting(at node: SimulatedNode) throws -> String? {
    guard let store = node.store, restored.isEmpty, copied.isEmpty else { return nil }
    return try store.readNow { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, name FROM person WHERE role IN (?, ?) AND active <> 0 AND available <> 0 AND site IS NOT NULL
            AND capacity > (SELECT count(*) FROM ticket WHERE assignee = person.id AND status = 0)
          """, arguments: [Int64(Role.agent.rawValue), Int64(Role.lead.rawValue)])
      var free: [EntityID: String] = [:]
      for row in rows {
        if let id = EntityID(bytes: row["id"] as Data) { free[id] = row["name"] }
      }
      if free.isEmpty { return nil }
      let waiting = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, number, state FROM ticket WHERE status < 2 AND assignee IS NULL AND number <> '' AND channel <> ?
            AND custodian_stream IS NOT NULL
          """, arguments: [Int64(Channel.imported.rawValue)])
      while let row = try waiting.next() {
        guard let id = EntityID(bytes: row["id"] as Data) else { continue }
        let ticket = Ticket(id: id, state: try EntityState(decoding: [UInt8](row["state"] as Data)))
        let able = free.filter { !ticket.declinedBy.contains($0.key) }
        if able.isEmpty { continue }
        let names = able.values.sorted().joined(separator: ", ")
        return "\(row["number"] as String) waits, offers of it lapsed \(ticket.lapsedFor.count) times, free: \(names)"
      }
      return nil
    }
  }
}
