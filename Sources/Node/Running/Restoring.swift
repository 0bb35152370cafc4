import Foundation
import Glibc
package import Logging
import OpenSSLCrypto
import Store

/// Puts a backup back into the data directory of a stopped node: `relevo restore`.
package enum Restoring {
  /// What was done, for people.
  package struct Outcome: Sendable {
    package var operations: Int
    package var tickets: Int
    /// Where the database that was there before is kept; nil when there was none.
    package var setAside: String?
  }

  /// Checks the backup from end to end in a place of its own, sets the present database aside, puts the backup in its place
  /// and marks it, so that the node begins a new stream when it starts. Throws `NodeFailure` or `StoreFailure`.
  package static func restore(
    _ configuration: NodeConfiguration, from file: String, logger: Logger
  ) async throws -> Outcome {
    let directory = try DataDirectory(configuration.dataDirectory)
    guard let identity = try NodeIdentityFile.read(directory: directory.path) else {
      throw NodeFailure(
        "\(directory.path) holds no node.json: put back the copy of it that belongs to this backup first, because the "
          + "backup does not contain the node's keys.")
    }
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw NodeFailure("\(file) cannot be read: name the backup file that `relevo backup` wrote.")
    }
    let staging = directory.path + "/restoring"
    try remove(staging)
    try make(staging)
    defer { removeLogged(staging, logger) }
    let staged = staging + "/relevo.sqlite"
    try copy(file, to: staged)
    let figures = try await check(staging, identity, file: file, logger: logger)
    try SiteStore.markRestored(staged)
    let setAside = try exchange(directory.path, staged)
    return Outcome(operations: figures.operationCount, tickets: figures.ticketCount, setAside: setAside)
  }

  /// Opens the copy as this node's store, which brings an older one up to date, and reads every operation of it.
  private static func check(
    _ staging: String, _ identity: NodeIdentityFile, file: String, logger: Logger
  ) async throws -> StoreFigures {
    let store: SiteStore
    do {
      store = try SiteStore.open(
        directory: staging, identity: try identity.storeIdentity(), powers: .system, logger: logger)
    } catch let failure as StoreFailure {
      throw NodeFailure("\(file) is no backup of this node: \(failure.description)")
    }
    let problems = try await store.findProblems()
    let figures = try await store.figures(now: 0)
    try await store.close()
    guard figures.operationCount > 1 else {
      throw NodeFailure("\(file) holds nothing: name the backup file that `relevo backup` wrote.")
    }
    guard problems.isEmpty else {
      throw NodeFailure(
        "\(file) is damaged, nothing was changed: \(problems.prefix(3).joined(separator: "; ")). Use another backup.")
    }
    return figures
  }

  /// Renames, so that at every moment one of the two is whole in its place.
  private static func exchange(_ directory: String, _ staged: String) throws -> String? {
    let database = directory + "/relevo.sqlite"
    var setAside: String?
    if FileManager.default.fileExists(atPath: database) {
      let moment = Int64(Date().timeIntervalSince1970)
      let place = directory + "/relevo.sqlite.before-restore-\(moment)"
      for suffix in ["-wal", "-shm", ""] where FileManager.default.fileExists(atPath: database + suffix) {
        try rename(database + suffix, place + suffix)
      }
      setAside = place
    }
    try synchronise(staged)
    try rename(staged, database)
    try synchronise(directory)
    return setAside
  }

  private static func rename(_ from: String, _ to: String) throws {
    guard Glibc.rename(from, to) == 0 else {
      throw NodeFailure("\(from) cannot be renamed to \(to): \(String(cString: strerror(errno))).")
    }
  }

  /// Waits until the disk has a file or the names in a directory.
  private static func synchronise(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw NodeFailure("\(path) cannot be opened: \(String(cString: strerror(errno))).") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw NodeFailure("The disk did not take \(path): \(String(cString: strerror(errno))).")
    }
  }

  private static func copy(_ file: String, to place: String) throws {
    do {
      try FileManager.default.copyItem(atPath: file, toPath: place)
    } catch {
      throw NodeFailure("\(file) cannot be copied to \(place): is there room for it on the disk?")
    }
  }

  private static func make(_ directory: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw NodeFailure("\(directory) cannot be made: check the owner of the data directory and its free space.")
    }
  }

  private static func remove(_ directory: String) throws {
    guard FileManager.default.fileExists(atPath: directory) else { return }
    do {
      try FileManager.default.removeItem(atPath: directory)
    } catch {
      throw NodeFailure("\(directory) was left by an earlier attempt and cannot be removed: remove it by hand.")
    }
  }

  private static func removeLogged(_ directory: String, _ logger: Logger) {
    do {
      try remove(directory)
    } catch {
      logger.warning("\(error)")
    }
  }
}
