import GRDB
import Helpdesk
import OperationLog
import Simulator
import Store
import Testing

@Suite("A store on a failing disk")
struct DiskStoreTests {
  /// Each acknowledged ticket is there, and the store finds nothing wrong with itself.
  private func expectWhole(_ store: SiteStore, _ acknowledged: [EntityID]) async throws {
    #expect(try await store.findProblems() == [])
    for ticket in acknowledged { #expect(try await store.row(ticket) != nil) }
    let integrity = try await store.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
    #expect(integrity == "ok")
  }

  @Test("Power cuts in the middle of writing, again and again, lose nothing that was acknowledged", arguments: 1...6)
  func powerCuts(seed: UInt64) async throws {
    var dice = Dice(seed: seed)
    let office = try DiskOffice(seed: seed)
    var acknowledged: [EntityID] = []
    var number = 0
    var size = 8
    for _ in 0..<12 {
      let loss = DiskLoss.allCases.randomElement(using: &dice) ?? .everything
      office.disk.cutPower(afterChanges: Int.random(in: 5...400, using: &dice), loss)
      do {
        let store = try await office.open()
        while office.disk.hasPower {
          number += 1
          size = Int.random(in: 8...4000, using: &dice)
          acknowledged.append(try await DiskOffice.openTicket("\(number)", textBytes: size, in: store))
        }
      } catch {
        // A database may also be refused while it is being opened: the power fails there too.
        #expect(!office.disk.hasPower, "\(error)")
      }
      office.disk.powerOn()
      let store = try await office.open()
      try await expectWhole(store, acknowledged)
      // The retry of the one that was not acknowledged is one ticket, whether it had been written or not.
      acknowledged.append(try await DiskOffice.openTicket("\(number)", textBytes: size, in: store))
      #expect(Set(acknowledged).count == (try await store.figures(now: 0).ticketCount))
      try await store.close()
    }
    #expect(acknowledged.count > 20)
  }

  @Test("A killed process loses nothing, whatever was synced: the operating system writes the rest", arguments: 1...4)
  func kills(seed: UInt64) async throws {
    var dice = Dice(seed: seed)
    let office = try DiskOffice(seed: seed)
    var acknowledged: [EntityID] = []
    for round in 0..<10 {
      let store = try await office.open()
      try await expectWhole(store, acknowledged)
      for index in 0..<Int.random(in: 1...12, using: &dice) {
        acknowledged.append(try await DiskOffice.openTicket("\(round) \(index)", in: store))
      }
      // One more is on its way when the process dies: its connections are dead, what it wrote is seen.
      async let late = DiskOffice.openTicket("\(round) late", in: store)
      office.disk.restore(office.disk.snapshot())
      if let late = try? await late { acknowledged.append(late) }  // Acknowledged or not, both are in order.
    }
    try await expectWhole(try await office.open(), acknowledged)
  }

  @Test("A failed sync acknowledges nothing, and the database is reopened before the next write")
  func failedSync() async throws {
    let office = try DiskOffice(seed: 3)
    let store = try await office.open()
    let first = try await DiskOffice.openTicket("1", in: store)
    office.disk.failSyncs()
    let failure = await #expect(throws: StoreFailure.self) { _ = try await DiskOffice.openTicket("2", in: store) }
    #expect(failure?.code == .diskFull)
    #expect(store.reopenings == 0)
    // Reading goes on, and shows nothing of the failed commit.
    #expect(try await store.figures(now: 0).ticketCount == 1)
    let third = try await DiskOffice.openTicket("3", in: store)
    #expect(store.reopenings == 1)
    #expect(try await store.row(third)?.number == "MAD-2")
    try await expectWhole(store, [first, third])
    // The power cut shows what had really been written.
    office.disk.crash(.everything)
    let again = try await office.open()
    try await expectWhole(again, [first, third])
    #expect(try await again.figures(now: 0).ticketCount == 2)
  }

  @Test("What was waiting for the old connections when they were replaced is written by the new ones", arguments: 1...5)
  func waitingWrites(seed: UInt64) async throws {
    let office = try DiskOffice(seed: seed)
    let store = try await office.open()
    let first = try await DiskOffice.openTicket("1", in: store)
    office.disk.failSyncs()
    await #expect(throws: StoreFailure.self) { _ = try await DiskOffice.openTicket("2", in: store) }
    let opened = try await withThrowingTaskGroup(of: EntityID?.self) { group in
      for index in 0..<60 {
        group.addTask {
          if index % 3 == 0 { return try await DiskOffice.openTicket("many \(index)", in: store) }
          try await store.setLocalSetting("setting \(index)", [UInt8(index)])
          return nil
        }
      }
      return try await group.reduce(into: [EntityID]()) { if let ticket = $1 { $0.append(ticket) } }
    }
    #expect(store.reopenings == 1)
    try await expectWhole(store, [first] + opened)
    #expect(try await store.localSetting("setting 58") == [58])
    office.disk.crash(.everything)
    try await expectWhole(try await office.open(), [first] + opened)
  }

  @Test("Failing syncs and writes between power cuts lose nothing that was acknowledged", arguments: 1...8)
  func failingDisk(seed: UInt64) async throws {
    var dice = Dice(seed: seed)
    let office = try DiskOffice(seed: seed)
    var acknowledged: [EntityID] = []
    var reopenings = 0
    for round in 0..<6 {
      let store = try await office.open()
      try await expectWhole(store, acknowledged)
      for index in 0..<30 {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0:
          office.disk.failSyncs(after: Int.random(in: 0...2, using: &dice), times: Int.random(in: 1...3, using: &dice))
        case 1: office.disk.failWrites(after: Int.random(in: 0...20, using: &dice))
        default: break
        }
        let size = Int.random(in: 8...6000, using: &dice)
        do {
          acknowledged.append(try await DiskOffice.openTicket("\(round) \(index)", textBytes: size, in: store))
        } catch is StoreFailure {
          continue
        }
      }
      reopenings += store.reopenings
      office.disk.crash(DiskLoss.allCases.randomElement(using: &dice) ?? .everything, using: &dice)
      office.disk.heal()
    }
    try await expectWhole(try await office.open(), acknowledged)
    #expect(reopenings > 3 && acknowledged.count > 60)
  }

  @Test("While the disk keeps failing nothing is written; people read on, and it heals by itself")
  func stillFailing() async throws {
    let office = try DiskOffice(seed: 5)
    let store = try await office.open()
    let first = try await DiskOffice.openTicket("1", in: store)
    office.disk.failSyncs(times: 100)
    for round in 0..<5 {
      await #expect(throws: StoreFailure.self) { _ = try await DiskOffice.openTicket("again \(round)", in: store) }
      await #expect(throws: StoreFailure.self) { try await store.setLocalSetting("x", [1]) }
      #expect(try await store.row(first) != nil)
    }
    #expect(store.reopenings == 0)
    office.disk.heal()
    let second = try await DiskOffice.openTicket("2", in: store)
    try await store.setLocalSetting("x", [2])
    #expect(store.reopenings == 1)
    try await expectWhole(store, [first, second])
  }

  @Test("A failed local write reopens the database too, and readers in the middle of it see one moment")
  func localWrite() async throws {
    let office = try DiskOffice(seed: 6)
    let store = try await office.open()
    var acknowledged: [EntityID] = []
    for index in 0..<5 {
      office.disk.failSyncs()
      await #expect(throws: StoreFailure.self) { try await store.setLocalSetting("x", [UInt8(index)]) }
      #expect(try await store.localSetting("x") == (index == 0 ? nil : [UInt8(index) + 99]))
      async let read = store.tickets(TicketSearch(parsing: "ticket"), .init(viewer: nil, ownOnly: false, now: 0))
      try await store.setLocalSetting("x", [UInt8(index) + 100])
      acknowledged.append(try await DiskOffice.openTicket("\(index)", in: store))
      #expect(try await read.items.count <= index + 1)
    }
    #expect(store.reopenings == 5)
    try await expectWhole(store, acknowledged)
  }

  @Test("A full disk is named, acknowledges nothing, needs no reopening, and is forgotten once there is room")
  func fullDisk() async throws {
    let office = try DiskOffice(seed: 7)
    let store = try await office.open()
    office.disk.setCapacity(bytes: office.disk.bytesUsed + 300_000)
    var acknowledged: [EntityID] = []
    var failure: StoreFailure?
    while failure == nil, acknowledged.count < 500 {
      do {
        acknowledged.append(try await DiskOffice.openTicket("\(acknowledged.count)", textBytes: 6000, in: store))
      } catch let refused as StoreFailure {
        failure = refused
      }
    }
    #expect(failure?.code == .diskFull)
    #expect(failure?.description.contains("full") == true)
    #expect(acknowledged.count > 2)
    #expect(store.writeRefusal == .diskFull)
    #expect(try await store.figures(now: 0).ticketCount == acknowledged.count)
    office.disk.setCapacity(bytes: nil)
    acknowledged.append(try await DiskOffice.openTicket("room", in: store))
    #expect(store.writeRefusal == nil)
    #expect(store.reopenings == 0)
    office.disk.crash(.everything)
    try await expectWhole(try await office.open(), acknowledged)
  }

  @Test("A disk that became read-only says so and is written again when it can be")
  func readOnly() async throws {
    let office = try DiskOffice(seed: 8)
    let store = try await office.open()
    office.disk.setReadOnly(true)
    let failure = await #expect(throws: StoreFailure.self) { _ = try await DiskOffice.openTicket("1", in: store) }
    #expect(failure?.code == .readOnly)
    #expect(store.writeRefusal == .inputOutput)
    office.disk.setReadOnly(false)
    let ticket = try await DiskOffice.openTicket("1", in: store)
    try await expectWhole(store, [ticket])
  }
}
