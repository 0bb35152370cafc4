import GRDBSQLite

/// The locks that connections hold on one database file, by SQLite's five levels.
struct FileLocks {
  private var levels: [ObjectIdentifier: Int32] = [:]

  /// SQLITE_OK or SQLITE_BUSY.
  mutating func lock(_ holder: ObjectIdentifier, _ level: Int32) -> Int32 {
    let own = levels[holder] ?? SQLITE_LOCK_NONE
    guard own < level else { return SQLITE_OK }
    let highest = levels.reduce(SQLITE_LOCK_NONE) { $1.key == holder ? $0 : max($0, $1.value) }
    switch level {
    case SQLITE_LOCK_SHARED where highest >= SQLITE_LOCK_PENDING: return SQLITE_BUSY
    case SQLITE_LOCK_RESERVED where highest >= SQLITE_LOCK_RESERVED: return SQLITE_BUSY
    case SQLITE_LOCK_EXCLUSIVE where highest >= SQLITE_LOCK_PENDING: return SQLITE_BUSY
    case SQLITE_LOCK_EXCLUSIVE where highest >= SQLITE_LOCK_SHARED:
      // Readers may finish, new ones must wait.
      levels[holder] = SQLITE_LOCK_PENDING
      return SQLITE_BUSY
    default:
      levels[holder] = level
      return SQLITE_OK
    }
  }

  mutating func unlock(_ holder: ObjectIdentifier, to level: Int32) {
    levels[holder] = level == SQLITE_LOCK_NONE ? nil : level
  }

  /// True when somebody means to write.
  var isReserved: Bool { levels.values.contains { $0 >= SQLITE_LOCK_RESERVED } }
}

/// The memory that the connections to one database share beside its write-ahead log, with its eight locks.
///
/// Freed when the last connection that mapped it lets go.
final class SharedMemory {
  static let lockCount = Int(SQLITE_SHM_NLOCK)

  private var regions: [UnsafeMutableRawPointer] = []
  private var shared = [Int](repeating: 0, count: lockCount)
  private var exclusive = [Bool](repeating: false, count: lockCount)
  var connections = 0

  deinit {
    for region in regions { region.deallocate() }
  }

  /// The region's address; nil when it does not exist and must not be made.
  func region(_ index: Int, bytes: Int, extending: Bool) -> UnsafeMutableRawPointer? {
    while index >= regions.count, extending {
      let region = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
      region.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      regions.append(region)
    }
    return index < regions.count ? regions[index] : nil
  }

  /// SQLITE_OK or SQLITE_BUSY; `held` are the locks of the asking connection.
  func lock(_ places: Range<Int>, flags: Int32, held: inout Holding) -> Int32 {
    let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
    if flags & SQLITE_SHM_UNLOCK != 0 {
      for place in places { release(place, &held) }
      return SQLITE_OK
    }
    for place in places {
      if held.exclusive.contains(place) { continue }
      let others = shared[place] - (held.shared.contains(place) ? 1 : 0)
      if exclusive[place] || (isExclusive && others > 0) { return SQLITE_BUSY }
    }
    for place in places {
      if isExclusive {
        if held.shared.remove(place) { shared[place] -= 1 }
        exclusive[place] = true
        held.exclusive.insert(place)
      } else if !held.exclusive.contains(place), held.shared.insert(place) {
        shared[place] += 1
      }
    }
    return SQLITE_OK
  }

  /// Gives back everything a connection holds.
  func releaseAll(_ held: inout Holding) {
    for place in 0..<Self.lockCount { release(place, &held) }
  }

  private func release(_ place: Int, _ held: inout Holding) {
    if held.shared.remove(place) { shared[place] -= 1 }
    if held.exclusive.remove(place) { exclusive[place] = false }
  }

  /// The locks of one connection.
  struct Holding {
    var shared = Places()
    var exclusive = Places()
  }

  /// Some of the eight locks, one bit each.
  struct Places {
    private var bits: UInt16 = 0

    func contains(_ place: Int) -> Bool { bits & 1 << place != 0 }

    /// True when it was not there before.
    @discardableResult
    mutating func insert(_ place: Int) -> Bool {
      defer { bits |= 1 << place }
      return !contains(place)
    }

    /// True when it was there.
    mutating func remove(_ place: Int) -> Bool {
      defer { bits &= ~(1 << place) }
      return contains(place)
    }
  }
}
