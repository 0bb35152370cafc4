import Foundation
import GRDB
import Helpdesk
import OperationLog
import Store
import Testing

@Suite("A database that was set back or moved is noticed when it is opened")
struct WitnessTests {
  private let ana = Actor.person(TestOffice.person("ana"))

  private func office(_ witness: KeptWitness, machine: UInt8 = 1) async throws -> TestOffice {
    try await TestOffice.cluster(["MAD"], surroundings: Self.beside(witness, machine: machine))[0]
  }

  private static func beside(_ witness: KeptWitness, machine: UInt8 = 1, host: String = "srv1") -> StoreSurroundings {
    StoreSurroundings(witness: witness, machine: [UInt8](repeating: machine, count: 16), host: host)
  }

  @Test("A store that is closed and opened again goes on with its stream, however often")
  func ordinary() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    try await office.open("One")
    try await office.store.close()
    for round in 0..<3 {
      let again = try office.openAgain(surroundings: Self.beside(witness))
      #expect(again.incarnation == nil && again.home.stream == office.stream && again.mayWriteAutomatically)
      try await Clones.write(again, .openTicket(OpenTicket(subject: "Round \(round)", description: "")), by: "eva")
      try await again.close()
    }
  }

  @Test("An older copy of the database is behind its witness")
  func behind() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    let copy = try await Clones.copy(office)
    try await office.open("Written after the copy")
    let restored = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(restored.incarnation?.cause == .behindWitness)
    #expect(restored.incarnation?.isBegun == false)
    // It is remembered, although opening it made witness and database agree again.
    try await restored.close()
    let again = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(again.incarnation?.cause == .behindWitness && again.incarnation?.since == restored.incarnation?.since)
    #expect(again.incarnation?.isBegun == false)
  }

  @Test("A disk that was copied while a new stream was due begins another one than its original")
  func copiedWhileDue() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    let copy = try await Clones.copy(office)
    try await office.open("Written after the copy")
    let restored = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(restored.incarnation?.isBegun == false)
    let backup = try ScratchDirectory()
    try await restored.backup(to: backup.path + "/relevo.sqlite")
    try await Clones.begin(restored)
    let begun = restored.home.stream
    try await restored.close()
    // Neither the original's witness nor an own one makes it take up the name again.
    for surroundings in [Self.beside(witness), Self.beside(KeptWitness()), StoreSurroundings()] {
      let again = try office.openAgain(in: backup, surroundings: surroundings)
      #expect(again.incarnation?.isBegun == false && again.incarnation?.stream != begun)
      try await again.close()
    }
  }

  @Test("A copy of before the last start knows nothing of that start, even when nothing was written since")
  func otherStart() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    let copy = try await Clones.copy(office)
    try await office.store.close()
    try await office.openAgain(surroundings: Self.beside(witness)).close()
    let restored = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(restored.incarnation?.cause == .otherStart)
  }

  @Test("Another operation at the place the witness knows is noticed")
  func otherHead() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    let copy = try await Clones.copy(office)
    try await office.open("Here")
    let clone = try office.openAgain(in: copy)
    try await Clones.write(clone, .openTicket(OpenTicket(subject: "There", description: "")), by: "eva")
    try await clone.close()
    let restored = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(restored.incarnation?.cause == .otherHead)
  }

  @Test("A database ahead of its witness is an ordinary crash, not an alarm")
  func ahead() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    let earlier = witness.bytes
    try await office.open("After the witness reached the disk")
    try await office.store.close()
    witness.bytes = earlier
    #expect(try office.openAgain(surroundings: Self.beside(witness)).incarnation == nil)
  }

  @Test("A lost witness is an alarm where one was written, and none where there never was one")
  func lost() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    try await office.store.close()
    let lost = try office.openAgain(surroundings: Self.beside(KeptWitness()))
    #expect(lost.incarnation?.cause == .witnessMissing)
    let never = try await TestOffice.cluster(["MAD"])[0]
    try await never.store.close()
    let first = try never.openAgain(surroundings: Self.beside(KeptWitness()))
    #expect(first.incarnation == nil)
  }

  @Test("A torn record is passed over for the one before; two torn records are no witness", arguments: [1, 2])
  func torn(count: Int) async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    try await office.open("One")
    try await office.open("Two")
    try await office.store.close()
    var bytes = witness.bytes
    #expect(bytes.count == 256)
    let newest = Self.count(bytes.prefix(128)) > Self.count(bytes.suffix(128)) ? 0 : 128
    for slot in [newest, 128 - newest].prefix(count) { bytes[slot + 60] ^= 0xff }
    witness.bytes = bytes
    let again = try office.openAgain(surroundings: Self.beside(witness))
    #expect(again.incarnation?.cause == (count == 1 ? nil : .witnessMissing))
  }

  private static func count(_ record: ArraySlice<UInt8>) -> UInt64 {
    record.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  @Test("A directory on another machine begins anew; a machine without identity is not judged")
  func machine() async throws {
    let witness = KeptWitness()
    let office = try await office(witness, machine: 1)
    try await office.store.close()
    let nameless = StoreSurroundings(witness: witness)
    let same = try office.openAgain(surroundings: nameless)
    #expect(same.incarnation == nil)
    try await same.close()
    let moved = try office.openAgain(surroundings: Self.beside(witness, machine: 2, host: "srv2"))
    #expect(moved.incarnation?.cause == .machineChanged)
  }

  @Test("A database that vanished beside its witness numbers its tickets as a later incarnation")
  func vanished() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    try await office.open("One")
    let empty = try office.openAgain(in: try ScratchDirectory(), surroundings: Self.beside(witness))
    #expect(empty.home.stream != office.stream && empty.incarnation?.isBegun == true)
    #expect(!empty.mayWriteAutomatically)
  }

  @Test("A witness that cannot be written stops nobody, is told, and is taken up again")
  func trouble() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    witness.fail("disk full")
    try await office.open("One")
    #expect(office.store.witnessTrouble == "disk full")
    witness.fail(nil)
    try await office.open("Two")
    #expect(office.store.witnessTrouble == nil)
  }

  @Test("While an incarnation is due nothing is written; then it writes a stream and numbers of its own")
  func renewal() async throws {
    let witness = KeptWitness()
    let office = try await office(witness)
    try await office.open("One")
    let copy = try await Clones.copy(office)
    let lost = try await office.open("Two")
    let restored = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    let open = CommandBody.openTicket(OpenTicket(subject: "Three", description: ""))
    await #expect { try await Clones.write(restored, open, by: "eva") } throws: { error in
      (error as? StoreFailure)?.code == .incarnationPending
    }
    // What the others hold of the old stream comes back like any other stream's.
    try await TestOffice.pull(restored, from: office.store)
    #expect(try await restored.row(lost)?.number == "MAD-2")
    try await Clones.begin(restored)
    #expect(restored.home.stream != office.stream && restored.incarnation?.isBegun == true)
    #expect(restored.isOwn(office.stream) && restored.isOwn(restored.home.stream))
    let fresh = try await Clones.write(restored, open, by: "eva")
    let four = TicketNumber.incarnation(of: restored.home.stream)
    #expect(try await restored.row(fresh.entity)?.number == "MAD.\(four)-1")
    #expect(fresh.dots.allSatisfy { $0.stream == restored.home.stream })

    #expect(!restored.mayWriteAutomatically)
    let automatic = CommandBody.assignAutomatically(
      lost, AutomaticAssignment(agent: TestOffice.person("ana"), rule: "test", record: ""))
    await #expect(throws: CommandRefusal.notCustodian) {
      try await restored.execute(Command(actor: .system, body: automatic))
    }
    #expect(try await restored.confirmIncarnation() && restored.mayWriteAutomatically)
    #expect(try await restored.confirmIncarnation() == false)
    // Custody of the old stream's tickets is the new one's.
    _ = try await restored.execute(Command(actor: .system, body: automatic))
    try await expectSound(restored)
    try await restored.close()

    let again = try office.openAgain(in: copy, surroundings: Self.beside(witness))
    #expect(again.home.stream == restored.home.stream && again.incarnation?.isConfirmed == true)
    let next = try await Clones.write(again, open, by: "eva")
    #expect(try await again.row(next.entity)?.number == "MAD.\(four)-2")
    try await TestOffice.pull(office.store, from: again)
    try await expectSame(office.store, again)
  }

  @Test("A restored backup begins anew without any witness, and says so in its first operation")
  func restored() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let copy = try await Clones.copy(office)
    try SiteStore.markRestored(copy.path + "/relevo.sqlite")
    let restored = try office.openAgain(in: copy, surroundings: StoreSurroundings(host: "srv2"))
    #expect(restored.incarnation?.cause == .restored)
    try await Clones.begin(restored)
    let run = try #require(
      try await restored.run(of: restored.home.stream, from: 1, to: 1, bytesMax: 1 << 16))
    let header = try OperationHeader(decoding: run.records[0].header)
    let place = StreamPlace(try Facts.decode(header.facts))
    #expect(place.continues == office.stream && place.host == "srv2" && place.machine.isEmpty)
    try await restored.close()
    #expect(try office.openAgain(in: copy).incarnation?.isBegun == true, "once is enough")
  }
}
