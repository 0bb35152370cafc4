import GRDB
import OperationLog

extension SiteStore {
  /// Works out the deadlines of all open tickets anew, by the zone rules that are given out from now on; in one transaction,
  /// so that no list is ever sorted by two kinds of hours.
  ///
  /// Listeners hear of it as of a change of the directory: whoever keeps working hours has to read them again. Throws
  /// `StoreFailure`; then nothing has changed, and it is to be asked for once more.
  package func renewDeadlines() async throws {
    do {
      while true {
        let pool = pool
        let isDone = try await pool.writeWithoutTransaction { [self] db in
          try isCurrent(pool) && renewDeadlines(db)
        }
        if isDone { return }
      }
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: path)
    }
  }

  /// False when the connection had to be opened anew first.
  private func renewDeadlines(_ db: Database) throws -> Bool {
    writer.hours = nil
    do {
      guard try writeUnlessReopened(db, { try writer.renewDeadlines($0) }) != nil else { return false }
    } catch {
      writer.hours = nil
      throw error
    }
    tell(
      CommittedChange(heads: [], tickets: [], directoryChanged: true, isLocal: false, digest: writer.progress.digest))
    return true
  }
}
