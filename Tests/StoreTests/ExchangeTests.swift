import Helpdesk
import OperationLog
import Store
import Testing

@Suite("Two offices that exchange what they wrote")
struct ExchangeTests {
  private let ana = Actor.person(TestOffice.person("ana"))
  private let luc = Actor.person(TestOffice.person("luc"))
  private let eva = Actor.person(TestOffice.person("eva"))

  @Test("After an exchange both hold the same, in whatever slices the runs came", arguments: [1, 2, 3, 256])
  func slices(recordsMax: Int) async throws {
    let offices = try await TestOffice.cluster()
    for index in 0..<12 {
      let office = offices[index % 2]
      let ticket = try await office.open("Ticket \(index)", "Text \(index)", tags: ["a", "b\(index)"])
      try await office.execute(.reply(ticket, body: "Reply", isInternal: index % 3 == 0), by: ana)
    }
    try await TestOffice.pull(offices[1], from: offices[0], recordsMax: recordsMax)
    try await TestOffice.pull(offices[0], from: offices[1], recordsMax: recordsMax)
    try await expectSame(offices[0].store, offices[1].store)
    #expect(try await shownRows(offices[0].store) == shownRows(offices[1].store))
  }

  @Test("A run ends at a signed head at or after what was asked for, and never in between")
  func runsEndAtSignedHeads() async throws {
    let office = try await TestOffice.cluster(["MAD"])[0]
    let gate = WriterGate(office.store)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<20 {
        group.addTask {
          gate.arrive()
          try await office.open("Ticket \(index)")
        }
      }
      await gate.open(after: 20)
      try await group.waitForAll()
    }
    let last = try await office.store.vector()[office.stream]
    let whole = try await TestOffice.runs(of: office.store)
    #expect(whole.map(\.records.count).reduce(0, +) == Int(last))
    #expect(whole.contains { $0.records.count > 1 }, "some group holds several operations under one signature")
    for run in whole {
      for from in run.first...run.last {
        let part = try #require(
          try await office.store.run(of: office.stream, from: from, to: from, bytesMax: 1, recordsMax: 1))
        #expect(part.first == from && part.last == run.last && part.head == run.head)
      }
    }
    #expect(try await office.store.run(of: office.stream, from: last + 1, to: last + 9, bytesMax: 100) == nil)
    #expect(try await office.store.run(of: office.stream, from: 0, to: 9, bytesMax: 100) == nil)
    #expect(try await office.store.run(of: StreamID(high: 9, low: 9), from: 1, to: 9, bytesMax: 100) == nil)
  }

  @Test("A field that both change keeps both values, with who wrote each and where, until one of them chooses")
  func conflict() async throws {
    let offices = try await TestOffice.cluster()
    let (madrid, lyon) = (offices[0], offices[1])
    let ticket = try await madrid.open("Printer", urgency: .normal)
    try await TestOffice.exchange(madrid, lyon)
    try await madrid.edit(ticket, by: "ana") {
      $0.subject = "Printer in Madrid"
      $0.urgency = .high
    }
    try await lyon.edit(ticket, by: "luc") {
      $0.subject = "Imprimante à Lyon"
      $0.urgency = .high
    }
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)

    for office in offices {
      let detail = try await office.detail(ticket)
      // Both chose the same urgency: nothing for people to decide.
      #expect(detail.conflicts.map(\.field) == [.subject] && detail.row.conflicts == [.subject])
      let choices = try #require(detail.conflicts.first).choices
      let madrids = try #require(choices.first { $0.text == "Printer in Madrid" })
      let lyons = try #require(choices.first { $0.text == "Imprimante à Lyon" })
      #expect(choices.count == 2)
      #expect(madrids.actor == TestOffice.person("ana") && madrids.node == madrid.node)
      #expect(lyons.actor == TestOffice.person("luc") && lyons.node == lyon.node)
      #expect(madrids.isDisplayed != lyons.isDisplayed)
      #expect(choices.first { $0.isDisplayed }?.text == detail.row.subject)
      #expect(try await office.store.conflictCount() == 1)
      #expect(try await office.store.conflictedTickets(limit: 10).map(\.id) == [ticket])
    }
    #expect(try await madrid.detail(ticket).row.subject == lyon.detail(ticket).row.subject)

    try await lyon.execute(
      .resolveConflict(ticket, FieldChoice(field: .subject, value: "Printer in Madrid")), by: luc)
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    for office in offices {
      let detail = try await office.detail(ticket)
      #expect(detail.row.subject == "Printer in Madrid" && detail.conflicts.isEmpty && detail.row.conflicts.isEmpty)
      #expect(try await office.store.conflictCount() == 0)
    }
    await #expect(throws: CommandRefusal.notInConflict(field: "subject")) {
      try await madrid.execute(.resolveConflict(ticket, FieldChoice(field: .subject, value: "x")), by: ana)
    }
  }

  @Test("An edit that saw a value replaces it even when its office's clock is ten years behind")
  func causalityBeatsClocks() async throws {
    let offices = try await TestOffice.cluster(["MAD"])
    let late = try TestOffice("LYO", clock: ManualClock(offices[0].clock.now - 10 * 365 * 86_400_000))
    try await offices[0].execute(.admitNode(late.admitted))
    try await late.store.addBootstrapNodes([offices[0].admitted])
    let ticket = try await offices[0].open("Before")
    try await TestOffice.exchange(offices[0], late)
    try await late.edit(ticket) { $0.subject = "After" }
    try await TestOffice.exchange(offices[0], late)
    for office in [offices[0], late] {
      let detail = try await office.detail(ticket)
      #expect(detail.row.subject == "After" && detail.conflicts.isEmpty)
    }
    try await expectSame(offices[0].store, late.store)
  }

  @Test("A close that did not see the requester's reply stays open for review, until somebody who saw it closes")
  func closeUnseen() async throws {
    let offices = try await TestOffice.cluster()
    let (madrid, lyon) = (offices[0], offices[1])
    let ticket = try await madrid.open("VPN")
    try await TestOffice.exchange(madrid, lyon)
    try await madrid.execute(.close(ticket, resolution: "Works again", isFinal: true), by: ana)
    try await lyon.execute(.reply(ticket, body: "It still fails!", isInternal: false), by: eva)
    #expect(try await madrid.detail(ticket).row.status == .closed)
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    for office in offices {
      let row = try await office.detail(ticket).row
      #expect(row.status == .open && row.needsReview)
    }
    let review = try await madrid.store.tickets(
      try TicketSearch(parsing: "is:review"), .init(viewer: nil, ownOnly: false, now: madrid.clock.now))
    #expect(review.items.map(\.id) == [ticket])

    try await lyon.execute(.close(ticket, resolution: "Now really", isFinal: true), by: luc)
    try await TestOffice.exchange(madrid, lyon)
    for office in offices {
      let row = try await office.detail(ticket).row
      #expect(row.status == .closed && !row.needsReview)
    }
    try await expectSame(madrid.store, lyon.store)
  }

  @Test("A ticket that two offices take at once goes to one of them, the same everywhere, and the other is told")
  func claims() async throws {
    let offices = try await TestOffice.cluster()
    let (madrid, lyon) = (offices[0], offices[1])
    let ticket = try await madrid.open("VPN")
    try await TestOffice.exchange(madrid, lyon)
    try await madrid.execute(.take(ticket), by: ana)
    try await lyon.execute(.take(ticket), by: luc)
    // Ana's claim is the earlier one, but Luc has begun to work on his.
    try await lyon.execute(.reply(ticket, body: "On my way", isInternal: false), by: luc)
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    for office in offices {
      let detail = try await office.detail(ticket)
      #expect(detail.row.assignee == TestOffice.person("luc") && detail.row.stage == .inProgress)
      #expect(detail.ticket.lostClaims.map(\.value) == [.identifier(TestOffice.person("ana"))])
      #expect(detail.row.conflicts.isEmpty, "claims have a winner; nobody has to decide")
    }
  }

  @Test("Only the custodian's node assigns by itself, and a repeated decision is the same operation")
  func custody() async throws {
    let offices = try await TestOffice.cluster()
    let (madrid, lyon) = (offices[0], offices[1])
    let ticket = try await madrid.open("VPN")
    try await TestOffice.exchange(madrid, lyon)
    let body = CommandBody.assignAutomatically(
      ticket, AutomaticAssignment(agent: TestOffice.person("luc"), rule: "next", record: "v1"))
    await #expect(throws: CommandRefusal.notCustodian) { try await lyon.execute(body, by: .system) }
    await #expect(throws: CommandRefusal.notCustodian) { try await madrid.execute(body, by: ana) }
    try await madrid.execute(body, by: .system)
    await #expect(throws: CommandRefusal.notCustodian) { try await madrid.execute(body, by: .system) }
    try await TestOffice.exchange(madrid, lyon)
    #expect(try await lyon.detail(ticket).row.assignee == TestOffice.person("luc"))
  }

  @Test("One key used for two tickets at two offices confuses neither office, whichever operation it hears of first")
  func oneKeyTwoTickets() async throws {
    let offices = try await TestOffice.cluster()
    let (madrid, lyon) = (offices[0], offices[1])
    let first = try await madrid.open("First")
    let second = try await madrid.open("Second")
    try await TestOffice.exchange(madrid, lyon)
    try await madrid.execute(.reply(first, body: "To the first", isInternal: false), by: ana, key: "k")
    try await lyon.execute(.reply(second, body: "To the second", isInternal: false), by: ana, key: "k")
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, lyon.store)
    for office in offices {
      #expect(try await office.detail(first).history.compactMap(\.texts?.first).contains("To the first"))
      #expect(try await office.detail(second).history.compactMap(\.texts?.first).contains("To the second"))
    }
  }

  @Test("A reply that is sent again at another office appears once, at its first time, in whatever order it came")
  func repeatedEntry() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO", "BOG"])
    let (madrid, lyon, bogota) = (offices[0], offices[1], offices[2])
    let ticket = try await madrid.open("VPN")
    for office in [lyon, bogota] { try await TestOffice.exchange(madrid, office) }
    try await madrid.execute(.reply(ticket, body: "Hello", isInternal: false), by: ana, key: "k")
    try await lyon.execute(.reply(ticket, body: "Hello", isInternal: false), by: ana, key: "k")
    try await TestOffice.pull(bogota, from: lyon)
    try await TestOffice.pull(bogota, from: madrid)
    try await TestOffice.exchange(madrid, lyon)
    for office in [lyon, bogota] { try await expectSame(madrid.store, office.store) }
    for office in offices {
      let detail = try await office.detail(ticket)
      let replies = detail.history.filter { $0.kind == .replied }
      #expect(replies.map(\.node) == [madrid.node])
      #expect(detail.ticket.state.entryCount == 1)
    }
    #expect(try await shownRows(madrid.store) == shownRows(bogota.store))
  }

  @Test("A reply that arrives before its ticket waits in silence and is all there once the ticket comes")
  func replyBeforeOpening() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO", "BOG"])
    let (madrid, lyon, bogota) = (offices[0], offices[1], offices[2])
    try await TestOffice.exchange(madrid, bogota)
    let ticket = try await madrid.open("VPN", "Since today")
    try await TestOffice.exchange(madrid, lyon)
    try await lyon.execute(.reply(ticket, body: "Please hurry", isInternal: false), by: eva)
    // Only Lyon's stream reaches Bogotá: the opening is in Madrid's.
    for run in try await TestOffice.runs(of: lyon.store) where run.stream == lyon.stream {
      _ = try await bogota.store.ingest(run)
    }
    #expect(try await bogota.store.detail(ticket) == nil)
    let everything = SiteStore.ListScope(viewer: nil, ownOnly: false, now: bogota.clock.now)
    #expect(try await bogota.store.tickets(TicketSearch(), everything).items.isEmpty)
    #expect(try await bogota.store.tickets(TicketSearch(parsing: "hurry"), everything).items.isEmpty)

    try await TestOffice.pull(bogota, from: lyon)
    try await TestOffice.exchange(madrid, lyon)
    try await expectSame(madrid.store, bogota.store)
    #expect(try await shownRows(madrid.store) == shownRows(bogota.store))
    let row = try await bogota.detail(ticket).row
    #expect(row.number == "MAD-1" && row.lastWord == "Please hurry" && row.lastWordIsRequesters)
    #expect(try await bogota.store.tickets(TicketSearch(parsing: "hurry"), everything).items.map(\.id) == [ticket])
  }
}
