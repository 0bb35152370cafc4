import Helpdesk
import OperationLog
import Testing

@Suite("What people see after two offices worked on one ticket without seeing each other")
struct TicketMergeTests {
  private typealias People = TestDirectory
  private static let tenYears: Int64 = 10 * 365 * 86_400_000

  private let madrid = TestDesk("MAD")
  private let lyon = TestDesk("LYO", skew: 60_000)
  private let bogota = TestDesk("BOG", skew: 120_000)

  /// Elena's ticket, known at all three desks.
  private func shared() throws -> EntityID {
    let id = try madrid.open()
    meet()
    return id
  }

  private func meet() {
    let desks = [madrid, lyon, bogota]
    for taker in desks { for giver in desks where giver !== taker { taker.receive(from: giver) } }
    for desk in desks { for id in desk.states.keys { #expect(desk.states[id] == madrid.states[id]) } }
  }

  private func edit(_ change: (inout TicketEdit) -> Void) -> TicketEdit {
    var edit = TicketEdit()
    change(&edit)
    return edit
  }

  // MARK: Fields

  @Test("An edit which saw a value replaces it, whatever the clocks say", arguments: [-tenYears, tenYears])
  func causalSupersession(skew: Int64) throws {
    let id = try shared()
    try madrid.run(.editTicket(id, edit { $0.urgency = .high }), as: People.ana)
    lyon.now += skew
    lyon.receive(from: madrid)
    try lyon.run(.editTicket(id, edit { $0.urgency = .low }), as: People.bruno)
    meet()
    #expect(madrid.shown(id).urgency == .low)
    #expect(madrid.shown(id).conflicts.isEmpty)
    #expect(madrid.shown(id).siblings(.urgency).count == 1)
  }

  @Test("Two subjects written at once both stay until a person chooses; the choice ends the conflict everywhere")
  func concurrentFields() throws {
    let id = try shared()
    try madrid.run(.editTicket(id, edit { $0.subject = "Printer on floor 2" }), as: People.ana)
    try lyon.run(.editTicket(id, edit { $0.subject = "Printer of the office" }), as: People.bruno)
    meet()
    let ticket = bogota.shown(id)
    #expect(ticket.conflicts == [.subject])
    #expect(ticket.siblings(.subject).count == 2)
    #expect(bogota.text(ticket.subject) == "Printer of the office", "the later clock is displayed meanwhile")

    try bogota.run(
      .resolveConflict(id, FieldChoice(field: .subject, value: "Printer on floor 2")), as: People.ana)
    // Somebody who had not seen the choice writes a third value: that is a new conflict, not a loss.
    try lyon.run(.editTicket(id, edit { $0.subject = "Plotter" }), as: People.bruno)
    meet()
    #expect(madrid.shown(id).siblings(.subject).count == 2)
    try madrid.run(.resolveConflict(id, FieldChoice(field: .subject, value: "Plotter")), as: People.ana)
    meet()
    #expect(lyon.shown(id).conflicts.isEmpty)
    #expect(lyon.text(lyon.shown(id).subject) == "Plotter")
  }

  @Test("The same value written twice at once is no conflict")
  func sameValue() throws {
    let id = try shared()
    for (desk, agent) in [(madrid, People.ana), (lyon, People.bruno)] {
      try desk.run(.editTicket(id, edit { $0.impact = .high }), as: agent)
    }
    meet()
    #expect(madrid.shown(id).siblings(.impact).count == 2)
    #expect(madrid.shown(id).conflicts.isEmpty)
    #expect(madrid.shown(id).impact == .high)
  }

  @Test("A value that was already replaced stays replaced when it arrives last")
  func lateArrival() throws {
    let id = try shared()
    try madrid.run(.editTicket(id, edit { $0.urgency = .critical }), as: People.ana)
    lyon.receive(from: madrid)
    try lyon.run(.editTicket(id, edit { $0.urgency = .low }), as: People.bruno)
    // Bogotá gets Lyon's answer first, and what it answered only then.
    bogota.receive(from: lyon, only: lyon.home.stream)
    #expect(bogota.shown(id).urgency == .low)
    bogota.receive(from: madrid)
    #expect(bogota.shown(id).urgency == .low)
    #expect(bogota.shown(id).siblings(.urgency).count == 1)
  }

  @Test("A tag added while another office removes it stays; one that nobody added again goes")
  func addWins() throws {
    let id = try madrid.open { $0.tags = ["vpn", "printer"] }
    meet()
    try madrid.run(.editTicket(id, edit { $0.tags = [] }), as: People.ana)
    try lyon.run(.editTicket(id, edit { $0.tags = ["vpn"] }), as: People.bruno)
    try lyon.run(.editTicket(id, edit { $0.tags = ["printer"] }), as: People.bruno)
    try lyon.run(.editTicket(id, edit { $0.tags = ["printer", "vpn"] }), as: People.bruno)
    meet()
    #expect(bogota.shown(id).tags == ["printer", "vpn"], "both were put there again after Madrid looked")
    try bogota.run(.editTicket(id, edit { $0.tags = ["vpn"] }), as: People.ana)
    meet()
    #expect(madrid.shown(id).tags == ["vpn"])
  }

  @Test("A ticket imported at two offices is one ticket with both numbers, the earlier one in front")
  func twoNumbers() throws {
    let source = OpenTicket.Source(name: "old", id: "17")
    let first = try lyon.open(by: People.diego) { $0.source = source }
    let second = try madrid.open(by: People.diego) { $0.source = source }
    #expect(first == second)
    meet()
    #expect(bogota.shown(first).numbers == ["MAD-1", "LYO-1"], "Madrid's clock is a minute behind Lyon's")
    #expect(bogota.shown(first).isOpened)
  }

  // MARK: Status leans to the visible side

  @Test(
    "A close that did not see the requester's reply stays open, marked for review, until somebody who saw it closes")
  func closeMissesReply() throws {
    let id = try shared()
    try madrid.run(.reply(id, body: "It still does not print.", isInternal: false), as: People.elena)
    try lyon.run(.close(id, resolution: "Toner changed.", isFinal: false), as: People.bruno)
    #expect(lyon.shown(id).status == .resolved)
    meet()
    #expect(lyon.shown(id).needsReview)
    #expect(lyon.shown(id).status == .open)
    #expect(lyon.shown(id).resolvedAt == nil)
    try lyon.run(.close(id, resolution: "Drum changed too.", isFinal: false), as: People.bruno)
    meet()
    #expect(madrid.shown(id).status == .resolved)
    #expect(!madrid.shown(id).needsReview)
    #expect(madrid.shown(id).resolvedAt != nil)
  }

  @Test("A reply that had seen the close does not open the ticket again; one written on an older page does")
  func replyAfterClose() throws {
    let id = try shared()
    let before = lyon.vector(id)
    try lyon.run(.close(id, resolution: "Toner changed.", isFinal: false), as: People.bruno)
    try lyon.run(.reply(id, body: "Thank you!", isInternal: false), as: People.elena)
    #expect(lyon.shown(id).status == .resolved)
    try lyon.run(.reply(id, body: "And the scanner?", isInternal: false), as: People.elena, rendered: before)
    #expect(lyon.shown(id).status == .open)
    #expect(lyon.shown(id).needsReview)
  }

  @Test("A close that did not see a reassignment stays open too, and a note changes nothing")
  func closeMissesReassignment() throws {
    let id = try shared()
    try madrid.run(.reply(id, body: "Rang Elena.", isInternal: true), as: People.ana)
    try lyon.run(.close(id, resolution: "Done.", isFinal: true), as: People.bruno)
    meet()
    #expect(madrid.shown(id).status == .closed)
    try madrid.run(.reopen(id, reason: "Not yet."), as: People.ana)
    meet()
    try madrid.run(.take(id), as: People.ana)
    try lyon.run(.editTicket(id, edit { $0.status = .closed }), as: People.bruno)
    meet()
    #expect(madrid.shown(id).needsReview)
    #expect(madrid.shown(id).stage == .assigned)
  }

  @Test("Answers that overtake the words they answer do not hide them: the close had seen only the answer")
  func answerOvertakesWord() throws {
    let id = try shared()
    try madrid.run(.reply(id, body: "Now it smells of smoke!", isInternal: false), as: People.elena)
    lyon.receive(from: madrid)
    try lyon.run(.editTicket(id, edit { $0.waitingReason = .supplier }), as: People.bruno)
    // Bogotá holds Lyon's step but not yet Madrid's reply, and closes.
    bogota.receive(from: lyon, only: lyon.home.stream)
    #expect(bogota.shown(id).status == .waiting)
    try bogota.run(.close(id, resolution: "Old request.", isFinal: true), as: People.ana)
    meet()
    #expect(madrid.shown(id).needsReview)
    #expect(madrid.shown(id).status == .open)
  }

  @Test("Of two closes at once, one of which saw the reply, the ticket is closed")
  func oneCloseSawIt() throws {
    let id = try shared()
    try madrid.run(.reply(id, body: "Solved by itself.", isInternal: false), as: People.elena)
    try madrid.run(.close(id, resolution: "As she says.", isFinal: false), as: People.ana)
    try lyon.run(.close(id, resolution: "Toner.", isFinal: false), as: People.bruno)
    meet()
    #expect(lyon.shown(id).status == .resolved)
    #expect(lyon.shown(id).conflicts.isEmpty)
  }

  @Test("Of concurrent states the most open one is shown, and the others are offered")
  func leaning() throws {
    let id = try shared()
    try madrid.run(.editTicket(id, edit { $0.status = .closed }), as: People.ana)
    try lyon.run(.editTicket(id, edit { $0.waitingReason = .window }), as: People.bruno)
    meet()
    #expect(bogota.shown(id).status == .waiting)
    #expect(bogota.shown(id).waitingReason == .window)
    #expect(bogota.shown(id).conflicts == [.status])
    try bogota.run(.resolveConflict(id, FieldChoice(field: .status, value: "closed")), as: People.ana)
    meet()
    #expect(madrid.shown(id).status == .closed)
    #expect(madrid.shown(id).waitingReason == nil)
    #expect(madrid.shown(id).conflicts.isEmpty)
  }

  @Test("The first human answer is the earliest, whichever office wrote it")
  func firstAnswer() throws {
    let id = try shared()
    try lyon.run(.reply(id, body: "On my way.", isInternal: false), as: People.bruno)
    try madrid.run(.reply(id, body: "We are looking.", isInternal: false), as: People.ana)
    meet()
    #expect(bogota.shown(id).firstAnsweredAt == TestDesk.start + 1_000)
  }

  // MARK: Claims

  private func automatic(_ id: EntityID, to agent: EntityID, at desk: TestDesk) throws {
    try desk.run(
      Command(
        actor: .system,
        body: .assignAutomatically(id, AutomaticAssignment(agent: agent, rule: "arrival", record: "because"))))
  }

  @Test("A person's claim beats an automatic one with an earlier clock; the loser is listed")
  func personBeatsAutomatic() throws {
    let id = try shared()
    try automatic(id, to: People.carla, at: madrid)
    try lyon.run(.take(id), as: People.bruno)
    meet()
    #expect(madrid.shown(id).assignee == People.bruno)
    #expect(madrid.shown(id).lostClaims.map(\.value) == [.identifier(People.carla)])
  }

  @Test("Work that has started beats a person's claim, and an earlier one at that")
  func startedWorkWins() throws {
    let id = try shared()
    try madrid.run(.take(id), as: People.ana)
    try lyon.run(.take(id), as: People.bruno)
    meet()
    #expect(madrid.shown(id).assignee == People.ana, "two claims of persons: the earlier clock")
    #expect(madrid.shown(id).lostClaims.map(\.value) == [.identifier(People.bruno)])

    let other = try shared()
    try madrid.run(.take(other), as: People.ana)
    try lyon.run(.take(other), as: People.bruno)
    try lyon.run(.reply(other, body: "Looking.", isInternal: true), as: People.bruno)
    meet()
    #expect(madrid.shown(other).assignee == People.bruno)
    #expect(madrid.shown(other).stage == .inProgress)
    #expect(madrid.shown(other).lostClaims.map(\.value) == [.identifier(People.ana)])
  }

  @Test("Automatic work that has started beats a person's claim")
  func startedAutomaticWins() throws {
    let id = try shared()
    try automatic(id, to: People.ana, at: madrid)
    try madrid.run(.reply(id, body: "Hello Elena.", isInternal: false), as: People.ana)
    try lyon.run(.take(id), as: People.bruno)
    meet()
    #expect(bogota.shown(id).assignee == People.ana)
  }

  @Test("Work done before the claim does not count as started")
  func workBefore() throws {
    let id = try shared()
    try lyon.run(.reply(id, body: "A guess.", isInternal: true), as: People.bruno)
    try lyon.run(.take(id), as: People.bruno)
    try madrid.run(.take(id), as: People.ana)
    meet()
    #expect(bogota.shown(id).assignee == People.ana)
    #expect(bogota.shown(id).stage == .assigned)
  }

  @Test("With equal clocks the stream decides, the same everywhere")
  func equalClocks() throws {
    let id = try shared()
    lyon.now = madrid.now
    try madrid.run(.take(id), as: People.ana)
    try lyon.run(.take(id), as: People.bruno)
    meet()
    let isLyonLower = lyon.home.stream < madrid.home.stream
    #expect(bogota.shown(id).assignee == (isLyonLower ? People.bruno : People.ana))
  }

  @Test("Releasing beside a claim loses nobody: a claim of nobody is not listed as lost")
  func release() throws {
    let id = try shared()
    try madrid.run(.take(id), as: People.ana)
    meet()
    lyon.now += 60_000
    try madrid.run(.assign(id, to: nil), as: People.ana)
    try lyon.run(.assign(id, to: People.bruno), as: People.bruno)
    meet()
    #expect(bogota.shown(id).siblings(.assignee).count == 2)
    #expect(bogota.shown(id).assignee == nil, "the earlier clock")
    #expect(bogota.shown(id).lostClaims.map(\.value) == [.identifier(People.bruno)])
  }

  @Test("The opening office is the custodian, everywhere")
  func custodian() throws {
    let id = try shared()
    #expect(bogota.shown(id).custodian == TestDirectory.madrid)
    #expect(bogota.shown(id).custodianStream == madrid.home.stream)
  }
}
