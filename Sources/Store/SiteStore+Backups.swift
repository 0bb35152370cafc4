import Foundation
import GRDB
import Logging
import OperationLog

/// Taking in what another office wrote from a file instead of from a peer.
extension SiteStore {
  /// Bytes and operations of one run at most; each is a commit group of its own.
  private static let runBytesMax = 1 << 20
  private static let runRecordsMax = 1_024

  /// Throws `StoreFailure`, saying what to do, unless the file is a whole backup of an office, of this or an earlier version.
  package static func examine(backup file: String) async throws {
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw StoreFailure(
        code: .other, description: "\(file) cannot be read: name the backup file that `relevo backup` wrote.")
    }
    do {
      let source = try openBackup(file)
      defer { close(source) }
      if try await source.read({ try StoreSchema.migrator.hasBeenSuperseded($0) }) {
        throw StoreFailure(
          code: .newerSchema,
          description: "\(file) was written by a newer version of relevo: install that version here first.")
      }
      let problem = try await source.read { db -> String? in
        try String.fetchAll(db, sql: "PRAGMA quick_check(1)").first { $0 != "ok" }
      }
      if let problem { throw StoreFailure(code: .corrupt, description: "\(file) is damaged: \(problem).") }
      guard try await source.read({ try Bool.fetchOne($0, sql: "SELECT count(*) > 0 FROM operation") }) == true else {
        throw StoreFailure(
          code: .other, description: "\(file) holds nothing: name the backup file that `relevo backup` wrote.")
      }
    } catch is DatabaseError {
      throw StoreFailure(
        code: .corrupt,
        description: "\(file) is no backup of an office, or is damaged: name the file that `relevo backup` wrote.")
    }
  }

  /// Takes in every operation of a backup that is not held yet, as if its node had sent it: chains, signatures and texts are
  /// checked, and the state is merged here. Only the log is read; nothing of what the other office made of it is believed.
  ///
  /// Returns how many operations were taken in. What is not vouched for is left out, and comes from peers or not at all.
  /// Throws `StoreFailure`.
  package func takeIn(backup file: String) async throws -> UInt64 {
    do {
      let source = try Self.openBackup(file)
      defer { Self.close(source) }
      let offered = try await source.read { db in try Self.vector(db) }
      let before = try await vector().operationCount
      var refused: Set<StreamID> = []
      // A stream can be taken in once the directory, which is in another, vouches for its node.
      while true {
        var tookAny = false
        for missing in try await vector().lacking(from: offered) where !refused.contains(missing.stream) {
          var next = missing.from
          while next <= missing.to, let run = try await Self.run(in: source, missing.stream, next, missing.to, powers) {
            switch try await ingest(run) {
            case .stored, .branched: tookAny = true
            case .alreadyHeld: break
            case .heldUntilDirectory: next = missing.to
            case .refused(let refusal):
              logger.warning("operations of \(file) were refused: \(refusal)")
              refused.insert(missing.stream)
              next = missing.to
            }
            next = max(next, run.last) + 1
          }
        }
        if !tookAny { break }
      }
      return try await vector().operationCount - before
    } catch let error as DatabaseError {
      throw StoreFailure(wrapping: error, path: file)
    }
  }

  private static func run(
    in source: DatabaseQueue, _ stream: StreamID, _ from: UInt64, _ to: UInt64, _ powers: StorePowers
  ) async throws -> OperationRun? {
    try await source.read { db in
      try run(
        of: stream, from: from, to: to, bytesMax: runBytesMax, recordsMax: runRecordsMax, hashing: powers.hashing, db)
    }
  }

  private static func openBackup(_ file: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: file, configuration: configuration)
  }

  private static func close(_ source: DatabaseQueue) {
    try? source.close()  // A file that was only read has nothing to lose.
  }
}
