import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("Who decides about a ticket after its custodian was copied and wrote in two places")
struct ForkCustodyTests {
  /// Two copies of MAD, a ticket of LYO's that both know, and offices that will hear of the copies in different order.
  private struct Fork {
    var madrid: TestOffice
    var lyon: TestOffice
    var others: [SiteStore]
    var clones: [SiteStore]
    /// Kept, because a directory goes when nobody holds it.
    var directories: [ScratchDirectory]
    var ticket: EntityID

    var all: [SiteStore] { [lyon.store] + others + clones }
  }

  private func fork(seed: UInt64 = 1) async throws -> Fork {
    let offices = try await TestOffice.cluster(["MAD", "LYO", "BCN", "SVQ"], seed: seed)
    let ticket = try await offices[1].open("Opened in Lyon")
    for office in offices where office !== offices[1] { try await TestOffice.exchange(offices[1], office) }
    let directories = [try await Clones.copy(offices[0]), try await Clones.copy(offices[0])]
    let clones = try directories.map { try offices[0].openAgain(in: $0) }
    return Fork(
      madrid: offices[0], lyon: offices[1], others: offices.dropFirst(2).map(\.store), clones: clones,
      directories: directories, ticket: ticket)
  }

  private func takeOver(_ ticket: EntityID, at store: SiteStore, by name: String) async throws {
    let takeOver = TakeOver(reason: "Lyon is cut off.", isCustodianReachable: false)
    try await Clones.write(store, .takeOver(ticket, takeOver), by: name)
  }

  private func byRule(_ body: CommandBody, at store: SiteStore) async throws {
    _ = try await store.execute(Command(actor: .system, body: body))
  }

  private func reply(_ ticket: EntityID, at store: SiteStore, by name: String) async throws {
    try await Clones.write(store, .reply(ticket, body: "I am on it.", isInternal: false), by: name)
  }

  private func ticket(_ id: EntityID, at store: SiteStore) async throws -> Ticket {
    try #require(try await store.detail(id)).ticket
  }

  /// Brings all together and demands the same state, rows and custodian everywhere.
  private func expectOneCustodian(_ fork: Fork, of ids: [EntityID]) async throws {
    try await Clones.exchange(fork.all)
    for store in fork.all.dropFirst() { try await expectSame(fork.all[0], store) }
    let rows = try await shownRows(fork.all[0])
    for store in fork.all.dropFirst() { #expect(try await shownRows(store) == rows) }
    for id in ids {
      let expected = try await ticket(id, at: fork.all[0])
      for store in fork.all {
        let shown = try await ticket(id, at: store)
        #expect(shown.custodyClaim?.reference == expected.custodyClaim?.reference)
        #expect(shown.custodianStream == expected.custodianStream && shown.custodian == expected.custodian)
      }
    }
  }

  @Test("Both copies took it over: the one under which somebody works decides, whichever copy was heard of first")
  func bothTookOver() async throws {
    let fork = try await fork()
    try await takeOver(fork.ticket, at: fork.clones[0], by: "ana")
    try await takeOver(fork.ticket, at: fork.clones[1], by: "luc")
    let (barcelona, seville) = (fork.others[0], fork.others[1])
    try await Clones.pull(barcelona, from: fork.clones[0])
    try await Clones.pull(seville, from: fork.clones[1])
    // In Seville somebody works under the second copy's custody, and nobody there has heard of the first.
    try await reply(fork.ticket, at: seville, by: "luc")
    try await Clones.pull(barcelona, from: seville)
    try await Clones.pull(seville, from: barcelona)
    try await expectOneCustodian(fork, of: [fork.ticket])
    let shown = try await ticket(fork.ticket, at: barcelona)
    #expect(shown.custodian == fork.madrid.site && shown.assignee == TestOffice.person("luc"))
    // The claim that wins is the second copy's, by the name of its branch; its words name the stream that Madrid wrote.
    #expect(shown.custodianStream == fork.madrid.stream)
    let claim = try #require(shown.custodyClaim)
    #expect(claim.reference.stream != fork.madrid.stream && shown.lostCustodies.count == 1)
    #expect(shown.hasStarted(claim) && shown.lostCustodies.allSatisfy { !shown.hasStarted($0) })
    // Each copy goes on under a stream of its own, and what Madrid decides is still decided there and nowhere else.
    for clone in fork.clones { try await Clones.begin(clone) }
    for clone in fork.clones { _ = try await clone.confirmIncarnation() }
    for clone in fork.clones { #expect(clone.isOwn(claim.reference.stream) && clone.isOwn(fork.madrid.stream)) }
    for store in [fork.lyon.store] + fork.others {
      #expect(!store.isOwn(claim.reference.stream) && !store.isOwn(fork.madrid.stream))
    }
    let handOver = CommandBody.handOver(
      fork.ticket, HandOver(site: fork.lyon.site, reason: "Back to where it came from."))
    await #expect(throws: CommandRefusal.notCustodianSite("MAD")) { try await Clones.write(barcelona, handOver) }
    try await Clones.write(fork.clones[0], handOver)
    try await Clones.exchange(fork.all)
    try await byRule(.acknowledgeHandOver(fork.ticket), at: fork.lyon.store)
    try await expectOneCustodian(fork, of: [fork.ticket])
    #expect(try await ticket(fork.ticket, at: seville).custodianStream == fork.lyon.stream)
  }

  @Test("Two copies handed one ticket to two offices: both acknowledgements stay in its history, one office decides")
  func handedToTwo() async throws {
    let fork = try await fork()
    let (barcelona, seville) = (fork.others[0], fork.others[1])
    let own = try await Clones.write(
      fork.clones[0], .openTicket(OpenTicket(subject: "Madrid's", description: "")), by: "eva"
    ).entity
    try await Clones.exchange([fork.clones[0], barcelona, seville])
    // The second copy is made only now, so that both know the ticket.
    let directory = try ScratchDirectory()
    let path = fork.clones[0].path
    try await fork.clones[0].pool.writeWithoutTransaction { _ in
      for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.path + "/relevo.sqlite" + suffix)
      }
    }
    let second = try fork.madrid.openAgain(in: directory)
    let sites = [TestOffice.hashing.site(code: "BCN"), TestOffice.hashing.site(code: "SVQ")]
    let copies = [(fork.clones[0], sites[0], barcelona), (second, sites[1], seville)]
    for (copy, site, receiver) in copies {
      try await byRule(.handOverAutomatically(own, AutomaticHandOver(site: site, rule: "push", record: "r")), at: copy)
      try await Clones.pull(receiver, from: copy)
      try await byRule(.acknowledgeHandOver(own), at: receiver)
    }
    let stores = [barcelona, seville, fork.lyon.store, fork.clones[0], second]
    try await Clones.exchange(stores)
    for store in stores.dropFirst() { try await expectSame(stores[0], store) }
    for store in stores {
      let detail = try #require(try await store.detail(own))
      #expect(detail.history.count { $0.kind == .handOverAcknowledged } == 2)
      #expect(detail.ticket.custodian == (try await ticket(own, at: barcelona)).custodian)
    }
  }

  @Test(
    "Custody moves at random between copies and offices, and ends the same wherever it was heard of first",
    arguments: 1...8)
  func random(seed: UInt64) async throws {
    let fork = try await fork(seed: seed)
    var dice = Dice(seed: seed)
    var tickets = [fork.ticket]
    let names = ["ana", "luc"]
    for round in 0..<30 {
      let store = fork.all[dice.below(fork.all.count)]
      guard store.incarnation == nil else { continue }
      let id = tickets[dice.below(tickets.count)]
      let name = names[dice.below(2)]
      let site = TestOffice.hashing.site(code: ["MAD", "LYO", "BCN", "SVQ"][dice.below(4)])
      do {
        switch dice.below(9) {
        case 0:
          let body = OpenTicket(subject: "Round \(round)", description: "")
          tickets.append(try await Clones.write(store, .openTicket(body), by: "eva").entity)
        case 1, 2: try await takeOver(id, at: store, by: name)
        case 3: try await reply(id, at: store, by: name)
        case 4: try await Clones.write(store, .handOver(id, HandOver(site: site, reason: "Theirs.")), by: name)
        case 5:
          try await byRule(
            .handOverAutomatically(id, AutomaticHandOver(site: site, rule: "push", record: "r")), at: store)
        case 6: try await byRule(.acknowledgeHandOver(id), at: store)
        case 7: try await Clones.write(store, .take(id), by: name)
        default:
          // The copies meet each other by way of the offices only.
          let giver = fork.all[dice.below(fork.all.count)]
          let areCopies = fork.clones.contains { $0 === giver } && fork.clones.contains { $0 === store }
          if giver !== store, !areCopies { try await Clones.pull(store, from: giver, recordsMax: 1 + dice.below(4)) }
        }
      } catch is CommandRefusal {
        continue  // Not everything fits every ticket.
      }
    }
    for (clone, name) in zip(fork.clones, names) where clone.incarnation == nil {
      try await reply(fork.ticket, at: clone, by: name)
    }
    try await expectOneCustodian(fork, of: tickets)
  }
}
