import Foundation
import GRDB
import Helpdesk
import OperationLog

/// What deciding reads, from inside the write transaction.
struct TransactionReading: DecisionReading {
  let db: Database
  let writer: StoreWriter

  var home: Home { writer.home }

  func ticket(_ id: EntityID) throws -> Ticket? {
    try writer.workingTicket(id, db).map { Ticket(id: id, state: $0.state) }
  }

  func person(_ id: EntityID) throws -> Person? { try writer.person(id, db) }
  func site(_ id: EntityID) throws -> Site? { try DirectoryRows.site(id, db) }
  func category(_ id: EntityID) throws -> Helpdesk.Category? { try DirectoryRows.category(id, db) }
  func queue(_ id: EntityID) throws -> Queue? { try DirectoryRows.queue(id, db) }
  func token(_ id: EntityID) throws -> AccessToken? { try DirectoryRows.token(id, db) }
  func calendar(_ id: EntityID) throws -> OfficeCalendar? { try DirectoryRows.calendar(id, db) }
  func policy(_ id: EntityID) throws -> PolicyText? { try DirectoryRows.policy(id, db) }

  func activeAdminCount() throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM person WHERE role = ? AND active = 1", arguments: [Int64(Role.admin.rawValue)])
      ?? 0
  }

  func holdsEntry(_ id: EntryID) throws -> Bool {
    let statement = try db.cachedStatement(sql: "SELECT 1 FROM entry WHERE id = ? LIMIT 1")
    return try Int.fetchOne(statement, arguments: [id.blob]) != nil
  }

  /// Also for earlier streams of this node, whose custody a new incarnation takes over; for none before it knows what it
  /// decided in them.
  func decides(for custodian: StreamID) throws -> Bool {
    writer.standing.isOwn(custodian) && (writer.standing.incarnation?.isConfirmed ?? true)
  }

  func takeTicketNumber() throws -> TicketNumber { writer.takeTicketNumber() }
}
