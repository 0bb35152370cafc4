import Glibc
import GRDB
import Simulator
import Testing

@Suite("A simulated disk under SQLite")
struct DiskTests {
  /// How a database is told to write.
  enum Synchronous: String, CaseIterable {
    case full = "FULL"
    case normal = "NORMAL"
  }

  private static func pool(_ disk: SimulatedDisk, _ level: Synchronous = .full) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    let pool = try DatabasePool(path: disk.directory + "/test.sqlite", configuration: configuration)
    try pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = \(level.rawValue)")
      // Small, so that checkpoints fall between the crashes too.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 40")
      try db.execute(sql: "CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, body BLOB)")
    }
    return pool
  }

  private static func verdict(_ disk: SimulatedDisk) throws -> (ids: Set<Int64>, integrity: String?) {
    let pool = try DatabasePool(path: disk.directory + "/test.sqlite")
    defer { try? pool.close() }  // A test's end; what stays open goes with the pool.
    return try pool.read { db in
      let exists = try db.tableExists("line")
      let ids = exists ? try Set(Int64.fetchAll(db, sql: "SELECT id FROM line")) : []
      return (ids, try String.fetchOne(db, sql: "PRAGMA integrity_check"))
    }
  }

  /// Commits 200 rows while the power fails again and again; tells how many that were committed are missing afterwards.
  private static func lostCommits(_ level: Synchronous, seed: UInt64) throws -> Int {
    var dice = Dice(seed: seed)
    let disk = SimulatedDisk(name: "crash", seed: seed)
    var acknowledged: Set<Int64> = []
    var lost = 0
    var next: Int64 = 1
    while next <= 200 {
      disk.cutPower(
        afterChanges: Int.random(in: 1...180, using: &dice),
        DiskLoss.allCases.randomElement(using: &dice) ?? .everything)
      do {
        let pool = try pool(disk, level)
        while next <= 200 {
          let size = Int.random(in: 1...9000, using: &dice)
          let id = next
          next += 1
          try pool.write { db in
            try db.execute(sql: "INSERT INTO line VALUES (?, randomblob(?))", arguments: [id, size])
          }
          acknowledged.insert(id)
        }
        // The last row is in: the power fails once more, now that nothing is going on.
        disk.crash(.everything, using: &dice)
      } catch is DatabaseError {
        #expect(!disk.hasPower)
      }
      disk.powerOn()
      let (ids, integrity) = try verdict(disk)
      #expect(integrity == "ok")
      lost += acknowledged.subtracting(ids).count
      acknowledged.formIntersection(ids)
    }
    return lost
  }

  @Test("With synchronous FULL no committed row is lost, wherever the power fails", arguments: UInt64(1)...12)
  func full(seed: UInt64) throws {
    #expect(try Self.lostCommits(.full, seed: seed) == 0)
  }

  @Test("With synchronous NORMAL committed rows are lost, and the database is consistent all the same")
  func normal() throws {
    let lost = try (UInt64(1)...6).map { try Self.lostCommits(.normal, seed: $0) }
    #expect(lost.reduce(0, +) > 20, "lost \(lost)")
  }

  @Test("The same seed leaves the same files")
  func replay() throws {
    func run() throws -> [String: [UInt8]] {
      let disk = SimulatedDisk(name: "replay", seed: 5)
      let pool = try Self.pool(disk, .normal)
      for id in 0..<30 {
        try pool.write { db in try db.execute(sql: "INSERT INTO line VALUES (?, zeroblob(5000))", arguments: [id]) }
      }
      disk.crash(.randomSubset)
      return disk.snapshot().files.mapValues(\.bytes)
    }
    SimulatedFileSystem.shared.simulate(seed: 9, wallClock: nil)
    let first = try run()
    SimulatedFileSystem.shared.simulate(seed: 9, wallClock: nil)
    let second = try run()
    SimulatedFileSystem.shared.simulate(seed: nil, wallClock: nil)
    // The salts of the write-ahead log are random numbers of the whole process, which other tests draw from too.
    #expect(first.mapValues(\.count) == second.mapValues(\.count))
    #expect(first["test.sqlite"] == second["test.sqlite"])
  }

  @Test("A full disk refuses the commit, keeps what was there, and takes new rows once there is room")
  func fullDisk() throws {
    let disk = SimulatedDisk(name: "full")
    let pool = try Self.pool(disk)
    let capacity = disk.bytesUsed + 60_000
    disk.setCapacity(bytes: capacity)
    var written: Int64 = 0
    let failure = #expect(throws: DatabaseError.self) {
      while written < 1000 {
        try pool.write { db in
          try db.execute(sql: "INSERT INTO line VALUES (?, zeroblob(9000))", arguments: [written])
        }
        written += 1
      }
    }
    #expect(failure?.resultCode == .SQLITE_FULL)
    #expect(written > 0 && disk.bytesUsed <= capacity)
    #expect(try pool.read { try Int64.fetchOne($0, sql: "SELECT count(*) FROM line") } == written)
    disk.setCapacity(bytes: nil)
    try pool.write { db in try db.execute(sql: "INSERT INTO line VALUES (5000, x'00')") }
    disk.crash(.everything)
    let (ids, integrity) = try Self.verdict(disk)
    #expect(integrity == "ok" && ids.count == Int(written) + 1)
  }

  @Test("Writes, reads and syncs fail where they were told to, by the names SQLite has for them")
  func errors() throws {
    let disk = SimulatedDisk(name: "errors")
    let pool = try Self.pool(disk)
    func insert() throws { try pool.write { try $0.execute(sql: "INSERT INTO line (body) VALUES (zeroblob(9000))") } }
    try insert()
    disk.failWrites(after: 2)
    #expect(#expect(throws: DatabaseError.self) { try insert() }?.extendedResultCode == .SQLITE_IOERR_WRITE)
    try insert()
    disk.failSyncs()
    #expect(#expect(throws: DatabaseError.self) { try insert() }?.extendedResultCode == .SQLITE_IOERR_FSYNC)
    disk.setReadOnly(true)
    #expect(#expect(throws: DatabaseError.self) { try insert() }?.resultCode == .SQLITE_READONLY)
    #expect(try pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM line") } == 2)
    disk.heal()
    try insert()
    #expect(try Self.verdict(disk).ids.count == 3)
    disk.failReads(times: 1000)
    #expect(throws: DatabaseError.self) { try Self.verdict(disk) }
  }

  @Test("Readers on their own connections see one moment each while the writer commits and checkpoints")
  func readersBesideTheWriter() async throws {
    let disk = SimulatedDisk(name: "readers")
    let pool = try Self.pool(disk)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<100 {
            let (count, last) = try await pool.read { db in
              (
                try Int64.fetchOne(db, sql: "SELECT count(*) FROM line") ?? 0,
                try Int64.fetchOne(db, sql: "SELECT max(id) FROM line") ?? 0
              )
            }
            #expect(count == last)
          }
        }
      }
      group.addTask {
        for id in 1...300 {
          try await pool.write { db in
            try db.execute(sql: "INSERT INTO line VALUES (?, zeroblob(3000))", arguments: [id])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(disk.counters.syncs >= 300)
    try pool.close()
    #expect(try Self.verdict(disk).ids.count == 300)
  }

  @Test("A restored image is what the disk was, on the same disk and on a clone of it, and open connections are dead")
  func images() throws {
    let disk = SimulatedDisk(name: "original")
    let pool = try Self.pool(disk)
    try pool.write { try $0.execute(sql: "INSERT INTO line VALUES (1, x'01')") }
    let image = disk.snapshot()
    try pool.write { try $0.execute(sql: "INSERT INTO line VALUES (2, x'02')") }
    let clone = SimulatedDisk(name: "clone")
    clone.restore(image)
    disk.restore(image)
    #expect(throws: DatabaseError.self) { try pool.write { try $0.execute(sql: "INSERT INTO line VALUES (3, x'03')") } }
    #expect(try Self.verdict(disk).ids == [1])
    #expect(try Self.verdict(clone).ids == [1])
  }

  @Test("A disk goes when nobody needs it any more, and a path under no disk cannot be opened")
  func gone() throws {
    var directory = ""
    weak var watched: SimulatedDisk?
    do {
      let disk = SimulatedDisk(name: "short")
      directory = disk.directory
      watched = disk
      try Self.pool(disk).close()
    }
    #expect(watched == nil)
    #expect(throws: DatabaseError.self) { try DatabasePool(path: directory + "/test.sqlite") }
  }

  @Test("A file outside is still SQLite's own")
  func outside() throws {
    _ = SimulatedFileSystem.shared
    let path = "/tmp/relevo-disk-\(UInt64.random(in: 0...UInt64.max)).sqlite"
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "CREATE TABLE t (x)") }
    try queue.close()
    let again = try DatabaseQueue(path: path)
    #expect(try again.read { try $0.tableExists("t") })
    #expect(try again.read { try String.fetchOne($0, sql: "SELECT date('now')") } ?? "" > "2025")
    try again.close()
    remove(path)
  }
}
