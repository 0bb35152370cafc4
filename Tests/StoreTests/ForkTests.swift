import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("A stream that was written twice: both branches are kept, alike on every node")
struct ForkTests {
  /// Two clones of MAD that know nothing of each other, and offices that know neither yet.
  private struct Fork {
    var madrid: TestOffice
    var others: [TestOffice]
    var clones: [SiteStore]
    /// Kept, because a directory goes when nobody holds it.
    var directories: [ScratchDirectory]
    var shared: EntityID
    var base: UInt64
  }

  private func fork(_ others: [String] = ["LYO", "BCN", "SVQ"], seed: UInt64 = 1) async throws -> Fork {
    let offices = try await TestOffice.cluster(["MAD"] + others, seed: seed)
    let shared = try await offices[0].open("Before the copy")
    for office in offices.dropFirst() { try await TestOffice.exchange(offices[0], office) }
    let base = try await offices[0].store.vector()[offices[0].stream]
    let directories = [try await Clones.copy(offices[0]), try await Clones.copy(offices[0])]
    let clones = try directories.map { try offices[0].openAgain(in: $0) }
    return Fork(
      madrid: offices[0], others: Array(offices.dropFirst()), clones: clones, directories: directories, shared: shared,
      base: base)
  }

  private func open(_ store: SiteStore, _ subject: String) async throws -> EntityID {
    try await Clones.write(store, .openTicket(OpenTicket(subject: subject, description: "")), by: "eva").entity
  }

  private func reply(_ store: SiteStore, _ ticket: EntityID, _ words: String, by name: String = "ana") async throws {
    try await Clones.write(store, .reply(ticket, body: words, isInternal: false), by: name)
  }

  private func expectAlike(_ stores: [SiteStore], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for store in stores.dropFirst() { try await expectSame(stores[0], store, sourceLocation: sourceLocation) }
  }

  @Test("The derived streams have the same names and state whichever branch was seen first", arguments: [1, 2, 256])
  func bothOrders(recordsMax: Int) async throws {
    let fork = try await fork(["LYO", "BCN"])
    for index in 0..<3 { try await reply(fork.clones[0], fork.shared, "First \(index)") }
    for index in 0..<2 { try await reply(fork.clones[1], fork.shared, "Second \(index)") }
    let (lyon, barcelona) = (fork.others[0].store, fork.others[1].store)
    try await Clones.pull(lyon, from: fork.clones[0], recordsMax: recordsMax)
    try await Clones.pull(barcelona, from: fork.clones[1], recordsMax: recordsMax)
    #expect(try await lyon.forkProofs().isEmpty)
    try await Clones.exchange([lyon, barcelona], recordsMax: recordsMax)
    try await expectAlike([lyon, barcelona])
    for store in [lyon, barcelona] {
      let vector = try await store.vector()
      #expect(vector[fork.madrid.stream] == fork.base)
      let proof = try #require(try await store.forkProofs().first)
      #expect(proof.stream == fork.madrid.stream && proof.sequence == fork.base + 1)
      #expect(proof.node == fork.madrid.node)
      let words = try #require(try await store.detail(fork.shared)).history.compactMap { $0.texts?.first }
      #expect(Set(words).isSuperset(of: ["First 0", "First 1", "First 2", "Second 0", "Second 1"]))
      #expect(try await store.acknowledgeForks() == 1)
      #expect(try await store.forkProofs().isEmpty)
    }
  }

  @Test("Branches of equal length are found too, and a third one beside them")
  func equalLengthAndThird() async throws {
    var fork = try await fork(["LYO", "BCN"])
    let third = try await Clones.copy(fork.madrid)
    fork.clones.append(try fork.madrid.openAgain(in: third))
    for (index, clone) in fork.clones.enumerated() { try await reply(clone, fork.shared, "From \(index)") }
    let (lyon, barcelona) = (fork.others[0].store, fork.others[1].store)
    try await Clones.pull(lyon, from: fork.clones[0])
    try await Clones.pull(lyon, from: fork.clones[2])
    try await Clones.pull(barcelona, from: fork.clones[1])
    try await Clones.exchange([lyon, barcelona])
    try await expectAlike([lyon, barcelona])
    let streams = try await lyon.streamNodes().filter { $0.value == fork.madrid.node }
    #expect(streams.count == 4, "the stream and three branches")
  }

  @Test("A clone of a clone: forks inside forks have the same names in whatever order they are found")
  func nested() async throws {
    let fork = try await fork(["LYO", "BCN", "SVQ"])
    try await reply(fork.clones[0], fork.shared, "Common to two")
    // A copy of the first clone goes on beside it.
    let directory = try ScratchDirectory()
    let path = fork.clones[0].path
    try await fork.clones[0].pool.writeWithoutTransaction { _ in
      for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.path + "/relevo.sqlite" + suffix)
      }
    }
    let inner = try fork.madrid.openAgain(in: directory)
    try await reply(fork.clones[0], fork.shared, "Outer")
    try await reply(inner, fork.shared, "Inner")
    try await reply(inner, fork.shared, "Inner again")
    try await reply(fork.clones[1], fork.shared, "Second")
    let givers = [fork.clones[0], inner, fork.clones[1]]
    for (index, order) in [[0, 1, 2], [2, 1, 0], [1, 2, 0]].enumerated() {
      for giver in order { try await Clones.pull(fork.others[index].store, from: givers[giver]) }
    }
    try await Clones.exchange(fork.others.map(\.store) + givers)
    try await expectAlike(fork.others.map(\.store) + givers)
    #expect(try await fork.others[0].store.forkProofs().count == 2)
  }

  @Test("Who answered one branch before anybody knew of the other keeps meaning that branch", arguments: 1...6)
  func randomOrders(seed: UInt64) async throws {
    let fork = try await fork(seed: seed)
    var dice = Dice(seed: seed)
    let offices = fork.others.map(\.store)
    var tickets = [fork.shared]
    for round in 0..<24 {
      let clone = fork.clones[dice.below(2)]
      let office = offices[dice.below(3)]
      switch dice.below(6) {
      case 0: tickets.append(try await open(clone, "Clone \(round)"))
      case 1: tickets.append(try await open(office, "Office \(round)"))
      case 2:
        // A branch reaches an office that may know the other already.
        try await Clones.pull(office, from: clone, recordsMax: 1 + dice.below(4))
      case 3: try await Clones.pull(offices[dice.below(3)], from: office, recordsMax: 1 + dice.below(4))
      default:
        let store = dice.below(2) == 0 ? clone : office
        let ticket = tickets[dice.below(tickets.count)]
        guard store.incarnation == nil, try await store.detail(ticket) != nil else { continue }
        if dice.below(2) == 0 {
          try await reply(store, ticket, "Words \(round)")
        } else {
          var edit = TicketEdit()
          edit.subject = "Subject \(round)"
          try await Clones.write(store, .editTicket(ticket, edit))
        }
      }
    }
    try await reply(fork.clones[0], fork.shared, "Certainly first")
    try await reply(fork.clones[1], fork.shared, "Certainly second")
    try await Clones.exchange(offices + fork.clones, recordsMax: 1 + dice.below(8))
    try await expectAlike(offices + fork.clones)
    #expect(try await !offices[0].forkProofs().isEmpty)
    let rows = try await shownRows(offices[0])
    for office in offices.dropFirst() { #expect(try await shownRows(office) == rows) }

    // Both clones stop, and each goes on under a stream of its own.
    for clone in fork.clones {
      #expect(clone.incarnation?.cause == .writtenTwice)
      await #expect(throws: StoreFailure.self) { try await open(clone, "Too early") }
      try await Clones.begin(clone)
      _ = try await open(clone, "Afterwards")
    }
    #expect(fork.clones[0].home.stream != fork.clones[1].home.stream)
    try await Clones.exchange(offices + fork.clones)
    try await expectAlike(offices + fork.clones)
  }

  @Test("What others had seen of a branch is told by programs that cannot read it too, whichever they heard of first")
  func unreadBranch() async throws {
    let fork = try await fork(["LYO", "BCN"])
    let (root, barcelona) = (fork.madrid.stream, fork.others[1].store)
    // Two programs at Lyon that do not know what an edit is.
    let copies = [try await Clones.copy(fork.others[0]), try await Clones.copy(fork.others[0])]
    let old = try copies.map {
      try fork.others[0].openAgain(in: $0, without: [OperationKind.ticketEdited.rawValue])
    }
    try await reply(fork.clones[0], fork.shared, "The other branch")
    _ = try await open(fork.clones[1], "Elsewhere")
    let between = try await fork.clones[1].vector()[root]
    var edit = TicketEdit()
    edit.subject = "Edited"
    try await Clones.write(fork.clones[1], .editTicket(fork.shared, edit))
    try await Clones.pull(barcelona, from: fork.clones[1])
    let before = try await barcelona.vector()[barcelona.home.stream]
    try await reply(barcelona, fork.shared, "Seen")

    // One hears of the reply before the edit that its author had seen, the other after it.
    func take(_ stream: StreamID, _ from: UInt64, _ to: UInt64, _ giver: SiteStore, by receiver: SiteStore) async throws
    {
      let run = try #require(
        try await giver.run(of: stream, from: from, to: to, bytesMax: 65_536, recordsMax: 256))
      #expect(run.last == to)
      switch try await receiver.ingest(run) {
      case .stored, .branched: break
      case let outcome: Issue.record("\(outcome)")
      }
    }
    let last = try await fork.clones[1].vector()[root]
    let said = try await barcelona.vector()[barcelona.home.stream]
    for store in old { try await Clones.pull(store, from: fork.clones[0]) }
    for store in old { try await take(root, fork.base + 1, between, fork.clones[1], by: store) }
    try await take(barcelona.home.stream, before + 1, said, barcelona, by: old[0])
    try await take(root, between + 1, last, fork.clones[1], by: old[0])
    try await take(root, between + 1, last, fork.clones[1], by: old[1])
    try await take(barcelona.home.stream, before + 1, said, barcelona, by: old[1])
    try await expectAlike(old)
    #expect(try await old[0].figures(now: 0).deferredCount == 1)

    // Later programs understand it, and are alike with the one that always did.
    for store in old { try await store.close() }
    let newer = try copies.map { try fork.others[0].openAgain(in: $0) }
    try await Clones.exchange(newer + [barcelona])
    try await expectAlike(newer + [barcelona])
    #expect(try await newer[0].figures(now: 0).deferredCount == 0)
  }

  @Test("Whoever replaced a value of one branch replaced that one, and not the value at the same place of the other")
  func references() async throws {
    let fork = try await fork(["LYO", "BCN", "SVQ"])
    func change(_ store: SiteStore, _ subject: String) async throws {
      var edit = TicketEdit()
      edit.subject = subject
      try await Clones.write(store, .editTicket(fork.shared, edit))
    }
    try await change(fork.clones[0], "First")
    try await change(fork.clones[1], "Second")
    let (lyon, barcelona, seville) = (fork.others[0].store, fork.others[1].store, fork.others[2].store)
    try await Clones.pull(lyon, from: fork.clones[0])
    try await Clones.pull(barcelona, from: fork.clones[1])
    try await change(lyon, "Lyon, having seen the first")
    // Barcelona hears of Lyon's change before it knows of the branch that Lyon means.
    let own = fork.others[0].stream
    let last = try await lyon.vector()[own]
    let run = try #require(try await lyon.run(of: own, from: 2, to: last, bytesMax: 1 << 16))
    #expect(try await barcelona.ingest(run) == .stored(through: last))
    try await Clones.pull(seville, from: barcelona)
    let stores = [lyon, barcelona, seville] + fork.clones
    try await Clones.exchange(stores)
    try await expectAlike(stores)
    for store in stores {
      let conflict = try #require(try await store.detail(fork.shared)?.conflicts.first { $0.field == .subject })
      #expect(Set(conflict.choices.compactMap(\.text)) == ["Lyon, having seen the first", "Second"])
    }
  }

  @Test("A number that both clones gave out leads to both tickets, each shown with the characters of its branch")
  func sharedNumber() async throws {
    let fork = try await fork(["LYO"])
    let one = try await open(fork.clones[0], "One")
    let two = try await open(fork.clones[1], "Two")
    #expect(try await fork.clones[0].row(one)?.number == "MAD-2")
    #expect(try await fork.clones[1].row(two)?.number == "MAD-2")
    let lyon = fork.others[0].store
    try await Clones.exchange([lyon] + fork.clones)
    try await expectAlike([lyon] + fork.clones)
    for store in [lyon] + fork.clones {
      let (first, second) = (try #require(try await store.row(one)), try #require(try await store.row(two)))
      #expect(first.number != second.number)
      for row in [first, second] {
        #expect(row.number.hasPrefix("MAD.") && row.number.hasSuffix("-2"))
        #expect(try await store.ticketID(row.number) == row.id)
      }
      let choices = [first.number, second.number].sorted()
      await #expect(throws: CommandRefusal.valueUnknown(field: "ticket", value: "MAD-2", choices: choices)) {
        _ = try await store.ticketID("mad-2")
      }
      #expect(try await store.ticketID("MAD-1") == fork.shared)
      let search = try TicketSearch(parsing: "MAD-2")
      let found = try await store.tickets(search, .init(viewer: nil, ownOnly: false, now: 0))
      #expect(Set(found.items.map(\.id)) == [one, two])
    }
    // It stays so when something else happens to them.
    try await reply(lyon, one, "More")
    #expect(try await lyon.row(one)?.number == fork.clones[0].row(one)?.number)
  }

  @Test("A repeated request is answered with what it wrote, under the name its branch has now")
  func requests() async throws {
    let fork = try await fork(["LYO"])
    let body = CommandBody.reply(fork.shared, body: "Once", isInternal: false)
    let command = Command(actor: .person(TestOffice.person("ana")), idempotencyKey: "k", body: body)
    let first = try await fork.clones[0].execute(command)
    try await reply(fork.clones[1], fork.shared, "Other")
    try await Clones.exchange([fork.others[0].store] + fork.clones)
    try await Clones.begin(fork.clones[0])
    let again = try await fork.clones[0].execute(command)
    #expect(again.isRepetition && again.entity == first.entity)
    let dot = try #require(again.dots.first)
    #expect(dot.stream != fork.madrid.stream && dot.stream != fork.clones[0].home.stream)
    let history = try #require(try await fork.clones[0].detail(fork.shared)).history
    #expect(history.first { $0.dot == dot }?.texts == ["Once"])
  }

  @Test("Whoever cannot sign for the node can neither fork its stream nor derive one from it")
  func forged() async throws {
    let fork = try await fork(["LYO", "BCN"])
    try await reply(fork.clones[0], fork.shared, "Real")
    try await reply(fork.clones[1], fork.shared, "Other")
    let lyon = fork.others[0].store
    try await Clones.pull(lyon, from: fork.clones[0])
    let before = try await lyon.digest()
    let from = fork.base + 1
    let real = try #require(
      try await fork.clones[1].run(of: fork.madrid.stream, from: from, to: from, bytesMax: 1 << 16))
    var unsigned = real
    unsigned.head.signature[3] ^= 1
    var altered = real
    altered.records[0].header[20] ^= 1
    for run in [unsigned, altered] {
      guard case .refused = try await lyon.ingest(run) else {
        Issue.record("taken in: \(run.head)")
        continue
      }
    }
    // A record that derives a stream from what everybody holds proves nothing by itself.
    try await Clones.pull(fork.others[1].store, from: fork.clones[0])
    try await Clones.pull(fork.others[1].store, from: fork.clones[1])
    for (stream, last) in try await fork.others[1].store.vector().sorted where try await lyon.vector()[stream] == 0 {
      var run = try #require(try await fork.others[1].store.run(of: stream, from: 1, to: last, bytesMax: 1 << 16))
      run.records[0].header[30] ^= 1
      guard case .refused = try await lyon.ingest(run) else {
        Issue.record("taken in: \(stream)")
        continue
      }
    }
    let after = try await lyon.digest()
    #expect(before.digest == after.digest && before.vector == after.vector)
    try await expectSound(lyon)
  }

  @Test("A branch survives a restart of the store that keeps it")
  func restart() async throws {
    let fork = try await fork(["LYO"])
    try await reply(fork.clones[0], fork.shared, "First")
    try await reply(fork.clones[1], fork.shared, "Second")
    let lyon = fork.others[0]
    try await Clones.exchange([lyon.store] + fork.clones)
    let before = try await lyon.store.digest()
    try await lyon.store.close()
    let again = try lyon.openAgain()
    #expect(again.endedStreams.map(\.stream) == [fork.madrid.stream])
    #expect(try await again.digest().digest == before.digest)
    try await expectSound(again)
    try await reply(again, fork.shared, "After the restart", by: "luc")
    try await expectSound(again)
  }
}
