import GRDB
import Helpdesk
import OperationLog

/// Deadlines in working time: what queues are sorted by is what the pages show, for both ask the same roster.
///
/// A deadline is no replicated state: it follows from calendars and from the zone rules of this machine, so it is worked out here
/// and is not in the digest.
extension StoreWriter {
  /// The hours of every site; nil where the node has no zone rules and every minute counts.
  func roster(_ db: Database) throws -> Roster? {
    guard let zones = powers.zones else { return nil }
    if let hours { return hours }
    let made = Roster(
      sites: try Row.fetchAll(db, sql: "SELECT * FROM site").map(DirectoryRows.site),
      calendars: try Row.fetchAll(db, sql: "SELECT * FROM calendar WHERE key <> ''").map(DirectoryRows.calendar),
      zones: zones)
    hours = made
    return made
  }

  /// To be called when the row of a site or of a calendar has changed.
  func forgetHours() {
    hours = nil
    group.hoursChanged = true
  }

  /// Works out the deadlines of all open tickets anew: after somebody changed hours in the same transaction, so that no reader
  /// ever sees an order by other hours, and at the start, because the rules of time zones may have changed.
  func renewDeadlines(_ db: Database) throws {
    guard let roster = try roster(db) else { return }
    let sql = "SELECT no, created_at, answered_at, priority, site, answer_due FROM ticket WHERE status < 2"
    var moved: [(no: Int64, due: Int64)] = []
    let rows = try Row.fetchCursor(db, sql: sql)
    while let row = try rows.next() {
      let due = TicketProjection.answerDue(
        since: row["created_at"], isAnswered: (row["answered_at"] as Int64?) != nil,
        Priority(rawValue: UInt64(clamping: row["priority"] as Int64)) ?? .normal,
        site: row.optionalIdentifier("site"), roster)
      if due != row["answer_due"] { moved.append((row["no"], due)) }
    }
    let update = try db.cachedStatement(sql: "UPDATE ticket SET answer_due = ? WHERE no = ?")
    for ticket in moved { try update.execute(arguments: [ticket.due, ticket.no]) }
  }
}
