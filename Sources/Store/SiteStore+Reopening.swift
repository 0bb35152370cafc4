import Foundation
import GRDB
import Logging
import Synchronization

/// The connections a store reads and writes with at the moment, and a count of how often they were replaced.
struct StoreConnections: Sendable {
  var pool: DatabasePool
  var reopenings = 0
}

extension SiteStore {
  /// How long a reopening waits for readers to finish, in seconds.
  private static let readersWait: TimeInterval = 2

  /// How often the database was reopened since the store was opened.
  package var reopenings: Int { connections.withLock { $0.reopenings } }

  /// Whether after this failure nobody can know what the disk holds, so that the file must be reopened before the
  /// next write.
  ///
  /// A full disk is none of these: SQLite was told before anything was synced, and the log ends where it ended before.
  static func questionsTheFile(_ error: any Error) -> Bool {
    guard let code = (error as? DatabaseError)?.resultCode else { return false }
    return [.SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PROTOCOL, .SQLITE_READONLY].contains(code)
  }

  /// Replaces the connections after a commit or a sync that failed; runs on the old writer's queue.
  ///
  /// The frames of the failed commit may be in the operating system's cache without ever reaching the disk, and a
  /// later sync would call them written. So they must go before anybody reads the log again: what was committed
  /// before is brought into the database, whose pages are written anew for it, and the log is cut to nothing. The
  /// failed sync itself is not repeated. Until that succeeds nothing is written; readers go on with the old
  /// connections and finish with them. Throws `DatabaseError`.
  func reopen(_ db: Database) throws {
    writer.forgetStatements()
    try emptyLog(db)
    let fresh = try Self.openPool(path, powers.plantedBugs, powers.memory)
    // Whoever still holds the old connections may read, and can write no more.
    try db.execute(sql: "PRAGMA query_only = 1")
    connections.withLock { connections in
      connections.pool = fresh
      connections.reopenings += 1
    }
    writer.mustLoad = true
    writer.mustReopen = false
    logger.warning("the database was reopened after a failed write, and its head is read again: \(path)")
  }

  /// False for connections that were replaced: what was still waiting for their writer goes to the new one's, so that the
  /// writer's state has one thread at any time.
  func isCurrent(_ pool: DatabasePool) -> Bool { connections.withLock { $0.pool === pool } }

  private func emptyLog(_ db: Database) throws {
    let deadline = Date(timeIntervalSinceNow: Self.readersWait)
    while true {
      do {
        _ = try db.checkpoint(.truncate)
        return
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && Date() < deadline {
        // A reader is still looking at the log; it ends on its own.
        Thread.sleep(forTimeInterval: 0.005)
      }
    }
  }

  /// Runs a local write on the writer's queue, on a connection that is current; nil when the connections had to be replaced
  /// first and it has to be asked again.
  func writeUnlessReopened<Value>(_ db: Database, _ write: (Database) throws -> Value) throws -> Value? {
    if writer.mustReopen {
      try reopen(db)
      return nil
    }
    do {
      var value: Value?
      try db.inTransaction(.immediate) {
        value = try write(db)
        return .commit
      }
      return value
    } catch {
      if Self.questionsTheFile(error) { writer.mustReopen = true }
      throw error
    }
  }
}

/// Why a store can take nothing in at present.
package enum WriteRefusal: Sendable {
  case diskFull
  /// The disk reports errors, or the file cannot be written.
  case inputOutput
  /// What the file holds is no database, or not in order.
  case damaged
}
