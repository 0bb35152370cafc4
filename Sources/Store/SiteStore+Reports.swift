import Foundation
import GRDB
import Helpdesk
package import OperationLog

/// What waits at one site now, as this node knows it.
package struct SiteWaiting: Hashable, Sendable {
  /// Open tickets nobody has.
  package var waiting: Int
  /// Open tickets, whoever has them.
  package var open: Int
  /// When the one that waits longest was opened, milliseconds UTC; nil when none waits.
  package var oldestOpenedAt: Int64?

  package init(waiting: Int, open: Int, oldestOpenedAt: Int64?) {
    self.waiting = waiting
    self.open = open
    self.oldestOpenedAt = oldestOpenedAt
  }
}

extension SiteStore {
  /// One report reads at most so many tickets; of more the latest count, and the report says so.
  package static let reportTicketsMax = 20_000

  /// How the tickets opened in [from, to), milliseconds UTC, were served; at most `reportTicketsMax`.
  package func serviceHistories(
    from: Int64, to: Int64, ticketsMax: Int = SiteStore.reportTicketsMax
  ) async throws -> ServiceHistoryList {
    let limit = min(max(ticketsMax, 1), Self.reportTicketsMax)
    return try await reading { db in
      try ServiceHistoryReader.read(from: from, to: to, ticketsMax: limit, db)
    }
  }

  /// When the first and the last ticket were opened, milliseconds UTC; nil in an empty store.
  package func openingSpan() async throws -> (first: Int64, last: Int64)? {
    try await reading { db in
      // Two statements, because each end is one step in the index only when it is asked for alone.
      let first = try Int64.fetchOne(db, sql: "SELECT min(created_at) FROM ticket WHERE created_at > 0")
      let last = try Int64.fetchOne(db, sql: "SELECT max(created_at) FROM ticket")
      guard let first, let last else { return nil }
      return (first, max(first, last))
    }
  }

  /// What waits at each site: the tickets people there opened. Imported histories wait for nobody.
  package func waitingBySite() async throws -> [EntityID: SiteWaiting] {
    try await reading { db in
      let sql = """
        SELECT site, count(*) AS n, sum(assignee IS NULL) AS u,
          min(CASE WHEN assignee IS NULL THEN created_at END) AS oldest
        FROM ticket WHERE status < 2 AND site IS NOT NULL AND number <> '' AND channel <> ? GROUP BY site
        """
      var found: [EntityID: SiteWaiting] = [:]
      for row in try Row.fetchAll(
        db.cachedStatement(sql: sql), arguments: [Int64(Channel.imported.rawValue)])
      {
        found[row.identifier("site")] = SiteWaiting(
          waiting: Int(row["u"] as Int64), open: Int(row["n"] as Int64), oldestOpenedAt: row["oldest"])
      }
      return found
    }
  }

  /// Waiting tickets that can be given away on behalf of a site, by number, the most overdue first: those it is responsible
  /// for, and of a site without a node of its own those of its people with which the node that serves it is charged.
  package func movableTickets(from site: EntityID, limit: Int) async throws -> [String] {
    try await reading { db in
      let sql = """
        SELECT number FROM ticket WHERE status < 2 AND assignee IS NULL AND number <> '' AND channel <> ?
          AND (custodian = ? OR (site = ? AND custodian IN
            (SELECT id FROM site WHERE node = (SELECT node FROM site WHERE id = ?))))
        ORDER BY answer_due, created_at LIMIT ?
        """
      return try String.fetchAll(
        db.cachedStatement(sql: sql),
        arguments: [Int64(Channel.imported.rawValue), site.blob, site.blob, site.blob, max(0, limit)])
    }
  }

  /// How many tickets `movableTickets` would name, by site; sites without any are left out.
  package func movableCounts() async throws -> [EntityID: Int] {
    try await reading { db in
      var nodes: [EntityID: NodeID] = [:]
      for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT id, node FROM site WHERE node IS NOT NULL")) {
        let (site, node): (EntityID, NodeID?) = (row.identifier("id"), row.optionalIdentifier("node"))
        nodes[site] = node
      }
      let sql = """
        SELECT site, custodian, count(*) AS n FROM ticket
        WHERE status < 2 AND assignee IS NULL AND number <> '' AND channel <> ? AND custodian IS NOT NULL
        GROUP BY site, custodian
        """
      var counts: [EntityID: Int] = [:]
      let arguments: StatementArguments = [Int64(Channel.imported.rawValue)]
      for row in try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments) {
        let (custodian, count): (EntityID, Int64) = (row.identifier("custodian"), row["n"])
        counts[custodian, default: 0] += Int(count)
        guard let site = row.optionalIdentifier("site") as EntityID?, site != custodian, let node = nodes[site],
          node == nodes[custodian]
        else { continue }
        counts[site, default: 0] += Int(count)
      }
      return counts
    }
  }

  /// How many tickets of a site were opened in each of these windows [from, to), milliseconds UTC.
  package func arrivals(site: EntityID, in windows: [(from: Int64, to: Int64)]) async throws -> [Int] {
    try await reading { db in
      let statement = try db.cachedStatement(sql: Self.arrivalsSQL)
      return try windows.prefix(64).map { window in
        let arguments: StatementArguments = [
          window.from, window.to, site.blob, Int64(Channel.imported.rawValue),
        ]
        return try Int.fetchOne(statement, arguments: arguments) ?? 0
      }
    }
  }

  static let arrivalsSQL = """
    SELECT count(*) FROM ticket WHERE created_at >= ? AND created_at < ? AND site = ? AND channel <> ?
    """

  /// How many tickets of a site waited for a person's first word at each of these moments, of those opened in the week
  /// before it.
  package func waiting(site: EntityID, at moments: [Int64]) async throws -> [Int] {
    try await reading { db in
      let statement = try db.cachedStatement(sql: Self.waitingAtSQL)
      return try moments.prefix(64).map { moment in
        let arguments: StatementArguments = [
          moment &- 7 * 86_400_000, moment, site.blob, Int64(Channel.imported.rawValue), moment, moment,
        ]
        return try Int.fetchOne(statement, arguments: arguments) ?? 0
      }
    }
  }

  static let waitingAtSQL = """
    SELECT count(*) FROM ticket WHERE created_at >= ? AND created_at < ? AND site = ? AND channel <> ?
      AND (answered_at IS NULL OR answered_at > ?) AND (resolved_at IS NULL OR resolved_at > ?)
    """
}

extension SiteStore {
  /// When the first and the last ticket of an imported history were opened, milliseconds UTC; nil without any.
  package func importedSpan() async throws -> (first: Int64, last: Int64)? {
    try await reading { db in
      // Walks the index from either end to the first that fits, or through all of it where none was imported.
      let imported = Int64(Channel.imported.rawValue)
      let end = "SELECT created_at FROM ticket INDEXED BY ticket_created WHERE channel = ? ORDER BY created_at"
      let first = try Int64.fetchOne(db, sql: end + " LIMIT 1", arguments: [imported])
      let last = try Int64.fetchOne(db, sql: end + " DESC LIMIT 1", arguments: [imported])
      guard let first, let last else { return nil }
      return (first, max(first, last))
    }
  }
}
