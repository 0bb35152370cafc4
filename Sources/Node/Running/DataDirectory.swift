import Foundation
import Glibc

/// The node's directory, held by one process at a time.
package final class DataDirectory: Sendable {
  package let path: String
  private let descriptor: Int32

  /// Makes the directory where needed and locks it, closed to other accounts (mode 0700); throws `NodeFailure` that says who holds it.
  package init(_ path: String) throws {
    self.path = path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw NodeFailure("The data directory \(path) cannot be made: check the owner of the directory above it.")
    }
    // One that was there before may have been made by hand; it holds keys and everybody's tickets.
    var status = stat()
    if stat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 != 0 { chmod(path, 0o700) }
    let file = path + "/relevo.lock"
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw NodeFailure("\(file) cannot be opened: run as the user who owns the data directory.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.holder(path)
      close(descriptor)
      let who = holder.map { "process \($0)" } ?? "another process"
      throw NodeFailure("\(path) is held by \(who). Stop it first, or use the commands that speak to the running node.")
    }
    let text = "\(getpid())\n"
    ftruncate(descriptor, 0)
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  /// The process that holds the directory, as it wrote itself down; nil when nobody did.
  package static func holder(_ path: String) -> Int64? {
    guard let bytes = FileManager.default.contents(atPath: path + "/relevo.lock") else { return nil }
    return Int64(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// True while a living process holds the lock.
  package static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path + "/relevo.lock", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return true }
    flock(descriptor, LOCK_UN)
    return false
  }

  deinit { close(descriptor) }
}
