import GRDBSQLite
import Glibc

/// The C side of the simulated file system: the tables of functions that SQLite calls.
enum SimulatedVFS {
  /// Milliseconds between SQLite's epoch (Julian day 0) and that of Unix.
  private static let julianEpoch: Int64 = 210_866_760_000_000

  /// SQLite's VFS for Unix; present in every build of it for Linux.
  fileprivate nonisolated(unsafe) static let unix: UnsafeMutablePointer<sqlite3_vfs> = {
    sqlite3_initialize()
    guard let vfs = sqlite3_vfs_find("unix") else { preconditionFailure("this SQLite has no VFS for Unix") }
    return vfs
  }()

  /// Never freed: SQLite keeps it until the process ends.
  private nonisolated(unsafe) static let methods = makeMethods()
  private nonisolated(unsafe) static let vfs = makeVFS()

  /// Makes it the default for connections opened from now on.
  static func install() { sqlite3_vfs_register(vfs, 1) }

  // MARK: Handles

  /// The object follows SQLite's own part of a file handle.
  private static let objectOffset = MemoryLayout<sqlite3_file>.stride

  private static func handle(_ file: UnsafeMutablePointer<sqlite3_file>?) -> OpenFile? {
    guard let file else { return nil }
    let raw = UnsafeRawPointer(file).load(fromByteOffset: objectOffset, as: UnsafeRawPointer?.self)
    return raw.map { Unmanaged<OpenFile>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func put(_ handle: OpenFile, into file: UnsafeMutablePointer<sqlite3_file>) {
    let object = UnsafeRawPointer(Unmanaged.passRetained(handle).toOpaque())
    UnsafeMutableRawPointer(file).storeBytes(of: object, toByteOffset: objectOffset, as: UnsafeRawPointer?.self)
    file.pointee.pMethods = UnsafePointer(methods)
  }

  private static func isSimulated(_ name: UnsafePointer<CChar>?) -> Bool {
    guard let name else { return false }
    return strncmp(name, SimulatedFileSystem.root, SimulatedFileSystem.root.utf8.count) == 0
  }

  private static func place(_ name: UnsafePointer<CChar>) -> (disk: SimulatedDisk, name: String)? {
    SimulatedFileSystem.shared.place(String(cString: name))
  }

  // MARK: Methods of an open file

  private static func makeMethods() -> UnsafeMutablePointer<sqlite3_io_methods> {
    var table = sqlite3_io_methods()
    // Version 2: shared memory for the write-ahead log, no memory mapping of the file.
    table.iVersion = 2
    setFileMethods(&table)
    setLockMethods(&table)
    let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return pointer
  }

  private static func setFileMethods(_ table: inout sqlite3_io_methods) {
    table.xClose = { file in
      guard let file, let handle = SimulatedVFS.handle(file) else { return SQLITE_OK }
      handle.disk.close(handle)
      file.pointee.pMethods = nil
      Unmanaged.passUnretained(handle).release()
      return SQLITE_OK
    }
    table.xRead = { file, target, count, offset in
      guard let handle = SimulatedVFS.handle(file), let target else { return DiskError.read }
      return handle.disk.read(
        handle, into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)), at: Int(offset))
    }
    table.xWrite = { file, bytes, count, offset in
      guard let handle = SimulatedVFS.handle(file), let bytes else { return DiskError.write }
      return handle.disk.write(handle, UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: Int(offset))
    }
    table.xTruncate = { file, size in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.truncate }
      return handle.disk.truncate(handle, to: Int(size))
    }
    table.xSync = { file, _ in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.sync }
      return handle.disk.sync(handle)
    }
    table.xFileSize = { file, size in
      guard let handle = SimulatedVFS.handle(file), let bytes = handle.disk.size(handle) else { return DiskError.size }
      size?.pointee = Int64(bytes)
      return SQLITE_OK
    }
    table.xFileControl = { _, operation, argument in
      switch operation {
      case SQLITE_FCNTL_HAS_MOVED:
        argument?.storeBytes(of: 0, as: Int32.self)
        return SQLITE_OK
      case SQLITE_FCNTL_SIZE_HINT, SQLITE_FCNTL_CHUNK_SIZE: return SQLITE_OK
      default: return SQLITE_NOTFOUND
      }
    }
    // As SQLite's VFS for Unix: the unit a disk may harm beside a write, were it not power-safe.
    table.xSectorSize = { _ in 4096 }
    table.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
  }

  private static func setLockMethods(_ table: inout sqlite3_io_methods) {
    table.xLock = { file, level in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.lock }
      return handle.disk.lock(handle, level)
    }
    table.xUnlock = { file, level in
      guard let handle = SimulatedVFS.handle(file) else { return SQLITE_OK }
      handle.disk.unlock(handle, to: level)
      return SQLITE_OK
    }
    table.xCheckReservedLock = { file, result in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.lock }
      result?.pointee = handle.disk.isReserved(handle) ? 1 : 0
      return SQLITE_OK
    }
    table.xShmMap = { file, index, bytes, mustExtend, address in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.sharedMemory }
      let region = handle.disk.region(handle, Int(index), bytes: Int(bytes), extending: mustExtend != 0)
      address?.pointee = region.address
      return region.code
    }
    table.xShmLock = { file, first, count, flags in
      guard let handle = SimulatedVFS.handle(file) else { return DiskError.sharedMemory }
      return handle.disk.lockShared(handle, Int(first)..<Int(first + count), flags: flags)
    }
    table.xShmBarrier = { file in SimulatedVFS.handle(file)?.disk.barrier() }
    table.xShmUnmap = { file, _ in
      if let handle = SimulatedVFS.handle(file) { handle.disk.unmapShared(handle) }
      return SQLITE_OK
    }
  }

  // MARK: Methods of the file system

  private static func makeVFS() -> UnsafeMutablePointer<sqlite3_vfs> {
    // Loading of extensions and the last error are the operating system's.
    var table = unix.pointee
    table.iVersion = 2
    table.szOsFile = max(
      unix.pointee.szOsFile, Int32(objectOffset + MemoryLayout<UnsafeRawPointer?>.size))
    table.pNext = nil
    table.zName = UnsafePointer(strdup("relevo-sim"))
    table.xOpen = { _, name, file, flags, outFlags in SimulatedVFS.open(name, file, flags, outFlags) }
    setPathMethods(&table)
    setOutsideMethods(&table)
    let pointer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return pointer
  }

  private static func open(
    _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let name, isSimulated(name) else {
      return unix.pointee.xOpen?(unix, name, file, flags, outFlags) ?? SQLITE_CANTOPEN
    }
    // Without methods SQLite does not close what was never opened.
    file?.pointee.pMethods = nil
    guard let file, let place = place(name) else { return SQLITE_CANTOPEN }
    let opened = place.disk.open(place.name, flags: flags)
    guard let handle = opened.handle else { return opened.code }
    put(handle, into: file)
    outFlags?.pointee = opened.outFlags
    return SQLITE_OK
  }

  private static func setPathMethods(_ table: inout sqlite3_vfs) {
    table.xDelete = { _, name, syncsDirectory in
      guard let name, SimulatedVFS.isSimulated(name) else {
        return SimulatedVFS.unix.pointee.xDelete?(SimulatedVFS.unix, name, syncsDirectory) ?? DiskError.delete
      }
      guard let place = SimulatedVFS.place(name) else { return DiskError.deleteNoEntry }
      return place.disk.delete(place.name, syncingDirectory: syncsDirectory != 0)
    }
    table.xAccess = { _, name, flags, result in
      guard let name, SimulatedVFS.isSimulated(name) else {
        return SimulatedVFS.unix.pointee.xAccess?(SimulatedVFS.unix, name, flags, result) ?? DiskError.general
      }
      let place = SimulatedVFS.place(name)
      let mustWrite = flags == SQLITE_ACCESS_READWRITE
      let isThere = place.map { $0.disk.exists($0.name) && (!mustWrite || $0.disk.isWritable) } ?? false
      result?.pointee = isThere ? 1 : 0
      return SQLITE_OK
    }
    table.xFullPathname = { _, name, capacity, target in
      guard let name, let target, SimulatedVFS.isSimulated(name) else {
        return SimulatedVFS.unix.pointee.xFullPathname?(SimulatedVFS.unix, name, capacity, target) ?? SQLITE_CANTOPEN
      }
      let bytes = strlen(name) + 1
      guard bytes <= Int(capacity) else { return SQLITE_CANTOPEN }
      memcpy(target, name, bytes)
      return SQLITE_OK
    }
  }

  private static func setOutsideMethods(_ table: inout sqlite3_vfs) {
    table.xRandomness = { _, count, target in
      guard let target else { return 0 }
      let buffer = UnsafeMutableRawBufferPointer(start: target, count: Int(count))
      if SimulatedFileSystem.shared.fill(buffer) { return count }
      return SimulatedVFS.unix.pointee.xRandomness?(SimulatedVFS.unix, count, target) ?? 0
    }
    table.xSleep = { _, microseconds in
      // The other connections of a simulated process are real threads, so that waiting for one takes a real moment.
      guard SimulatedFileSystem.shared.now != nil else {
        return SimulatedVFS.unix.pointee.xSleep?(SimulatedVFS.unix, microseconds) ?? 0
      }
      usleep(UInt32(clamping: min(microseconds, 200)))
      return microseconds
    }
    table.xCurrentTime = { _, days in
      guard let now = SimulatedFileSystem.shared.now else {
        return SimulatedVFS.unix.pointee.xCurrentTime?(SimulatedVFS.unix, days) ?? SQLITE_ERROR
      }
      days?.pointee = Double(now + SimulatedVFS.julianEpoch) / 86_400_000
      return SQLITE_OK
    }
    table.xCurrentTimeInt64 = { _, milliseconds in
      guard let now = SimulatedFileSystem.shared.now else {
        return SimulatedVFS.unix.pointee.xCurrentTimeInt64?(SimulatedVFS.unix, milliseconds) ?? SQLITE_ERROR
      }
      milliseconds?.pointee = now + SimulatedVFS.julianEpoch
      return SQLITE_OK
    }
  }
}
