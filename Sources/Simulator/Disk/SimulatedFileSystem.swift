import GRDBSQLite
import Glibc
import Synchronization

/// Routes what SQLite opens under `/sim/` to simulated disks and everything else to SQLite's own VFS for Unix.
///
/// It makes itself this process's default VFS when the first disk is made, because a database is opened by path
/// alone. It states power-safe overwrite, as SQLite does for real disks, and no other guarantee.
package final class SimulatedFileSystem: Sendable {
  /// The one of this process.
  package static let shared = SimulatedFileSystem()
  static let root = "/sim/"

  private struct Mounts {
    var disks: [String: Mount] = [:]
    var number = 0
  }

  private struct Mount { weak var disk: SimulatedDisk? }

  private struct Outside {
    /// Milliseconds UTC, nil for the machine's own time.
    var wallClock: (@Sendable () -> Int64)?
    /// Where SQLite's random numbers come from, nil for the machine's own.
    var dice: Dice?
  }

  private let mounts = Mutex(Mounts())
  private let outside = Mutex(Outside())

  private init() { SimulatedVFS.install() }

  /// Gives SQLite's date functions this clock, its random numbers this seed and its waits no more than a moment; nil
  /// gives back the machine's own.
  ///
  /// Holds for the whole process: SQLite has one source of random numbers, so simulations that must replay run one
  /// after the other.
  package func simulate(seed: UInt64?, wallClock: (@Sendable () -> Int64)?) {
    outside.withLock { outside in
      outside.dice = seed.map { Dice(seed: $0) }
      outside.wallClock = wallClock
    }
    // Asks for a fresh start of the generator at its next use.
    sqlite3_randomness(0, nil)
  }

  func nextDirectory(_ name: String) -> String {
    mounts.withLock { mounts in
      mounts.number += 1
      return "\(Self.root)\(mounts.number)-\(name.filter { $0 != "/" })"
    }
  }

  func mount(_ disk: SimulatedDisk) {
    mounts.withLock { $0.disks[disk.directory] = Mount(disk: disk) }
  }

  func unmount(_ directory: String) {
    mounts.withLock { $0.disks[directory] = nil }
  }

  /// The disk a path lies on and the name of the file there; nil when nothing is mounted there.
  func place(_ path: String) -> (disk: SimulatedDisk, name: String)? {
    guard let slash = path.utf8.dropFirst(Self.root.utf8.count).firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let directory = String(path[..<slash])
    guard let disk = mounts.withLock({ $0.disks[directory]?.disk }) else { return nil }
    return (disk, String(path[path.index(after: slash)...]))
  }

  /// Milliseconds UTC of the simulated clock, nil when there is none.
  var now: Int64? { outside.withLock { $0.wallClock }?() }

  /// Fills with seeded bytes; false when there is no seed.
  func fill(_ target: UnsafeMutableRawBufferPointer) -> Bool {
    outside.withLock { outside in
      guard var dice = outside.dice else { return false }
      for index in target.indices { target[index] = UInt8(truncatingIfNeeded: dice.next()) }
      outside.dice = dice
      return true
    }
  }
}
