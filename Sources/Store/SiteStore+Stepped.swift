package import GRDB

/// Carrying writes out step by step, for a simulator: no thread and no clock decides when a group is committed.
extension SiteStore {
  /// Who carries out what was handed in, and when.
  package enum Scheduling: Sendable {
    /// The writer's own queue, as soon as it can; reads run beside it. What a node uses.
    case threaded
    /// The caller, with `commitGroup`; reads happen at once on the caller's thread.
    case stepped
  }

  /// Calls back when writes begin to wait for `commitGroup`; to be set before the first write of a stepped store.
  package func onWaitingWrites(_ listener: @escaping @Sendable () -> Void) { onStepWanted(listener) }

  /// Commits one group of a stepped store and calls its writers back; true when more wait.
  package func commitGroup() -> Bool {
    precondition(scheduling == .stepped, "a threaded store commits by itself")
    return pool.writeWithoutTransaction { db in commitNextGroup(db) }
  }

  /// Writes that wait for `commitGroup`.
  package var waitingWrites: Int { pendingCount }

  /// Reads from a stepped store on the caller's thread, outside any transaction. Throws what `read` throws.
  package func readNow<Value>(_ read: (Database) throws -> Value) throws -> Value {
    precondition(scheduling == .stepped, "a threaded store is read through its pool")
    return try pool.writeWithoutTransaction(read)
  }

  /// Reads beside the writer; in a stepped store at once, on the caller's thread. Throws what `read` throws.
  func reading<Value: Sendable>(_ read: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    if scheduling == .stepped { return try readNow(read) }
    return try await pool.read(read)
  }

  /// Closes the files of a stepped store; what waits is not carried out, and those who wait are told so. Throws
  /// `DatabaseError`.
  package func closeNow() throws {
    dropWaiting()
    pool.writeWithoutTransaction { _ in forgetStatements() }
    try pool.close()
  }
}
