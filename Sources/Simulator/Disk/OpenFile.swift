/// One connection's view of a file on a simulated disk. Confined to the disk's lock.
final class OpenFile {
  /// Kept alive by its open files, so that a node may be forgotten before SQLite has closed them.
  let disk: SimulatedDisk
  let file: SimulatedFile
  let path: String
  /// The disk's count of power cuts when this was opened; an older one means that its process is dead.
  let era: UInt64
  var isReadOnly = false
  var isDeletedOnClose = false
  var syncsDirectory = false
  var sharedMemory: SharedMemory?
  var held = SharedMemory.Holding()

  init(disk: SimulatedDisk, file: SimulatedFile, path: String, era: UInt64) {
    self.disk = disk
    self.file = file
    self.path = path
    self.era = era
  }
}

/// The faults that a disk has been told to have.
struct DiskFaults {
  var capacity: Int?
  var isReadOnly = false
  var reads = FaultWindow()
  var writes = FaultWindow()
  var syncs = FaultWindow()
  var powerCut: (changes: Int, loss: DiskLoss)?
}

/// So many calls that succeed, then so many that fail.
struct FaultWindow {
  var succeeding = 0
  var failing = 0

  /// Counts one call.
  mutating func fails() -> Bool {
    guard failing > 0 else { return false }
    if succeeding > 0 {
      succeeding -= 1
      return false
    }
    failing -= 1
    return true
  }
}

/// SQLite's extended I/O errors, spelled out because Swift does not import macros that are expressions.
enum DiskError {
  static let general: Int32 = 10
  static let read: Int32 = 10 | 1 << 8
  static let shortRead: Int32 = 10 | 2 << 8
  static let write: Int32 = 10 | 3 << 8
  static let sync: Int32 = 10 | 4 << 8
  static let truncate: Int32 = 10 | 6 << 8
  static let size: Int32 = 10 | 7 << 8
  static let delete: Int32 = 10 | 10 << 8
  static let lock: Int32 = 10 | 15 << 8
  static let sharedMemory: Int32 = 10 | 20 << 8
  static let deleteNoEntry: Int32 = 10 | 23 << 8
}
