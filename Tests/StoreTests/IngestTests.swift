import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("Runs of peers: what is refused, kept and taken in")
struct IngestTests {
  /// An office that has admitted a ghost, and the ghost with three operations.
  private func admitted() async throws -> (TestOffice, Ghost) {
    let office = try await TestOffice.cluster(["MAD"])[0]
    var ghost = Ghost()
    try await office.execute(.admitNode(ghost.admitted))
    ghost.open("One", number: "GHO-1")
    ghost.open("Two", number: "GHO-2")
    return (office, ghost)
  }

  private func expectUntouched(
    _ office: TestOffice, by run: OperationRun, refusal: RunRefusal, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await office.store.digest()
    let outcome = try await office.store.ingest(run)
    #expect(outcome == .refused(refusal), sourceLocation: sourceLocation)
    let after = try await office.store.digest()
    #expect(before.digest == after.digest && before.vector == after.vector, sourceLocation: sourceLocation)
    try await expectSound(office.store, sourceLocation: sourceLocation)
  }

  @Test("A run is taken in once; again, in part or beginning earlier, it changes nothing or only adds what is new")
  func repetitionAndOverlap() async throws {
    var (office, ghost) = try await admitted()
    #expect(try await office.store.ingest(ghost.run()) == .stored(through: 3))
    let digest = try await office.store.digest().digest
    #expect(try await office.store.ingest(ghost.run()) == .alreadyHeld(through: 3))
    #expect(try await office.store.ingest(ghost.run(2, 3)) == .alreadyHeld(through: 3))
    #expect(try await office.store.digest().digest == digest)
    ghost.open("Three", number: "GHO-3")
    ghost.open("Four", number: "GHO-4")
    #expect(try await office.store.ingest(ghost.run(2, 5)) == .stored(through: 5))
    #expect(try await office.store.figures(now: 0).ticketCount == 4)
    try await expectSound(office.store)
    // What was taken in goes on exactly as it came.
    let run = try await office.store.run(of: ghost.stream, from: 1, to: 5, bytesMax: 1 << 20)
    #expect(run?.records == ghost.records && run?.head.sequence == 5)
  }

  @Test("A gap, an altered header, an altered text, a wrong signature and another cluster are refused by name")
  func refusals() async throws {
    let (office, ghost) = try await admitted()
    let end = Dot(stream: ghost.stream, sequence: 3)
    #expect(try await office.store.ingest(ghost.run(1, 1)) == .stored(through: 1))
    try await expectUntouched(office, by: ghost.run(3, 3), refusal: .gap(expected: 2, got: 3))

    var altered = ghost.run(2, 3)
    altered.records[0].header[20] ^= 1
    try await expectUntouched(office, by: altered, refusal: .chainBroken(end))
    var exchanged = ghost.run(2, 3)
    exchanged.records.swapAt(0, 1)
    try await expectUntouched(office, by: exchanged, refusal: .chainBroken(end))

    var words = ghost.run(2, 3)
    words.records[1].text?[3] ^= 1
    try await expectUntouched(office, by: words, refusal: .textAltered(end))
    var salt = ghost.run(2, 3)
    salt.records[0].salt[0] ^= 1
    try await expectUntouched(
      office, by: salt, refusal: .textAltered(Dot(stream: ghost.stream, sequence: 2)))
    var added = ghost.run(1, 3)
    added.records[0].text = [1, 0]
    // The operation held already is not looked at again; what is new in the run is.
    #expect(try await office.store.ingest(added) == .stored(through: 3))
  }

  @Test("Signatures of another key, for another cluster, or none at all are refused")
  func signatures() async throws {
    let (office, ghost) = try await admitted()
    let wrong = RunRefusal.signatureWrong(Dot(stream: ghost.stream, sequence: 3))
    try await expectUntouched(office, by: ghost.run(signer: office.key), refusal: wrong)
    try await expectUntouched(office, by: ghost.run(cluster: ClusterID(high: 1, low: 2)), refusal: wrong)
    var none = ghost.run()
    none.head.signature = []
    try await expectUntouched(office, by: none, refusal: wrong)
    var flipped = ghost.run()
    flipped.head.signature[10] ^= 1
    try await expectUntouched(office, by: flipped, refusal: wrong)
  }

  @Test("Truncated, empty, mislabelled and absurd runs are malformed, and none of them stops the program")
  func malformed() async throws {
    let (office, ghost) = try await admitted()
    var truncated = ghost.run()
    truncated.records.removeLast()
    try await expectUntouched(office, by: truncated, refusal: .malformed)
    var empty = ghost.run()
    empty.records = []
    try await expectUntouched(office, by: empty, refusal: .malformed)
    for first in [0, UInt64.max, UInt64.max - 1, 1 << 40] {
      var absurd = ghost.run()
      absurd.first = first
      try await expectUntouched(office, by: absurd, refusal: .malformed)
    }
    var foreign = ghost.run()
    foreign.head.stream = office.stream
    try await expectUntouched(office, by: foreign, refusal: .malformed)
    // Another ghost's first operation does not name this stream.
    var stolen = ghost.run()
    stolen.records[0] = Ghost(seed: 5).records[0]
    try await expectUntouched(office, by: stolen, refusal: .malformed)
    var garbage = ghost.run()
    garbage.records[0] = OperationRecord(header: [1, 2, 3])
    try await expectUntouched(office, by: garbage, refusal: .malformed)
  }

  @Test("A node that nobody admitted is kept waiting, also across a restart, until the directory brings it")
  func heldUntilDirectory() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    var ghost = Ghost()
    let ticket = ghost.open("Early")
    ghost.open("Later", number: "GHO-2")
    #expect(try await lyon.store.ingest(ghost.run(1, 2)) == .heldUntilDirectory)
    #expect(try await lyon.store.ingest(ghost.run(3, 3)) == .heldUntilDirectory)
    #expect(try await lyon.store.ingest(ghost.run(1, 2)) == .heldUntilDirectory)
    #expect(try await lyon.store.figures(now: 0).heldRunCount == 2)
    #expect(try await lyon.store.detail(ticket) == nil)

    let restarted = try lyon.openAgain()
    #expect(try await restarted.figures(now: 0).heldRunCount == 2)
    try await madrid.execute(.admitNode(ghost.admitted))
    try await TestOffice.pull(restarted, from: madrid.store)
    #expect(try await restarted.figures(now: 0).heldRunCount == 0)
    #expect(try await restarted.detail(ticket)?.row.subject == "Early")
    #expect(try await restarted.vector()[ghost.stream] == 3)
    try await TestOffice.pull(madrid.store, from: restarted)
    try await expectSame(madrid.store, restarted)
  }

  @Test("Runs that say of nobody whom to wait for are not kept, the same run is kept once, and the number is bounded")
  func heldWithinBounds() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    var ghost = Ghost(seed: 7)
    for number in 0..<4 { ghost.open("Held \(number)", number: "GHO-\(number)") }
    let (opening, rest) = (ghost.run(1, 2), ghost.run(3, 5))
    // Without its opening a run could be anybody's.
    #expect(try await office.store.ingest(rest) == .refused(.unknownStream(ghost.stream)))
    #expect(try await office.store.figures(now: 0).heldRunCount == 0)
    for _ in 0..<3 { #expect(try await office.store.ingest(opening) == .heldUntilDirectory) }
    #expect(try await office.store.ingest(rest) == .heldUntilDirectory)
    #expect(try await office.store.figures(now: 0).heldRunCount == 2)
    // It is the same after a restart, when nothing of it is in memory.
    try await office.store.close()
    let store = try office.openAgain()
    ghost.open("Held later", number: "GHO-9")
    #expect(try await store.ingest(ghost.run(6, 6)) == .heldUntilDirectory)
    try await withThrowingTaskGroup(of: IngestOutcome.self) { group in
      for seed in 0..<4_200 { group.addTask { try await store.ingest(Ghost(seed: 1_000 + UInt64(seed)).run()) } }
      for try await outcome in group {
        switch outcome {
        case .heldUntilDirectory, .refused(.unknownStream): continue
        default: Issue.record("neither kept nor to be asked for again: \(outcome)")
        }
      }
    }
    #expect(try await store.figures(now: 0).heldRunCount == 4_096)
    _ = try await store.execute(Command(actor: .console, body: .admitNode(ghost.admitted)))
    #expect(try await store.vector()[ghost.stream] == 6)
    #expect(try await store.figures(now: 0).heldRunCount == 4_093)
  }

  @Test("A kept run that turns out to be forged is dropped when its node arrives, and the true one is taken")
  func heldForgery() async throws {
    let (office, _) = try await admitted()
    var ghost = Ghost(seed: 7)
    ghost.open("True")
    #expect(try await office.store.ingest(ghost.run(signer: office.key)) == .heldUntilDirectory)
    try await office.execute(.admitNode(ghost.admitted))
    #expect(try await office.store.vector()[ghost.stream] == 0)
    #expect(try await office.store.figures(now: 0).heldRunCount == 0)
    #expect(try await office.store.ingest(ghost.run()) == .stored(through: 2))
    try await expectSound(office.store)
  }

  @Test("Two entities that claim the same token digest stop neither the stream nor the commands beside it")
  func doubledDigest() async throws {
    var (office, ghost) = try await admitted()
    let digest = TestOffice.hashing.sha256([4, 4, 4])
    let ana = TestOffice.person("ana")
    try await office.execute(.createToken(person: ana, name: "Script", digest: digest))
    ghost.append(
      .tokenCreated, TestOffice.hashing.entity(source: "ghost", id: "token"),
      [
        .set(tag: DirectoryField.Token.person, .identifier(TestOffice.person("ada"))),
        .set(tag: DirectoryField.Token.name, .text(0)),
        .set(tag: DirectoryField.Token.digest, .bytes(digest.bytes)),
      ], texts: ["Mine"])
    #expect(try await office.store.ingest(ghost.run()) == .stored(through: 4))
    #expect(try await office.store.holder(ofTokenDigest: digest)?.person.id == ana)
    try await expectSound(office.store)
  }

  // MARK: What this version does not understand

  @Test("An operation of an unknown kind is stored, passed on byte for byte, marked deferred, and stops nothing")
  func unknownKind() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    var ghost = Ghost()
    try await madrid.execute(.admitNode(ghost.admitted))
    let ticket = ghost.open("Known")
    ghost.append(kind: 9999, ticket, facts: [1, 2, 3], text: Array("from the future".utf8))
    // Bytes that are a text of today's form must not be shown either.
    ghost.append(kind: 9999, ticket, facts: Facts.encode([]), text: TextSegments.encode(["secret word"]))
    ghost.open("After", number: "GHO-2")
    #expect(try await madrid.store.ingest(ghost.run()) == .stored(through: 5))
    #expect(try await madrid.store.figures(now: 0).deferredCount == 2)
    #expect(try await madrid.detail(ticket).history.count == 1)
    #expect(try await madrid.store.ticketID("GHO-2") != nil)
    let holes = try await madrid.detail(ticket).version.holes
    #expect(holes.map(\.sequence) == [3, 4], "whoever looks at the ticket has not seen them")

    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    let forwarded = try await lyon.store.run(of: ghost.stream, from: 1, to: 5, bytesMax: 1 << 20)
    #expect(forwarded?.records == ghost.records)
    // Somebody edits without having seen them, and says so.
    try await lyon.edit(ticket) { $0.subject = "Edited" }
    let last = try await lyon.store.vector()[lyon.stream]
    let run = try #require(try await lyon.store.run(of: lyon.stream, from: last, to: last, bytesMax: 1))
    let observed = try OperationHeader(decoding: try #require(run.records.last).header).observed
    #expect(observed.covers(Dot(stream: ghost.stream, sequence: 2)))
    #expect(!observed.covers(Dot(stream: ghost.stream, sequence: 3)))
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
  }

  @Test("Unreadable headers, facts and texts are kept and passed on too, and their stream goes on")
  func undecodable() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    var ghost = Ghost()
    try await madrid.execute(.admitNode(ghost.admitted))
    let ticket = ghost.open("Known")
    ghost.append(kind: OperationKind.ticketEdited.rawValue, ticket, facts: [200, 1])
    ghost.append(kind: OperationKind.replied.rawValue, ticket, facts: Facts.encode([]), text: [1, 3, 0xff, 0xfe, 0xfd])
    ghost.append(raw: OperationRecord(header: [7, 7, 7]))
    ghost.append(raw: OperationRecord(header: []))
    // The same operation again, so that its header names another place than the one it stands at.
    ghost.append(raw: ghost.records[1])
    ghost.open("After", number: "GHO-2")
    #expect(try await madrid.store.ingest(ghost.run()) == .stored(through: 8))
    #expect(try await madrid.store.figures(now: 0).deferredCount == 5)
    #expect(try await madrid.store.ticketID("GHO-2") != nil)
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    let forwarded = try await lyon.store.run(of: ghost.stream, from: 1, to: 8, bytesMax: 1 << 20)
    #expect(forwarded?.records == ghost.records)
    #expect(try await madrid.detail(ticket).history.count == 1)
  }

  @Test("Deferred operations merge the same whether they come before or after the entity they are about")
  func deferredOrder() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    var one = Ghost(seed: 1)
    var other = Ghost(seed: 2)
    for ghost in [one, other] { try await offices[0].execute(.admitNode(ghost.admitted)) }
    try await TestOffice.exchange(offices[0], offices[1])
    let ticket = one.open("Known")
    one.append(.personDefined, .zero, [.set(tag: DirectoryField.Person.role, .code(1))])
    other.append(kind: 9999, ticket, facts: [])
    other.append(raw: OperationRecord(header: [7]))
    for run in [one.run(), other.run()] { _ = try await offices[0].store.ingest(run) }
    for run in [other.run(), one.run()] { _ = try await offices[1].store.ingest(run) }
    try await TestOffice.exchange(offices[0], offices[1])
    try await expectSame(offices[0].store, offices[1].store)
  }

  @Test(
    "What an earlier version deferred is folded in when this one opens the store, as if it had always been understood")
  func foldedInAfterUpgrade() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let (madrid, lyon) = (offices[0], offices[1])
    var ghost = Ghost()
    try await madrid.execute(.admitNode(ghost.admitted))
    try await TestOffice.exchange(madrid, lyon)
    let ticket = ghost.open("Before")
    let whole = ghost
    var observed = ObservedVector()
    observed.note(DotReference(dot: Dot(stream: ghost.stream, sequence: 2), hashPrefix: 0))
    ghost.append(
      .ticketEdited, ticket, [.set(tag: TicketField.subject.rawValue, .text(0))], texts: ["After"], observed: observed)
    _ = try await madrid.store.ingest(ghost.run())
    _ = try await lyon.store.ingest(whole.run())
    try await leaveDeferred(ghost, 3, of: ticket, at: lyon)
    try await expectSound(lyon.store)
    #expect(try await lyon.store.figures(now: 0).deferredCount == 1)
    #expect(try await lyon.detail(ticket).row.subject == "Before")

    let upgraded = try lyon.openAgain()
    #expect(try await upgraded.figures(now: 0).deferredCount == 0)
    #expect(try await upgraded.detail(ticket)?.row.subject == "After")
    #expect(try await upgraded.detail(ticket)?.version.holes == [])
    try await TestOffice.pull(upgraded, from: madrid.store)
    try await TestOffice.pull(madrid.store, from: upgraded)
    try await expectSame(madrid.store, upgraded)
    #expect(try await shownRows(upgraded) == shownRows(madrid.store))
  }

  /// Writes the ghost's last operation the way a version leaves it that does not know its kind.
  private func leaveDeferred(_ ghost: Ghost, _ sequence: UInt64, of ticket: EntityID, at office: TestOffice)
    async throws
  {
    let run = ghost.run()
    let record = ghost.records[Int(sequence) - 1]
    try await office.store.pool.write { db in
      let row = try #require(
        try Row.fetchOne(db, sql: "SELECT no, state FROM ticket WHERE id = ?", arguments: [Data(ticket.bytes)]))
      let before = [UInt8](row["state"] as Data)
      var state = try EntityState(decoding: before)
      state.noteDeferred(DotReference(dot: Dot(stream: ghost.stream, sequence: sequence), hashPrefix: 0))
      let stored = try #require(try Data.fetchOne(db, sql: "SELECT digest FROM progress"))
      let digest = try #require(Hash32(bytes: stored))
        .subtracting(TestOffice.hashing.sha256(ticket.bytes, before))
        .adding(TestOffice.hashing.sha256(ticket.bytes, state.encoded()))
      let number = try #require(
        try Int64.fetchOne(db, sql: "SELECT no FROM stream WHERE id = ?", arguments: [Data(ghost.stream.bytes)]))
      let id = number << 40 | Int64(sequence)
      try db.execute(
        sql: "INSERT INTO operation (id, entity, kind, header, salt, text) VALUES (?, 0, 0, ?, ?, ?)",
        arguments: [id, Data(record.header), Data(record.salt), record.text.map { Data($0) }])
      try db.execute(sql: "INSERT INTO deferred VALUES (?, ?, 'kind')", arguments: [id, Data(ticket.bytes)])
      try db.execute(
        sql: "INSERT INTO signed_head VALUES (?, ?, ?)",
        arguments: [id, Data(run.head.hash.bytes), Data(run.head.signature)])
      try db.execute(
        sql: "UPDATE stream SET head = ?, hash = ? WHERE no = ?",
        arguments: [Int64(sequence), Data(run.head.hash.bytes), number])
      try db.execute(sql: "UPDATE progress SET digest = ?", arguments: [Data(digest.bytes)])
      try db.execute(
        sql: "UPDATE ticket SET state = ? WHERE no = ?", arguments: [Data(state.encoded()), row["no"] as Int64])
    }
  }

  @Test("Numbers and times at the edge of what fits are taken in without a trap")
  func extremes() async throws {
    var (office, ghost) = try await admitted()
    let ticket = ghost.open("Edge", number: "GHO-3")
    for value in [Int64.min, -1, Int64.max] {
      ghost.append(
        .ticketEdited, ticket,
        [
          .set(tag: TicketField.createdAt.rawValue, .number(value)),
          .set(tag: TicketField.firstAnsweredAt.rawValue, .number(value)),
          .set(tag: TicketField.resolvedAt.rawValue, .number(value)),
        ])
    }
    for code in [UInt64.max, 1 << 63, 255, 65_535] {
      let tags: [TicketField] = [
        .status, .urgency, .impact, .priority, .level, .channel, .lastWordBy, .assignee, .queue, .subject,
      ]
      ghost.append(.ticketEdited, ticket, tags.map { .set(tag: $0.rawValue, .code(code)) })
      ghost.append(.ticketEdited, ticket, tags.map { .set(tag: $0.rawValue, .text(200)) })
      ghost.append(
        .personDefined, TestOffice.person("max"),
        [
          .set(tag: DirectoryField.Person.role, .code(code)), .set(tag: DirectoryField.Person.capacity, .code(code)),
          .set(tag: DirectoryField.Person.email, .text(9)), .set(tag: DirectoryField.Person.site, .code(code)),
        ])
      ghost.append(
        .queueDefined, TestOffice.hashing.queue(name: "max"), [.set(tag: DirectoryField.Queue.level, .code(code))])
    }
    #expect(try await office.store.ingest(ghost.run()) == .stored(through: ghost.last))
    #expect(try await office.store.figures(now: 0).deferredCount == 0)
    // Whoever reads them, in a page or in the rules of assignment, may reckon with them.
    let row = try #require(try await office.store.row(ticket))
    #expect(row.createdAt == OperationHeader.withinCalendar(.min) && row.createdAt - .max / 2 < 0)
    #expect(row.answeredAt == row.createdAt && row.answerDue > row.createdAt)
    _ = try await office.detail(ticket)
    _ = try await office.store.people()
    _ = try await office.store.tickets(
      TicketSearch(), .init(viewer: nil, ownOnly: false, now: office.clock.now))
    try await expectSound(office.store)
  }
}
