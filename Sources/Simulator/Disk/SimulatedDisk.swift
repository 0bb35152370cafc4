import Foundation
import GRDBSQLite

/// The disk of one simulated node, in memory, under SQLite: it loses what nobody synced, tears, fills up and fails on
/// command.
///
/// Open databases under `directory`; nothing else has to know. A power cut makes every connection that was open fail
/// for good, as the death of its process would. Bytes outside a write are never harmed by it (what SQLite calls
/// power-safe overwrite, and what it assumes of real disks); inside, each 512-byte sector arrives or does not.
///
/// Everything is done under one lock, hence unchecked Sendable.
package final class SimulatedDisk: @unchecked Sendable {
  /// Where the disk is mounted, for instance `/sim/3-MAD`; exists as long as the disk does.
  package let directory: String

  private let lock = NSLock()
  private var files: [String: SimulatedFile] = [:]
  /// The directory as the platter has it: what a power cut leaves of creations and deletions.
  private var keptFiles: [String: SimulatedFile] = [:]
  private var count = DiskCounters()
  private var order: UInt64 = 0
  private var era: UInt64 = 0
  private var isPowered = true
  private var faults = DiskFaults()
  private var dice: Dice

  /// An empty disk; the seed decides what failed syncs and scheduled power cuts do.
  package init(name: String, seed: UInt64 = 0) {
    dice = Dice(seed: seed)
    directory = SimulatedFileSystem.shared.nextDirectory(name)
    SimulatedFileSystem.shared.mount(self)
  }

  deinit { SimulatedFileSystem.shared.unmount(directory) }

  // MARK: Faults

  /// The power fails and returns at once: what was synced is kept, and of the rest what the loss leaves.
  package func crash(_ loss: DiskLoss, using generator: inout some RandomNumberGenerator) {
    lock.withLock {
      losePower(loss, using: &generator)
      isPowered = true
    }
  }

  /// As above, drawing from the disk's own seed.
  package func crash(_ loss: DiskLoss) {
    lock.withLock {
      losePower(loss)
      isPowered = true
    }
  }

  /// Lets the power fail right before the change (write, sync, truncation, creation, deletion) after so many more;
  /// nothing can be opened from then on until `powerOn`.
  package func cutPower(afterChanges changes: Int, _ loss: DiskLoss) {
    lock.withLock { faults.powerCut = (max(0, changes), loss) }
  }

  /// Ends a power cut, or takes back one that is still to come.
  package func powerOn() {
    lock.withLock {
      faults.powerCut = nil
      isPowered = true
    }
  }

  /// False between a scheduled power cut and `powerOn`.
  package var hasPower: Bool { lock.withLock { isPowered } }

  /// Allows so many bytes in all files together; nil removes the limit.
  package func setCapacity(bytes: Int?) { lock.withLock { faults.capacity = bytes } }

  /// Refuses every write and creation while true.
  package func setReadOnly(_ isReadOnly: Bool) { lock.withLock { faults.isReadOnly = isReadOnly } }

  /// Lets `times` writes fail with an I/O error after so many more that succeed.
  package func failWrites(after succeeding: Int = 0, times: Int = 1) {
    lock.withLock { faults.writes = FaultWindow(succeeding: succeeding, failing: times) }
  }

  /// As above for reads.
  package func failReads(after succeeding: Int = 0, times: Int = 1) {
    lock.withLock { faults.reads = FaultWindow(succeeding: succeeding, failing: times) }
  }

  /// As above for syncs. Some of the pages arrive all the same, and none is written again by a later sync.
  package func failSyncs(after succeeding: Int = 0, times: Int = 1) {
    lock.withLock { faults.syncs = FaultWindow(succeeding: succeeding, failing: times) }
  }

  /// Ends every fault but a power cut that has happened.
  package func heal() { lock.withLock { faults = DiskFaults() } }

  // MARK: Looking

  /// What the disk has done so far.
  package var counters: DiskCounters { lock.withLock { count } }

  /// Bytes of all files as processes see them.
  package var bytesUsed: Int { lock.withLock { usedBytes() } }

  /// Changes that nobody has synced yet.
  package var pendingChanges: Int { lock.withLock { files.values.reduce(0) { $0 + $1.pending.count } } }

  /// The files as processes see them now, as copying the directory would.
  package func snapshot() -> DiskImage {
    lock.withLock { DiskImage(files: files.mapValues(\.seen)) }
  }

  /// Puts other contents, all durable, in place of everything; connections that are open fail from then on.
  package func restore(_ image: DiskImage) {
    lock.withLock {
      era += 1
      count.powerCuts += 1
      files = image.files.mapValues { SimulatedFile($0) }
      keptFiles = files
      isPowered = true
      faults.powerCut = nil
    }
  }

  private func usedBytes() -> Int { files.values.reduce(0) { $0 + $1.seen.size } }

  // MARK: Power

  private func losePower(_ loss: DiskLoss) {
    var generator = dice
    losePower(loss, using: &generator)
    dice = generator
  }

  private func losePower(_ loss: DiskLoss, using generator: inout some RandomNumberGenerator) {
    // In order of the names, so that a seed decides alike in every run.
    let names = Set(files.keys).union(keptFiles.keys).sorted()
    let orders = names.flatMap { files[$0]?.pending.map(\.order) ?? [] }.sorted()
    let place = Int.random(in: 0...orders.count, using: &generator)
    let cut = place < orders.count ? orders[place] : .max
    let chance = [10, 50, 90][Int.random(in: 0..<3, using: &generator)]
    var survivors: [String: SimulatedFile] = [:]
    for name in names {
      let (seen, kept) = (files[name], keptFiles[name])
      let entryArrived = seen === kept || (loss != .everything && Bool.random(using: &generator))
      survivors[name] = entryArrived ? seen : kept
      survivors[name]?.losePower(loss, orderOfCut: cut, chance: chance, using: &generator)
    }
    files = survivors
    keptFiles = survivors
    era += 1
    isPowered = false
    count.powerCuts += 1
    faults.powerCut = nil
  }

  /// Counts a change; an error code when the power is off or fails now.
  private func beginChange() -> Int32? {
    guard isPowered else { return DiskError.general }
    if let cut = faults.powerCut {
      if cut.changes == 0 {
        losePower(cut.loss)
        return DiskError.general
      }
      faults.powerCut = (cut.changes - 1, cut.loss)
    }
    order += 1
    return nil
  }

  private func isDead(_ handle: OpenFile) -> Bool { handle.era != era || !isPowered }
}

// MARK: - What SQLite asks for

extension SimulatedDisk {
  /// Opens or creates a file. `outFlags` are the flags that were granted.
  func open(_ path: String, flags: Int32) -> (handle: OpenFile?, outFlags: Int32, code: Int32) {
    lock.withLock {
      guard isPowered else { return (nil, 0, SQLITE_CANTOPEN) }
      var granted = flags
      let file: SimulatedFile
      var isNew = false
      if let existing = files[path] {
        guard flags & SQLITE_OPEN_EXCLUSIVE == 0 || flags & SQLITE_OPEN_CREATE == 0 else {
          return (nil, 0, SQLITE_CANTOPEN)
        }
        if faults.isReadOnly, flags & SQLITE_OPEN_READWRITE != 0 {
          granted = (granted & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY
        }
        file = existing
      } else {
        guard flags & SQLITE_OPEN_CREATE != 0, !faults.isReadOnly, beginChange() == nil else {
          return (nil, 0, SQLITE_CANTOPEN)
        }
        file = SimulatedFile()
        files[path] = file
        isNew = true
      }
      let handle = OpenFile(disk: self, file: file, path: path, era: era)
      let journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL
      handle.syncsDirectory = isNew && flags & journals != 0
      handle.isDeletedOnClose = flags & SQLITE_OPEN_DELETEONCLOSE != 0
      handle.isReadOnly = granted & SQLITE_OPEN_READONLY != 0
      return (handle, granted, SQLITE_OK)
    }
  }

  func close(_ handle: OpenFile) {
    lock.withLock {
      handle.file.locks.unlock(ObjectIdentifier(handle), to: SQLITE_LOCK_NONE)
      unmap(handle)
      if handle.isDeletedOnClose, !isDead(handle), files[handle.path] === handle.file { files[handle.path] = nil }
    }
  }

  func delete(_ path: String, syncingDirectory: Bool) -> Int32 {
    lock.withLock {
      guard isPowered else { return DiskError.general }
      guard files[path] != nil else { return DiskError.deleteNoEntry }
      if faults.isReadOnly { return DiskError.delete }
      if let failure = beginChange() { return failure }
      files[path] = nil
      if syncingDirectory {
        count.syncs += 1
        keptFiles = files
      }
      return SQLITE_OK
    }
  }

  /// An empty file counts as absent, as under SQLite's own VFS for Unix.
  func exists(_ path: String) -> Bool {
    lock.withLock { isPowered && (files[path]?.seen.size ?? 0) > 0 }
  }

  var isWritable: Bool { lock.withLock { isPowered && !faults.isReadOnly } }

  func read(_ handle: OpenFile, into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32 {
    lock.withLock {
      if isDead(handle) || faults.reads.fails() { return DiskError.read }
      count.reads += 1
      let got = handle.file.seen.read(into: target, at: offset)
      count.bytesRead += got
      if got == target.count { return SQLITE_OK }
      _ = UnsafeMutableRawBufferPointer(rebasing: target[got...]).initializeMemory(as: UInt8.self, repeating: 0)
      return DiskError.shortRead
    }
  }

  func write(_ handle: OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
    lock.withLock {
      if isDead(handle) { return DiskError.write }
      if handle.isReadOnly || faults.isReadOnly { return SQLITE_READONLY }
      if beginChange() != nil || faults.writes.fails() { return DiskError.write }
      let growth = offset + bytes.count - handle.file.seen.size
      if growth > 0, let capacity = faults.capacity, usedBytes() + growth > capacity { return SQLITE_FULL }
      count.writes += 1
      count.bytesWritten += bytes.count
      handle.file.write(bytes, at: offset, order: order)
      return SQLITE_OK
    }
  }

  func truncate(_ handle: OpenFile, to size: Int) -> Int32 {
    lock.withLock {
      if isDead(handle) || handle.isReadOnly || faults.isReadOnly || beginChange() != nil {
        return DiskError.truncate
      }
      handle.file.truncate(to: size, order: order)
      return SQLITE_OK
    }
  }

  func sync(_ handle: OpenFile) -> Int32 {
    lock.withLock {
      if isDead(handle) || beginChange() != nil { return DiskError.sync }
      count.syncs += 1
      if faults.syncs.fails() {
        handle.file.failSync(using: &dice)
        return DiskError.sync
      }
      handle.file.sync()
      if handle.syncsDirectory {
        // SQLite's VFS for Unix syncs the directory with the first sync of a new journal.
        keptFiles = files
        handle.syncsDirectory = false
      } else if files[handle.path] === handle.file {
        keptFiles[handle.path] = handle.file
      }
      return SQLITE_OK
    }
  }

  func size(_ handle: OpenFile) -> Int? {
    lock.withLock { isDead(handle) ? nil : handle.file.seen.size }
  }

  // MARK: Locks

  func lock(_ handle: OpenFile, _ level: Int32) -> Int32 {
    lock.withLock { isDead(handle) ? DiskError.lock : handle.file.locks.lock(ObjectIdentifier(handle), level) }
  }

  func unlock(_ handle: OpenFile, to level: Int32) {
    lock.withLock { if !isDead(handle) { handle.file.locks.unlock(ObjectIdentifier(handle), to: level) } }
  }

  func isReserved(_ handle: OpenFile) -> Bool { lock.withLock { handle.file.locks.isReserved } }

  func region(
    _ handle: OpenFile, _ index: Int, bytes: Int, extending: Bool
  ) -> (address: UnsafeMutableRawPointer?, code: Int32) {
    lock.withLock {
      if isDead(handle) { return (nil, DiskError.sharedMemory) }
      if handle.sharedMemory == nil {
        let memory = handle.file.sharedMemory ?? SharedMemory()
        memory.connections += 1
        handle.file.sharedMemory = memory
        handle.sharedMemory = memory
      }
      return (handle.sharedMemory?.region(index, bytes: bytes, extending: extending), SQLITE_OK)
    }
  }

  func lockShared(_ handle: OpenFile, _ places: Range<Int>, flags: Int32) -> Int32 {
    lock.withLock {
      guard let memory = handle.sharedMemory else { return DiskError.sharedMemory }
      if isDead(handle), flags & SQLITE_SHM_LOCK != 0 { return DiskError.sharedMemory }
      return memory.lock(places, flags: flags, held: &handle.held)
    }
  }

  /// Taking and giving back the lock orders the memory of all connections.
  func barrier() { lock.withLock {} }

  func unmapShared(_ handle: OpenFile) { lock.withLock { unmap(handle) } }

  private func unmap(_ handle: OpenFile) {
    guard let memory = handle.sharedMemory else { return }
    memory.releaseAll(&handle.held)
    memory.connections -= 1
    handle.sharedMemory = nil
    if memory.connections == 0, handle.file.sharedMemory === memory { handle.file.sharedMemory = nil }
  }
}
