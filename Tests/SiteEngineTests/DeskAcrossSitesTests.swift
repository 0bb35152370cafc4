import Helpdesk
import OperationLog
import Replication
import SiteEngine
import Store
import Testing

@Suite("Assignment between offices at work", .serialized)
struct DeskAcrossSitesTests {
  @Test("What waits where nobody works is handed on to a neighbour with a free agent, who then has it")
  func push() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    offices.link("MAD", "LYO")
    let clock = MovedClock()
    let madrid = offices.desk(at: "MAD", clock: clock)
    let lyon = offices["LYO"].store.home
    try await offices.running([madrid]) {
      let ticket = try await offices.open(at: "MAD", subject: "Nobody works anywhere")
      try await offices.wait("the reason") { madrid.unservable(ticket) == "no_agents" }
      // Lyon's desk does not run yet, so that nobody there asks for it.
      let hugo = try await offices.agent("hugo@example.org", at: "LYO", capacity: 3)
      clock.move(20_000)
      try await offices.wait("the push") { try await offices["MAD"].store.row(ticket)?.custodian == lyon.site }
      let detail = try #require(try await offices["MAD"].store.detail(ticket))
      let step = try #require(detail.history.last { $0.kind == .handedOver })
      #expect(step.texts?.contains { $0.contains("push") } == true)
      #expect(detail.row.hops == 1)
      try await offices.person(hugo, knownAt: "LYO")
      try await offices.running([offices.desk(at: "LYO")]) {
        try await offices.wait("Hugo has it") { try await offices["MAD"].store.row(ticket)?.assignee == hugo }
        #expect(try await offices["MAD"].store.row(ticket)?.custodianStream == lyon.stream)
      }
    }
    try await offices.stop()
  }

  @Test("Somebody who comes back takes over one ticket that lies untouched behind another's work")
  func rebalancing() async throws {
    let offices = try await LinkedOffices(["MAD"])
    let store = offices["MAD"].store
    let amina = try await offices.agent("amina@example.org", at: "MAD", capacity: 3)
    let bruno = try await offices.agent("bruno@example.org", at: "MAD", capacity: 3, isAvailable: false)
    try await offices.running([offices.desk(at: "MAD")]) {
      var tickets: [EntityID] = []
      for number in 0..<3 { tickets.append(try await offices.open(at: "MAD", subject: "Ticket \(number)")) }
      for ticket in tickets {
        try await offices.wait("an offer to Amina") { try await store.row(ticket)?.offeredTo == amina }
      }
      _ = try await store.execute(Command(actor: .person(amina), body: .acceptOffer(tickets[0])))
      let back = PersonDefinition(email: "bruno@example.org", isAvailable: true)
      _ = try await store.execute(Command(actor: .console, body: .definePerson(back)))
      func holders() async throws -> [EntityID?] {
        var holders: [EntityID?] = []
        for ticket in tickets { holders.append(try await store.row(ticket)?.assignee) }
        return holders
      }
      try await offices.wait("one ticket with Bruno", seconds: 4) {
        try await holders().count { $0 == bruno } == 1
      }
      let found = try await holders()
      #expect(found.count { $0 == amina } == 2)
      #expect(found[0] == amina, "what she accepted stays hers")
      let moved = try #require(tickets.indices.first { found[$0] == bruno })
      let history = try #require(try await store.detail(tickets[moved])).history
      #expect(history.last { $0.kind == .assignedAutomatically }?.texts?.contains { $0.contains("rebalance") } == true)
    }
    try await offices.stop()
  }

  @Test("The central office takes over what waits at a deserted office that is cut off; healed, one person has it")
  func takeOver() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    let amina = try await offices.agent("amina@example.org", at: "MAD", capacity: 3)
    offices.link("MAD", "LYO")
    try await offices.wait("the directory at Lyon") { try await offices["LYO"].store.sites().count == 2 }
    let ticket = try await offices.open(at: "LYO", subject: "Nobody is at Lyon")
    try await offices.wait("the ticket at Madrid") { try await offices["MAD"].store.row(ticket) != nil }
    offices.cut("LYO")
    try await offices.wait("the link known to be down") { !offices["MAD"].engine.isUp(offices["LYO"].store.home.node) }
    let clock = MovedClock()
    let madrid = offices["MAD"].store
    let lyon = offices["LYO"].store
    try await offices.running([offices.desk(at: "MAD", clock: clock, isCentral: true)]) {
      let own = try await offices.open(at: "MAD", subject: "Of the first look")
      try await offices.wait("a first look") { try await madrid.row(own)?.assignee == amina }
      #expect(try await madrid.row(ticket)?.custodian == lyon.home.site, "a link that has just gone may come back")
      clock.move(AssignmentDesk.cutOffMilliseconds + 20_000)
      try await offices.wait("the take-over") { try await madrid.row(ticket)?.assignee == amina }
      #expect(try await madrid.row(ticket)?.custodianStream == madrid.home.stream)
      // Meanwhile somebody comes to work at Lyon, where nobody knows of the take-over.
      let hugo = PersonDefinition(
        email: "hugo@example.org", name: "Hugo", role: .agent, site: lyon.home.site, capacity: 3)
      let person = try await lyon.execute(Command(actor: .console, body: .definePerson(hugo))).entity
      try await offices.running([offices.desk(at: "LYO")]) {
        try await offices.wait("Hugo at Lyon") { try await lyon.row(ticket)?.assignee == person }
        offices.link("MAD", "LYO")
        try await offices.wait("equal states") { try await offices.haveEqualStates(["MAD", "LYO"]) }
        let here = try #require(try await madrid.row(ticket))
        let there = try #require(try await lyon.row(ticket))
        #expect(here.assignee == there.assignee && here.custodianStream == there.custodianStream)
        #expect(here.assignee == amina || here.assignee == person)
      }
    }
    try await offices.stop()
  }

  @Test("The neighbours are told how much waits, by priority, and who works")
  func told() async throws {
    let offices = try await LinkedOffices(["MAD", "LYO"])
    _ = try await offices.agent("amina@example.org", at: "MAD", capacity: 3)
    offices.link("MAD", "LYO")
    for number in 0..<5 { try await offices.open(at: "MAD", subject: "Ticket \(number)") }
    try await offices.running([offices.desk(at: "MAD")]) {
      try await offices.wait("the load at Lyon", seconds: 30) {
        offices.load(of: "MAD", at: "LYO")?.staffing?.assignedTickets == 3
      }
      let load = try #require(offices.load(of: "MAD", at: "LYO"))
      #expect(load.waitingTickets == 2 && load.freeAgents == 0)
      let priority = try #require(try await offices["MAD"].store.waitingTickets(limit: 1).first).priority
      var byPriority: [UInt64] = [0, 0, 0, 0]
      byPriority[Int(priority.rawValue) - 1] = 2
      #expect(
        load.staffing
          == LoadSummary.Staffing(
            waitingByPriority: byPriority, assignedTickets: 3, capacityOnShift: 3, secondsUntilShift: 0))
    }
    try await offices.stop()
  }

  @Test(
    "Of two busy neighbours the one that says it has less work ahead gets what nobody here can do",
    arguments: ["LYO", "POR"])
  func chosenByLoad(calm: String) async throws {
    let busy = calm == "LYO" ? "POR" : "LYO"
    let offices = try await LinkedOffices(["MAD", "LYO", "POR"])
    let madrid = offices["MAD"].store
    for (code, email) in [("LYO", "hugo@example.org"), ("POR", "rita@example.org")] {
      let agent = try await offices.agent(email, at: code, capacity: 1)
      // Both have their hands full, so that nothing is given to them on arrival.
      let ticket = try await offices.open(at: "MAD", subject: "For \(email)")
      _ = try await madrid.execute(Command(actor: .console, body: .assign(ticket, to: agent)))
      offices.link("MAD", code)
      let waiting: UInt64 = code == busy ? 40 : 0
      offices[code].engine.tell(
        .loadChanged(
          LoadSummary(
            waitingTickets: waiting, freeAgents: 0, expectedWaitSeconds: nil,
            staffing: LoadSummary.Staffing(
              waitingByPriority: [0, waiting, 0, 0], assignedTickets: 1, capacityOnShift: 1, secondsUntilShift: 0))))
    }
    for code in ["LYO", "POR"] {
      try await offices.wait("the load of \(code)") { offices.load(of: code, at: "MAD")?.staffing != nil }
    }
    let ticket = try await offices.open(at: "MAD", subject: "Nobody works here")
    try await offices.running([offices.desk(at: "MAD")]) {
      try await offices.wait("the push") {
        try await madrid.row(ticket)?.custodian == offices[calm].store.home.site
      }
    }
    try await offices.stop()
  }
}
