import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Numbers that two tickets have because a clone gave them out a second time: both keep the number as an alias, and both
/// are shown with the four characters of the stream that gave it.
extension StoreWriter {
  /// Notes that several tickets have the number; their rows are written again.
  func shareNumber(_ number: String, _ db: Database) throws {
    guard sharedNumbers.insert(number).inserted else { return }
    try db.execute(sql: "INSERT OR IGNORE INTO shared_number VALUES (?)", arguments: [number])
    let sql = "SELECT t.id FROM ticket_number n JOIN ticket t ON t.no = n.ticket WHERE n.number = ?"
    for id in try Data.fetchAll(db, sql: sql, arguments: [number]).compactMap({ EntityID(blob: $0) }) {
      if let ticket = try workingTicket(id, db) { noteChange(of: ticket) }
    }
  }

  /// The number by which a ticket is told from another with the same; nil while it is the only one.
  func ownNumber(of ticket: Ticket, no: Int64, _ statements: TicketStatements) throws -> String? {
    guard !sharedNumbers.isEmpty, let text = ticket.numbers.first, sharedNumbers.contains(text),
      let number = TicketNumber(text),
      let giver = ticket.state.register(TicketField.number.rawValue, Array(text.utf8))?.earliest?.reference.stream
    else { return nil }
    let own = TicketNumber(
      site: number.site, incarnation: TicketNumber.incarnation(of: giver), count: number.count
    ).description
    statements.insertNumber.bind(own)
    statements.insertNumber.bind(no)
    try statements.insertNumber.run()
    return own
  }
}
