import Foundation
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store
import Testing

@Suite("Commands on a real database")
struct CommandTests {
  private func office() async throws -> TestOffice { try await TestOffice.cluster(["MAD"])[0] }
  private let ana = Actor.person(TestOffice.person("ana"))
  private let eva = Actor.person(TestOffice.person("eva"))

  @Test("A ticket is opened, edited, answered, closed and opened again, and its history tells all of it in order")
  func lifeOfATicket() async throws {
    let office = try await office()
    let ticket = try await office.open("VPN fails", "Since this morning", urgency: .high, tags: ["vpn"])
    let opened = try await office.detail(ticket)
    #expect(opened.row.number == "MAD-1")
    #expect(opened.row.subject == "VPN fails" && opened.description == "Since this morning")
    #expect(opened.row.stage == .new && opened.row.tags == ["vpn"] && opened.row.lastWordIsRequesters)
    #expect(opened.row.site == office.site && opened.row.custodianStream == office.stream)

    try await office.execute(.take(ticket), by: ana)
    #expect(try await office.detail(ticket).row.stage == .assigned)
    try await office.execute(.reply(ticket, body: "Which city?", isInternal: false), by: ana)
    let answered = try await office.detail(ticket).row
    #expect(answered.stage == .inProgress && answered.lastWord == "Which city?" && !answered.lastWordIsRequesters)
    #expect(answered.answeredAt != nil)
    try await office.edit(ticket) {
      $0.subject = "VPN fails in Lyon"
      $0.status = .waiting
      $0.waitingReason = .requester
    }
    #expect(try await office.detail(ticket).row.waitingReason == .requester)
    try await office.execute(.reply(ticket, body: "Lyon", isInternal: false), by: eva)
    #expect(try await office.detail(ticket).row.status == .open)
    try await office.execute(.close(ticket, resolution: "Certificate renewed", isFinal: false), by: ana)
    let closed = try await office.detail(ticket).row
    #expect(closed.status == .resolved && closed.resolvedAt != nil && closed.lastWord == "Certificate renewed")
    try await office.execute(.reopen(ticket, reason: "Again"), by: eva)

    let detail = try await office.detail(ticket)
    #expect(detail.row.status == .open && detail.row.resolvedAt == nil && detail.row.lastWordIsRequesters)
    #expect(
      detail.history.map(\.kind) == [
        .ticketOpened, .taken, .replied, .ticketEdited, .replied, .closed, .reopened,
      ])
    #expect(detail.history.allSatisfy { $0.node == office.node && !$0.isErased })
    #expect(try await office.store.ticketID("mad-1") == ticket)
    #expect(try await office.store.ticketID(ticket.description) == ticket)
    #expect(try await office.store.ticketID("MAD-2") == nil)
    try await expectSound(office.store)
  }

  @Test("Numbers follow each other without a gap, whatever was refused in between")
  func numbers() async throws {
    let office = try await office()
    var numbers: [String] = []
    for index in 1...6 {
      await #expect(throws: CommandRefusal.fieldEmpty(field: "subject")) { try await office.open("  ") }
      await #expect(throws: CommandRefusal.self) {
        // Refused after the number was drawn or before: it must not matter which.
        try await office.open("Too many tags", tags: (0...Limit.tagsMax).map { "tag\($0)" })
      }
      numbers.append(try await office.number(try await office.open("Ticket \(index)")))
    }
    #expect(numbers == (1...6).map { "MAD-\($0)" })
  }

  @Test("A refusal leaves nothing behind: neither operations nor moments of the clock nor anything to commit")
  func refusalLeavesNothing() async throws {
    let office = try await office()
    let before = try await office.store.digest()
    let commits = Counter(office.store)
    await #expect(throws: CommandRefusal.ticketUnknown) { try await office.execute(.take(.zero), by: ana) }
    await #expect(throws: CommandRefusal.actorUnknown) { try await office.open("Stranger", by: "nobody") }
    // Two operations are wanted here, and the second is too long: the first must not be written either.
    await #expect(throws: CommandRefusal.self) {
      try await office.execute(
        .definePerson(
          PersonDefinition(email: "big@example.org", passwordHash: String(repeating: "x", count: 9_000))))
    }
    let after = try await office.store.digest()
    #expect(before.digest == after.digest && before.vector == after.vector)
    #expect(commits.count == 0)
    try await expectSound(office.store)
  }

  @Test("Sixty-four commands at once share commits, and each learns its own outcome, refused ones too")
  func groupCommit() async throws {
    let office = try await office()
    let commits = Counter(office.store)
    // The writer is kept busy until all have been handed in, so that they meet in as few groups as may be.
    let gate = WriterGate(office.store)
    let outcomes = try await withThrowingTaskGroup(of: (Int, Result<CommandOutcome, CommandRefusal>).self) { group in
      for index in 0..<64 {
        group.addTask {
          gate.arrive()
          do {
            let subject = index % 4 == 0 ? " " : "Ticket \(index)"
            let body = CommandBody.openTicket(OpenTicket(subject: subject, description: ""))
            return (index, .success(try await office.execute(body, by: eva)))
          } catch let refusal as CommandRefusal {
            return (index, .failure(refusal))
          }
        }
      }
      await gate.open(after: 64)
      var outcomes: [Int: Result<CommandOutcome, CommandRefusal>] = [:]
      for try await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
    var numbers: [String] = []
    for index in 0..<64 {
      if index % 4 == 0 {
        #expect(throws: CommandRefusal.fieldEmpty(field: "subject")) { try outcomes[index]?.get() }
      } else {
        let outcome = try #require(outcomes[index]).get()
        let detail = try await office.detail(outcome.entity)
        #expect(detail.row.subject == "Ticket \(index)" && outcome.dots.count == 1 && !outcome.isRepetition)
        numbers.append(detail.row.number)
      }
    }
    #expect(Set(numbers) == Set((1...48).map { "MAD-\($0)" }))
    #expect(commits.count >= 1 && commits.count < 16, "\(commits.count) commits for 48 tickets")
    try await expectSound(office.store)
  }

  @Test("Writers that never stop do not keep others from the connection")
  func fairness() async throws {
    let office = try await office()
    let isDone = Flag()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          var index = 0
          while !isDone.isRaised {
            try await office.open("Busy \(worker) \(index)")
            index += 1
          }
        }
      }
      for index in 0..<5 {
        try await office.store.setLocalSetting("test", [UInt8(index)])
        #expect(try await office.store.localSetting("test") == [UInt8(index)])
      }
      isDone.raise()
      try await group.waitForAll()
    }
  }

  @Test("The same key brings the same outcome and writes once; with another body it is refused")
  func idempotency() async throws {
    let office = try await office()
    let body = CommandBody.openTicket(OpenTicket(subject: "Once", description: "only"))
    let first = try await office.execute(body, by: eva, key: "k1")
    let vector = try await office.store.vector()
    let again = try await office.execute(body, by: eva, key: "k1")
    #expect(again.entity == first.entity && again.dots == first.dots && again.isRepetition && !first.isRepetition)
    #expect(try await office.store.vector() == vector)
    let other = CommandBody.openTicket(OpenTicket(subject: "Twice", description: "only"))
    await #expect(throws: CommandRefusal.keyReused) { try await office.execute(other, by: eva, key: "k1") }
    // Another person's key is another key.
    let luc = try await office.execute(other, by: .person(TestOffice.person("luc")), key: "k1")
    #expect(luc.entity != first.entity)
    // It holds across a restart too.
    let reopened = try office.openAgain()
    let later = try await reopened.execute(Command(actor: eva, idempotencyKey: "k1", body: body))
    #expect(later.entity == first.entity && later.isRepetition)
    // A refusal does not use a key up.
    let empty = CommandBody.openTicket(OpenTicket(subject: "", description: ""))
    await #expect(throws: CommandRefusal.self) { try await office.execute(empty, by: eva, key: "k2") }
    #expect(try await office.execute(body, by: eva, key: "k2").isRepetition == false)
  }

  @Test("A request that differs in any field is another request")
  func fingerprint() async throws {
    let office = try await office()
    let category = TestOffice.hashing.category(key: "vpn")
    let base = OpenTicket(subject: "Same", description: "text")
    let changes: [(inout OpenTicket) -> Void] = [
      { $0.subject = "same" }, { $0.description = "" }, { $0.requesterEmail = "ana@example.org" },
      { $0.category = category }, { $0.queue = TestOffice.hashing.queue(name: "Network") }, { $0.urgency = .low },
      { $0.impact = .major }, { $0.channel = .phone }, { $0.tags = ["a"] }, { $0.site = office.site },
      { $0.source = OpenTicket.Source(name: "old", id: "1") },
    ]
    let luc = Actor.person(TestOffice.person("luc"))
    try await office.execute(.openTicket(base), by: luc, key: "k")
    for change in changes {
      var other = base
      change(&other)
      await #expect(throws: CommandRefusal.keyReused) {
        try await office.execute(.openTicket(other), by: luc, key: "k")
      }
    }
    #expect(try await office.execute(.openTicket(base), by: luc, key: "k").isRepetition)
    let ticket = try await office.open("Other")
    try await office.execute(.reply(ticket, body: "Hello", isInternal: false), by: luc, key: "r")
    for body in [
      CommandBody.reply(ticket, body: "Hello!", isInternal: false), .reply(ticket, body: "Hello", isInternal: true),
      .take(ticket), .close(ticket, resolution: "Hello", isFinal: false),
    ] {
      await #expect(throws: CommandRefusal.keyReused) { try await office.execute(body, by: luc, key: "r") }
    }
  }

  @Test("A key that comes twice within one commit group is carried out once, and refused with another body")
  func idempotencyInOneGroup() async throws {
    let office = try await office()
    let gate = WriterGate(office.store)
    let results = await withTaskGroup(of: Result<CommandOutcome, any Error>.self) { group in
      for index in 0..<30 {
        group.addTask {
          gate.arrive()
          let subject = index < 20 ? "Same" : "Other \(index)"
          let body = CommandBody.openTicket(OpenTicket(subject: subject, description: ""))
          do {
            return .success(try await office.execute(body, by: eva, key: "same"))
          } catch {
            return .failure(error)
          }
        }
      }
      await gate.open(after: 30)
      var results: [Result<CommandOutcome, any Error>] = []
      for await result in group { results.append(result) }
      return results
    }
    let outcomes = results.compactMap { result -> CommandOutcome? in
      if case .success(let outcome) = result { outcome } else { nil }
    }
    #expect(outcomes.count { !$0.isRepetition } == 1)
    #expect(Set(outcomes.map(\.dots)).count == 1)
    for case .failure(let error) in results { #expect(error as? CommandRefusal == .keyReused) }
    #expect(results.count == 30)
    #expect(try await office.store.figures(now: 0).ticketCount == 1)
  }

  @Test("A field that changed since the page was rendered refuses the edit; a reply that came meanwhile does not")
  func renderedVersion() async throws {
    let office = try await office()
    let ticket = try await office.open("First")
    let page = try await office.detail(ticket).version
    try await office.execute(.reply(ticket, body: "Any news?", isInternal: false), by: eva)
    try await office.edit(ticket, rendered: page, refusesIfChanged: true) { $0.subject = "Second" }
    await #expect(throws: CommandRefusal.changedMeanwhile(fields: [.subject])) {
      try await office.edit(ticket, by: "luc", rendered: page, refusesIfChanged: true) { $0.subject = "Third" }
    }
    // Without the refusal asked for, both stand side by side: nothing is overwritten unseen.
    try await office.edit(ticket, by: "luc", rendered: page) { $0.subject = "Third" }
    let conflict = try #require(try await office.detail(ticket).conflicts.first)
    #expect(conflict.field == .subject && Set(conflict.choices.map(\.text)) == ["Second", "Third"])
    try await expectSound(office.store)
  }

  @Test("A made-up version cannot swallow what somebody writes later")
  func inventedVersion() async throws {
    let office = try await office()
    let ticket = try await office.open("First")
    var invented = ObservedVector()
    for stream in [office.stream, StreamID(high: 1, low: 1)] {
      invented.note(DotReference(dot: Dot(stream: stream, sequence: 1 << 40), hashPrefix: 9))
    }
    try await office.edit(ticket, rendered: invented) { $0.subject = "Second" }
    try await office.edit(ticket, by: "luc") { $0.subject = "Third" }
    let detail = try await office.detail(ticket)
    #expect(detail.row.subject == "Third" && detail.conflicts.isEmpty)
    #expect(detail.version.entries.allSatisfy { $0.stream == office.stream && $0.sequence < 1000 })
    try await expectSound(office.store)
  }

  @Test("A token opens the door for its holder until it is revoked or the holder leaves")
  func tokens() async throws {
    let office = try await office()
    let digest = TestOffice.hashing.sha256([1, 2, 3])
    try await office.execute(.createToken(person: TestOffice.person("ana"), name: "Script", digest: digest))
    let holder = try #require(try await office.store.holder(ofTokenDigest: digest))
    #expect(holder.person.email == "ana@example.org" && holder.token.name == "Script")
    try await office.execute(.definePerson(PersonDefinition(email: "ana@example.org", isActive: false)))
    #expect(try await office.store.holder(ofTokenDigest: digest) == nil)
    try await office.execute(.definePerson(PersonDefinition(email: "ana@example.org", isActive: true)))
    try await office.execute(.revokeToken(holder.token.id))
    #expect(try await office.store.holder(ofTokenDigest: digest) == nil)
  }
}
