import Foundation
import GRDB
package import Helpdesk
package import OperationLog

/// What assignment asks of the store; every answer is bounded.
extension SiteStore {
  /// Assignments of which this node is the custodian and that nobody has answered, the earliest due first.
  package func untouchedClaims(limit: Int) async throws -> [TicketRow] {
    try await reading { [home] db in
      try TicketRow.fetchAll(
        db, "WHERE claim_due IS NOT NULL AND \(Self.isOurs) ORDER BY claim_due LIMIT ?", [home.node.blob, limit])
    }
  }

  /// When the next of them is due, milliseconds UTC; nil where there is none.
  package func nextAcceptanceDue() async throws -> Int64? {
    try await reading { [home] db in
      let sql = "SELECT min(claim_due) FROM ticket WHERE claim_due IS NOT NULL AND \(Self.isOurs)"
      return try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: [home.node.blob])
    }
  }

  /// What a person is offered and has not answered, the earliest due first.
  package func offers(to person: EntityID, limit: Int) async throws -> [TicketRow] {
    try await reading { db in
      try TicketRow.fetchAll(
        db, "WHERE assignee = ? AND claim_due IS NOT NULL AND claim_rank = ? AND status < 2 ORDER BY claim_due LIMIT ?",
        [person.blob, Int64(ClaimRank.automatic.rawValue), min(limit, 200)])
    }
  }

  /// Hand-overs that are on their way: open tickets about which no office decides just now.
  package func movingTickets(limit: Int) async throws -> [TicketRow] {
    try await reading { db in
      try TicketRow.fetchAll(
        db,
        "WHERE custodian_stream IS NULL AND status < 2 AND number <> '' AND custodian IS NOT NULL ORDER BY no LIMIT ?",
        [limit])
    }
  }

  /// A piece of work that has ended: what handling times are learned from.
  package struct EndedWork: Hashable, Sendable {
    package var ticket: EntityID
    package var category: EntityID?
    package var requester: EntityID?
    package var worker: EntityID
    /// Milliseconds UTC.
    package var beganAt: Int64
    package var endedAt: Int64
  }

  /// The latest ended work, oldest first, among the newest `window` tickets; imported ones say nothing of our own pace.
  package func endedWork(window: Int64 = 5_000, limit: Int = 2_000) async throws -> [EndedWork] {
    try await reading { db in
      let sql = """
        SELECT id, category, requester, assignee, claim_at, resolved_at FROM ticket
        WHERE no > (SELECT coalesce(max(no), 0) FROM ticket) - ? AND status >= 2 AND assignee IS NOT NULL
          AND claim_at IS NOT NULL AND resolved_at > claim_at AND channel <> ?
        ORDER BY resolved_at DESC LIMIT ?
        """
      let arguments: StatementArguments = [window, Int64(Channel.imported.rawValue), limit]
      return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).reversed().map { row in
        EndedWork(
          ticket: row.identifier("id"), category: row.optionalIdentifier("category"),
          requester: row.optionalIdentifier("requester"), worker: row.identifier("assignee"), beganAt: row["claim_at"],
          endedAt: row["resolved_at"])
      }
    }
  }

  /// How many tickets of this office's custody wait for an agent, by priority.
  package func waitingCounts() async throws -> [Priority: Int] {
    try await reading { db in
      let sql = """
        SELECT priority, count(*) AS n FROM ticket
        WHERE status < 2 AND assignee IS NULL AND number <> '' AND channel <> ? AND custodian = ? GROUP BY priority
        """
      let arguments: StatementArguments = [Int64(Channel.imported.rawValue), self.home.site.blob]
      var counts: [Priority: Int] = [:]
      for row in try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments) {
        guard let priority = Priority(rawValue: UInt64(clamping: row["priority"] as Int64)) else { continue }
        counts[priority] = Int(row["n"] as Int64)
      }
      return counts
    }
  }
}
