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

  /// Whose working hours a commit group changed, so that deadlines are no longer what they were.
  enum HoursChanged: Equatable {
    case none
    case sites(Set<EntityID>)
    /// Somebody's, and nobody looked whose.
    case any

    /// More sites than this are looked for as one looks for all.
    static let sitesMax = 900
  }

  /// To be called when the row of a site has changed.
  func forgetHours(of site: EntityID) {
    hours = nil
    switch group.hoursChanged {
    case .none: group.hoursChanged = .sites([site])
    case .sites(let sites):
      group.hoursChanged = sites.count < HoursChanged.sitesMax ? .sites(sites.union([site])) : .any
    case .any: break
    }
  }

  /// As above, of a calendar: of whoever works by it.
  func forgetHours() {
    hours = nil
    group.hoursChanged = .any
  }

  /// Works out the deadlines of open tickets anew: after somebody changed hours in the same transaction, so that no reader
  /// ever sees an order by other hours, and at the start those of all, because the rules of time zones may have changed.
  func renewDeadlines(_ db: Database, of changed: HoursChanged = .any) throws {
    guard let roster = try roster(db) else { return }
    var sql = "SELECT no, created_at, answered_at, priority, site, answer_due FROM ticket WHERE status < 2"
    var arguments = StatementArguments()
    if case .sites(let sites) = changed {
      sql += " AND site IN (\(Array(repeating: "?", count: sites.count).joined(separator: ", ")))"
      arguments = StatementArguments(sites.sorted().map(\.blob))
    }
    var moved: [(no: Int64, due: Int64)] = []
    let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
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
