import Foundation
import GRDB
import Glibc
import Helpdesk
import OperationLog
import Store
import Synchronization
import Testing

@Suite("What is acknowledged stays")
struct DurabilityTests {
  private let eva = Actor.person(TestOffice.person("eva"))

  @Test("Every commit is written with synchronous FULL into a write-ahead log")
  func pragmas() async throws {
    let office = try TestOffice("MAD")
    let (journal, level) = try await office.store.pool.writeWithoutTransaction { db in
      (
        try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous")
      )
    }
    #expect(journal == "wal" && level == 2)
  }

  /// Copies the database as an abrupt stop would leave it.
  private func copyFiles(_ office: TestOffice) throws -> ScratchDirectory {
    let copy = try ScratchDirectory()
    // The database before its log: while no checkpoint runs only the log grows, and a stop leaves its end torn too.
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: office.store.path + suffix, toPath: copy.path + "/relevo.sqlite" + suffix)
    }
    return copy
  }

  @Test("Stopped in the middle of writing, a store opens again with every acknowledged write and a clean audit")
  func abruptStop() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    try await office.store.pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
    }
    let stop = Flag()
    let acknowledged = Acknowledged()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          var index = 0
          while !stop.isRaised {
            let key = "\(worker)-\(index)"
            let ticket = try await office.open("Ticket \(key)", key: key)
            acknowledged.add(ticket)
            index += 1
          }
        }
      }
      for round in 1...5 {
        while acknowledged.all.count < round * 24 { await Task.yield() }
        let before = acknowledged.all
        let copy = try copyFiles(office)
        let reopened = try office.openAgain(in: copy)
        try await expectSound(reopened)
        for ticket in before { #expect(try await reopened.row(ticket) != nil) }
        // It goes on: a retried request is recognised, and new numbers follow the last ones.
        let body = CommandBody.openTicket(OpenTicket(subject: "Ticket 0-0", description: ""))
        let again = try await reopened.execute(Command(actor: eva, idempotencyKey: "0-0", body: body))
        #expect(again.isRepetition)
        let count = try await reopened.figures(now: 0).ticketCount
        let next = try await reopened.execute(Command(actor: eva, body: body))
        #expect(try await reopened.row(next.entity)?.number == "MAD-\(count + 1)")
        try await expectSound(reopened)
      }
      stop.raise()
      try await group.waitForAll()
    }
    try await expectSound(office.store)
  }

  @Test("Stopped between two transactions with part of the log in the database already, nothing is missing either")
  func stopAfterCheckpoint() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    try await office.store.pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 20")
    }
    for index in 0..<60 { try await office.open("Ticket \(index)", String(repeating: "x", count: 2000)) }
    let copy = try await office.store.pool.writeWithoutTransaction { _ in try copyFiles(office) }
    let reopened = try office.openAgain(in: copy)
    let (was, isNow) = (try await office.store.digest(), try await reopened.digest())
    #expect(was.digest == isNow.digest && was.vector == isNow.vector)
    try await expectSound(reopened)
  }

  @Test("A full disk refuses the write by name, acknowledges nothing of it, and is forgotten once there is room")
  func fullDatabase() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let limit = try await office.store.pool.writeWithoutTransaction { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      return try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages + 12)") ?? 0
    }
    #expect(limit > 0)
    try await fillAndFree(office) {
      try await office.store.pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA max_page_count = 1000000")
      }
    }
  }

  @Test("A disk that is full in earnest does the same", .enabled(if: geteuid() == 0))
  func fullDisk() async throws {
    let directory = try ScratchDirectory()
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=2m") == 0 else { return }
    defer { umount2(directory.path, Int32(MNT_DETACH)) }
    let ballast = directory.path + "/ballast"
    let office = try TestOffice("MAD", in: directory)
    try await office.execute(.definePerson(PersonDefinition(email: "eva@example.org", name: "Eva", role: .employee)))
    try #require(FileManager.default.createFile(atPath: ballast, contents: Foundation.Data(count: 500_000)))
    try await fillAndFree(office) { try FileManager.default.removeItem(atPath: ballast) }
    try await office.store.close()
  }

  /// Writes until there is no room, makes room and goes on.
  private func fillAndFree(_ office: TestOffice, makeRoom: () async throws -> Void) async throws {
    let text = String(repeating: "palabra distinta ", count: 300)
    var written: [EntityID] = []
    var failures: [any Error] = []
    for round in 0..<200 where failures.isEmpty {
      await withTaskGroup(of: Result<EntityID, any Error>.self) { group in
        for index in 0..<4 {
          group.addTask {
            do {
              return .success(try await office.open("Ticket \(round) \(index)", text))
            } catch {
              return .failure(error)
            }
          }
        }
        for await result in group {
          switch result {
          case .success(let id): written.append(id)
          case .failure(let error): failures.append(error)
          }
        }
      }
    }
    try #require(!failures.isEmpty, "the disk never became full")
    for failure in failures { #expect((failure as? StoreFailure)?.code == .diskFull, "\(failure)") }
    #expect(try await office.store.figures(now: 0).ticketCount == written.count)
    // Reading goes on while nothing can be written.
    for id in written { #expect(try await office.store.detail(id) != nil) }

    try await makeRoom()
    let next = try await office.open("Room again", text)
    #expect(try await office.number(next) == "MAD-\(written.count + 1)")
    try await expectSound(office.store)
  }

  @Test("A backup opens as a database of its own and holds the same, also while writes go on")
  func backup() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    for index in 0..<20 { try await office.open("Ticket \(index)", "Text") }
    let directory = try ScratchDirectory()
    let file = directory.path + "/relevo.sqlite"
    let before = try await office.store.digest()
    try await office.store.backup(to: file)
    await #expect(throws: StoreFailure.self) { try await office.store.backup(to: file) }
    await #expect(throws: StoreFailure.self) { try await office.store.backup(to: directory.path + "/no/such/place") }
    let restored = try office.openAgain(in: directory)
    let after = try await restored.digest()
    #expect(before.digest == after.digest && before.vector == after.vector)
    try await expectSound(restored)
    let found = try await restored.tickets(
      TicketSearch(parsing: "text"), .init(viewer: nil, ownOnly: false, now: office.clock.now))
    #expect(found.items.count == 20)
  }

  @Test("A database made with another node's key is refused, and so is a file that is no database")
  func wrongNode() async throws {
    let office = try TestOffice("MAD")
    let failure = #expect(throws: StoreFailure.self) { try TestOffice("LYO", in: office.directory) }
    #expect(failure?.code == .wrongNode)
    let other = try ScratchDirectory()
    try Foundation.Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: other.path + "/relevo.sqlite"))
    let corrupt = #expect(throws: StoreFailure.self) { try TestOffice("BOG", in: other) }
    #expect(corrupt?.code == .corrupt)
    let missing = #expect(throws: StoreFailure.self) { try office.openAgain(in: other) }
    #expect(missing?.code == .corrupt)
  }

  @Test("A database of a newer version is left alone")
  func newerSchema() async throws {
    let office = try TestOffice("MAD")
    try await office.store.pool.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')")
    }
    try await office.store.close()
    let failure = #expect(throws: StoreFailure.self) { try office.openAgain() }
    #expect(failure?.code == .newerSchema)
  }

  @Test("One write that cannot be carried out harms none of those beside it")
  func oneFailure() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let broken = try await office.open("Broken")
    try await office.store.pool.write { db in
      try db.execute(sql: "UPDATE ticket SET state = x'ff' WHERE id = ?", arguments: [Foundation.Data(broken.bytes)])
    }
    // Opened anew, so that nothing of the ticket is in memory.
    let store = try office.openAgain()
    let gate = WriterGate(store)
    let failed = await withTaskGroup(of: Int?.self) { group in
      for index in 0..<8 {
        group.addTask {
          gate.arrive()
          do {
            let body: CommandBody =
              index == 3
              ? .reply(broken, body: "Hello", isInternal: false)
              : .openTicket(OpenTicket(subject: "Ticket \(index)", description: ""))
            _ = try await store.execute(Command(actor: eva, body: body))
            return nil
          } catch {
            return index
          }
        }
      }
      await gate.open(after: 8)
      var failed: [Int] = []
      for await index in group { if let index { failed.append(index) } }
      return failed
    }
    #expect(failed == [3])
    #expect(try await store.figures(now: 0).ticketCount == 8)
    let rest = try await store.tickets(
      TicketSearch(parsing: "ticket"), .init(viewer: nil, ownOnly: false, now: office.clock.now))
    #expect(Set(rest.items.map(\.number)) == Set((2...8).map { "MAD-\($0)" }))
  }
}

/// What has been answered with success so far.
final class Acknowledged: Sendable {
  private let tickets = Mutex<[EntityID]>([])

  func add(_ ticket: EntityID) { tickets.withLock { $0.append(ticket) } }
  var all: [EntityID] { tickets.withLock { $0 } }
}
