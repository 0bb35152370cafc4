import Helpdesk
import OperationLog
import Testing

@Suite("Working on a ticket: edit, reply, assign, take, escalate, close, reopen")
struct WorkOnTicketTests {
  private typealias People = TestDirectory
  private let desk = TestDesk()
  private let nothing = EntityID(high: 9, low: 9)

  private func edit(_ change: (inout TicketEdit) -> Void) -> TicketEdit {
    var edit = TicketEdit()
    change(&edit)
    return edit
  }

  @Test("Every command on a ticket nobody knows is refused as such")
  func unknownTicket() {
    let bodies: [CommandBody] = [
      .editTicket(nothing, edit { $0.subject = "x" }), .reply(nothing, body: "x", isInternal: false),
      .assign(nothing, to: nil), .take(nothing), .escalate(nothing, Escalation(reason: "x")),
      .close(nothing, resolution: "x", isFinal: false), .reopen(nothing, reason: "x"),
      .resolveConflict(nothing, FieldChoice(field: .subject, value: "x")),
      .assignAutomatically(nothing, AutomaticAssignment(agent: People.ana, rule: "r", record: "")),
      .importStep(nothing, step("1")),
    ]
    for body in bodies { #expect(desk.refusal(body, as: .system) == .ticketUnknown) }
  }

  @Test("An employee works on no ticket, not even their own, except with words, closing and reopening")
  func roles() throws {
    let id = try desk.open()
    let agents: [CommandBody] = [
      .editTicket(id, edit { $0.subject = "x" }), .reply(id, body: "x", isInternal: true), .assign(id, to: nil),
      .take(id), .escalate(id, Escalation(reason: "x")),
      .resolveConflict(id, FieldChoice(field: .subject, value: "x")),
    ]
    for body in agents { #expect(desk.refusal(body, as: People.elena) == .notAllowed(needs: .agent)) }
    let own: [CommandBody] = [.reply(id, body: "x", isInternal: false), .close(id, resolution: "", isFinal: false)]
    for body in own {
      #expect(desk.refusal(body, as: People.elena) == nil)
      #expect(desk.refusal(body, as: People.fermin) == .notAllowed(needs: .agent))
    }
    try desk.run(.close(id, resolution: "Done.", isFinal: false), as: People.ana)
    #expect(desk.refusal(.reopen(id, reason: ""), as: People.elena) == nil)
    #expect(desk.refusal(.reopen(id, reason: ""), as: People.fermin) == .notAllowed(needs: .agent))
    #expect(desk.refusal(.take(id), as: .console) == .notAllowed(needs: .agent), "the console is nobody to give it to")
  }

  // MARK: Editing

  @Test("An edit changes what it names and nothing else")
  func editing() throws {
    let id = try desk.open { $0.tags = ["a", "b"] }
    try desk.run(
      .editTicket(
        id,
        edit {
          $0.subject = "Plotter"
          $0.description = ""
          $0.urgency = .critical
          $0.impact = .major
          $0.category = .some(People.network)
          $0.queue = .some(People.networkTeam)
          $0.tags = ["b", "c"]
        }), as: People.ana)
    var ticket = desk.shown(id)
    #expect(desk.text(ticket.subject) == "Plotter")
    #expect(desk.text(ticket.description)?.isEmpty == true)
    #expect(ticket.priority == .critical)
    #expect(ticket.category == People.network)
    #expect(ticket.queue == People.networkTeam)
    #expect(ticket.tags == ["b", "c"])
    #expect(ticket.requester == People.elena)
    #expect(ticket.stage == .new)

    try desk.run(
      .editTicket(
        id,
        edit {
          $0.priority = .some(.low)
          $0.category = .some(nil)
          $0.queue = .some(nil)
        }), as: People.ana)
    ticket = desk.shown(id)
    #expect(ticket.priority == .low)
    #expect(ticket.category == nil)
    #expect(ticket.queue == nil)
    try desk.run(.editTicket(id, edit { $0.priority = .some(nil) }), as: People.ana)
    #expect(desk.shown(id).priority == .critical, "derived again")
  }

  @Test("An edit that changes nothing, or names something unknown, is refused")
  func refusedEdits() throws {
    let id = try desk.open { $0.tags = ["a"] }
    func refusal(_ change: (inout TicketEdit) -> Void) -> CommandRefusal? {
      desk.refusal(.editTicket(id, edit(change)), as: People.ana)
    }
    #expect(refusal { _ in } == .nothingToChange)
    #expect(refusal { $0.tags = ["A"] } == .nothingToChange)
    #expect(refusal { $0.subject = " " } == .fieldEmpty(field: "subject"))
    #expect(
      refusal { $0.description = String(repeating: "x", count: 7_501) }
        == .fieldTooLong(field: "description", bytesMax: 7_500))
    #expect(
      refusal { $0.category = .some(nothing) } == .referenceUnknown(field: "category", value: nothing.description))
    #expect(refusal { $0.queue = .some(nothing) } == .referenceUnknown(field: "queue", value: nothing.description))
    #expect(refusal { $0.assignee = .some(People.elena) } == .notAnAgent(People.elena))
    #expect(refusal { $0.assignee = .some(People.gloria) } == .notAnAgent(People.gloria))
    #expect(refusal { $0.assignee = .some(nothing) } == .notAnAgent(nothing))
    #expect(refusal { $0.assignee = .some(People.bruno) } == nil)
  }

  @Test("Waiting needs a reason once; then it may keep it")
  func waiting() throws {
    let id = try desk.open()
    #expect(desk.refusal(.editTicket(id, edit { $0.status = .waiting }), as: People.ana) == .waitingReasonMissing)
    try desk.run(.editTicket(id, edit { $0.waitingReason = .supplier }), as: People.ana)
    #expect(desk.shown(id).stage == .waiting)
    #expect(desk.shown(id).waitingReason == .supplier)
    try desk.run(
      .editTicket(
        id,
        edit {
          $0.status = .waiting
          $0.urgency = .low
        }), as: People.ana)
    #expect(desk.shown(id).waitingReason == .supplier)
    try desk.run(.editTicket(id, edit { $0.status = .open }), as: People.ana)
    #expect(desk.shown(id).waitingReason == nil)
  }

  @Test("Resolving by an edit notes when, and reopening by an edit takes that back")
  func resolvingByEdit() throws {
    let id = try desk.open()
    let moment = desk.now
    try desk.run(.editTicket(id, edit { $0.status = .resolved }), as: People.ana)
    #expect(desk.shown(id).resolvedAt == moment)
    try desk.run(.editTicket(id, edit { $0.status = .closed }), as: People.ana)
    #expect(desk.shown(id).resolvedAt == moment, "closing what is resolved does not move it")
    try desk.run(.editTicket(id, edit { $0.status = .open }), as: People.ana)
    #expect(desk.shown(id).resolvedAt == nil)
  }

  // MARK: If-Match

  @Test("A field that changed since the page was rendered refuses the edit of that field, and of no other")
  func changedMeanwhile() throws {
    let id = try desk.open()
    let rendered = desk.vector(id)
    try desk.run(.editTicket(id, edit { $0.urgency = .high }), as: People.bruno)
    func refusal(_ change: (inout TicketEdit) -> Void) -> CommandRefusal? {
      desk.refusal(.editTicket(id, edit(change)), as: People.ana, rendered: rendered, refusesIfChanged: true)
    }
    #expect(refusal { $0.urgency = .low } == .changedMeanwhile(fields: [.urgency]))
    #expect(refusal { $0.impact = .high } == nil)
    #expect(
      refusal {
        $0.impact = .high
        $0.urgency = .low
      } == .changedMeanwhile(fields: [.urgency]))
    #expect(desk.refusal(.editTicket(id, edit { $0.urgency = .low }), as: People.ana, rendered: rendered) == nil)
    #expect(
      desk.refusal(
        .editTicket(id, edit { $0.urgency = .low }), as: People.ana, rendered: desk.vector(id), refusesIfChanged: true)
        == nil)
  }

  @Test("Replies and notes never refuse, and are never refused by what changed")
  func repliesNeverRefuse() throws {
    let id = try desk.open()
    let rendered = desk.vector(id)
    try desk.run(.reply(id, body: "More.", isInternal: false), as: People.elena)
    try desk.run(.reply(id, body: "Rang her.", isInternal: true), as: People.bruno)
    let bodies: [CommandBody] = [
      .editTicket(id, edit { $0.urgency = .low }), .close(id, resolution: "Done.", isFinal: true), .take(id),
      .assign(id, to: People.bruno), .escalate(id, Escalation(reason: "Hard.")),
    ]
    for body in bodies {
      #expect(desk.refusal(body, as: People.ana, rendered: rendered, refusesIfChanged: true) == nil)
    }
    try desk.run(.assign(id, to: People.bruno), as: People.bruno)
    try desk.run(.close(id, resolution: "Done.", isFinal: false), as: People.bruno)
    let reply = CommandBody.reply(id, body: "I am on it.", isInternal: false)
    #expect(desk.refusal(reply, as: People.ana, rendered: rendered, refusesIfChanged: true) == nil)
  }

  @Test("An assignment or a status that changed meanwhile refuses taking, assigning, escalating and closing")
  func changedClaims() throws {
    let id = try desk.open()
    let rendered = desk.vector(id)
    func refusal(_ body: CommandBody) -> CommandRefusal? {
      desk.refusal(body, as: People.ana, rendered: rendered, refusesIfChanged: true)
    }
    try desk.run(.assign(id, to: People.bruno), as: People.bruno)
    #expect(refusal(.take(id)) == .changedMeanwhile(fields: [.assignee]))
    #expect(refusal(.assign(id, to: People.carla)) == .changedMeanwhile(fields: [.assignee]))
    #expect(refusal(.escalate(id, Escalation(reason: "x"))) == .changedMeanwhile(fields: [.assignee]))
    #expect(refusal(.close(id, resolution: "x", isFinal: false)) == nil)
    try desk.run(.editTicket(id, edit { $0.waitingReason = .window }), as: People.bruno)
    #expect(refusal(.close(id, resolution: "x", isFinal: false)) == .changedMeanwhile(fields: [.status]))
  }

  @Test("An edit on an old page that does not ask for a refusal becomes a second value, not a loss")
  func oldPage() throws {
    let id = try desk.open()
    let rendered = desk.vector(id)
    try desk.run(.editTicket(id, edit { $0.urgency = .high }), as: People.bruno)
    try desk.run(.editTicket(id, edit { $0.urgency = .low }), as: People.ana, rendered: rendered)
    #expect(desk.shown(id).conflicts == [.urgency])
  }

  // MARK: Words

  @Test("The first public word of an agent is the first answer; notes and the requester's words are not")
  func firstAnswer() throws {
    let id = try desk.open()
    try desk.run(.reply(id, body: "Hello?", isInternal: false), as: People.elena)
    try desk.run(.reply(id, body: "Rang.", isInternal: true), as: People.ana)
    #expect(desk.shown(id).firstAnsweredAt == nil)
    #expect(desk.shown(id).lastWordIsRequesters)
    let moment = desk.now
    try desk.run(.reply(id, body: "We look.", isInternal: false), as: People.ana)
    try desk.run(.reply(id, body: "Solved.", isInternal: false), as: People.ana)
    #expect(desk.shown(id).firstAnsweredAt == moment)
    #expect(!desk.shown(id).lastWordIsRequesters)
    let kinds = desk.held.map(\.header.kind)
    #expect(kinds.suffix(3) == [OperationKind.noted, .replied, .replied].map(\.rawValue)[...])
    #expect(desk.held.suffix(4).allSatisfy { $0.header.entry != nil })
  }

  @Test("What the requester was asked for has come: the ticket no longer waits for them, but it waits for others")
  func answerEndsWaiting() throws {
    let id = try desk.open()
    try desk.run(.editTicket(id, edit { $0.waitingReason = .requester }), as: People.ana)
    try desk.run(.reply(id, body: "It is an HP.", isInternal: false), as: People.elena)
    #expect(desk.shown(id).status == .open)
    try desk.run(.editTicket(id, edit { $0.waitingReason = .supplier }), as: People.ana)
    try desk.run(.reply(id, body: "Any news?", isInternal: false), as: People.elena)
    #expect(desk.shown(id).status == .waiting)
  }

  @Test("A word needs a body of at most 8,000 bytes")
  func bodies() throws {
    let id = try desk.open()
    func refusal(_ body: String) -> CommandRefusal? {
      desk.refusal(.reply(id, body: body, isInternal: false), as: People.ana)
    }
    #expect(refusal("\n ") == .fieldEmpty(field: "body"))
    #expect(refusal(String(repeating: "x", count: 8_000)) == nil)
    #expect(refusal(String(repeating: "x", count: 8_001)) == .fieldTooLong(field: "body", bytesMax: 8_000))
  }

  @Test("The same word with the same key is one entry")
  func sameEntry() throws {
    let id = try desk.open()
    let reply = CommandBody.reply(id, body: "Hello.", isInternal: false)
    try desk.run(reply, as: People.ana, key: "k")
    try desk.run(reply, as: People.ana, key: "k")
    #expect(desk.held.suffix(2).map(\.header.entry).first == desk.held.last?.header.entry)
  }

  // MARK: Assigning

  @Test("Assigning, taking and releasing; the stage follows")
  func assigning() throws {
    let id = try desk.open()
    try desk.run(.assign(id, to: People.bruno), as: People.ana)
    #expect(desk.shown(id).assignee == People.bruno)
    #expect(desk.shown(id).stage == .assigned)
    #expect(desk.refusal(.assign(id, to: People.bruno), as: People.ana) == .alreadyAssigned(People.bruno))
    try desk.run(.take(id), as: People.ana)
    #expect(desk.shown(id).assignee == People.ana)
    #expect(desk.refusal(.take(id), as: People.ana) == .alreadyAssigned(People.ana))
    try desk.run(.reply(id, body: "Looking.", isInternal: true), as: People.ana)
    #expect(desk.shown(id).stage == .inProgress)
    try desk.run(.assign(id, to: nil), as: People.carla)
    #expect(desk.shown(id).stage == .new)
    #expect(desk.refusal(.assign(id, to: nil), as: People.carla) == .nothingToChange)
    #expect(desk.refusal(.assign(id, to: People.elena), as: People.ana) == .notAnAgent(People.elena))
    #expect(desk.refusal(.assign(id, to: People.gloria), as: People.ana) == .notAnAgent(People.gloria))
    #expect(desk.shown(id).lostClaims.isEmpty)
  }

  @Test("Escalating hands on with a reason: level, queue and person")
  func escalating() throws {
    let id = try desk.open()
    try desk.run(.take(id), as: People.ana)
    try desk.run(.escalate(id, Escalation(queue: People.networkTeam, reason: "Needs a router.")), as: People.ana)
    #expect(desk.shown(id).level == 2)
    #expect(desk.shown(id).queue == People.networkTeam)
    #expect(desk.shown(id).assignee == nil)
    try desk.run(.escalate(id, Escalation(person: People.bruno, reason: "He knows.")), as: People.ana)
    #expect(desk.shown(id).level == 3)
    #expect(desk.shown(id).assignee == People.bruno)
    try desk.run(.escalate(id, Escalation(queue: People.firstLine, reason: "Back.")), as: People.bruno)
    #expect(desk.shown(id).level == 3, "a level is never lowered by handing on")
    #expect(desk.shown(id).queue == People.firstLine)
  }

  @Test("Escalating is refused without a reason, to nobody known, and for what is closed")
  func refusedEscalations() throws {
    let id = try desk.open()
    func refusal(_ escalation: Escalation) -> CommandRefusal? {
      desk.refusal(.escalate(id, escalation), as: People.ana)
    }
    #expect(refusal(Escalation(reason: "")) == .fieldEmpty(field: "reason"))
    #expect(
      refusal(Escalation(reason: String(repeating: "x", count: 2_001)))
        == .fieldTooLong(field: "reason", bytesMax: 2_000))
    #expect(
      refusal(Escalation(queue: nothing, reason: "x")) == .referenceUnknown(field: "to", value: nothing.description))
    #expect(refusal(Escalation(person: People.elena, reason: "x")) == .notAnAgent(People.elena))
    try desk.run(.close(id, resolution: "Done.", isFinal: false), as: People.ana)
    #expect(refusal(Escalation(reason: "x")) == .alreadyClosed)
  }

  // MARK: Closing

  @Test("An agent resolves, the requester confirms, and then it is closed")
  func closing() throws {
    let id = try desk.open()
    let moment = desk.now
    try desk.run(.close(id, resolution: "Toner changed.", isFinal: false), as: People.ana)
    #expect(desk.shown(id).status == .resolved)
    #expect(desk.shown(id).resolvedAt == moment)
    #expect(desk.shown(id).firstAnsweredAt == moment)
    try desk.run(.close(id, resolution: "", isFinal: false), as: People.elena)
    #expect(desk.shown(id).status == .closed)
    #expect(desk.shown(id).resolvedAt == moment)
    #expect(desk.refusal(.close(id, resolution: "x", isFinal: true), as: People.ana) == .alreadyClosed)
  }

  @Test("An agent closes finally in one step; the requester's own withdrawal is only a resolution")
  func closingFinally() throws {
    let id = try desk.open()
    try desk.run(.close(id, resolution: "Duplicate.", isFinal: true), as: People.ana)
    #expect(desk.shown(id).status == .closed)
    let other = try desk.open()
    try desk.run(.close(other, resolution: "", isFinal: false), as: People.elena)
    #expect(desk.shown(other).status == .resolved)
    #expect(desk.shown(other).firstAnsweredAt == nil)
  }

  @Test("An agent says what was done")
  func resolutions() throws {
    let id = try desk.open()
    #expect(
      desk.refusal(.close(id, resolution: " ", isFinal: false), as: People.ana) == .fieldEmpty(field: "resolution"))
    #expect(
      desk.refusal(.close(id, resolution: String(repeating: "x", count: 8_001), isFinal: false), as: People.ana)
        == .fieldTooLong(field: "resolution", bytesMax: 8_000))
  }

  @Test("What is closed is opened again by its requester or an agent, what is open is not")
  func reopening() throws {
    let id = try desk.open()
    #expect(desk.refusal(.reopen(id, reason: "x"), as: People.elena) == .notClosed)
    try desk.run(.close(id, resolution: "Done.", isFinal: true), as: People.ana)
    try desk.run(.reopen(id, reason: ""), as: People.elena)
    #expect(desk.shown(id).status == .open)
    #expect(desk.shown(id).lastWordIsRequesters)
    #expect(desk.shown(id).resolvedAt == nil)
    #expect(
      desk.refusal(.reopen(id, reason: String(repeating: "x", count: 2_001)), as: People.ana)
        == .fieldTooLong(field: "reason", bytesMax: 2_000))
  }

  // MARK: Conflicts

  @Test("A choice is made only where values stand side by side, and only of what exists")
  func conflicts() throws {
    let id = try desk.open()
    func refusal(_ field: TicketField, _ value: String) -> CommandRefusal? {
      desk.refusal(.resolveConflict(id, FieldChoice(field: field, value: value)), as: People.ana)
    }
    #expect(refusal(.urgency, "low") == .notInConflict(field: "urgency"))
    #expect(refusal(.assignee, "low") == .notInConflict(field: "assignee"), "a claim has a winner")
    let rendered = desk.vector(id)
    for urgency in [Urgency.low, .high] {
      try desk.run(
        .editTicket(
          id,
          edit {
            $0.urgency = urgency
            $0.category = .some(urgency == .low ? nil : People.network)
            $0.priority = .some(urgency == .low ? .low : .high)
          }), as: People.bruno, rendered: rendered)
    }
    #expect(desk.shown(id).conflicts == [.urgency, .priority, .category])
    #expect(
      refusal(.urgency, "urgent")
        == .valueUnknown(field: "value", value: "urgent", choices: ["low", "normal", "high", "critical"]))
    #expect(refusal(.category, "network") == .referenceUnknown(field: "value", value: "network"))
    #expect(refusal(.category, nothing.description) == .referenceUnknown(field: "value", value: nothing.description))
    for (field, value) in [(TicketField.urgency, "high"), (.priority, ""), (.category, People.network.description)] {
      try desk.run(.resolveConflict(id, FieldChoice(field: field, value: value)), as: People.ana)
    }
    let ticket = desk.shown(id)
    #expect(ticket.conflicts.isEmpty)
    #expect(ticket.urgency == .high)
    #expect(ticket.priorityOverride == nil)
    #expect(ticket.category == People.network)
  }

  // MARK: Automatic assignment

  private func automatic(_ id: EntityID, _ agent: EntityID = People.ana, record: String = "r") -> CommandBody {
    .assignAutomatically(id, AutomaticAssignment(agent: agent, rule: "arrival", record: record))
  }

  @Test("The custodian's rule gives a waiting ticket to an agent, once for each cause, and keeps its reasons")
  func automaticAssignment() throws {
    let id = try desk.open()
    try desk.run(Command(actor: .system, body: automatic(id, record: "reasons\n")))
    #expect(desk.shown(id).assignee == People.ana)
    #expect(desk.held.last?.header.actor == .zero)
    #expect(desk.held.last.flatMap { desk.texts[$0.reference] } == ["reasons\n"])
    let entry = desk.held.last?.header.entry
    #expect(entry != nil)
    #expect(desk.refusal(automatic(id, People.bruno), as: .system) == .notCustodian, "somebody has it")
    try desk.run(.assign(id, to: nil), as: People.carla)
    try desk.run(Command(actor: .system, body: automatic(id, People.bruno)))
    #expect(desk.shown(id).assignee == People.bruno)
    #expect(desk.held.last?.header.entry != entry, "another cause")
  }

  @Test("Nobody but the custodian's own rule assigns by itself, and not what is closed, nor to who is no agent")
  func refusedAutomatic() throws {
    let id = try desk.open()
    #expect(desk.refusal(automatic(id), as: People.diego) == .notCustodian)
    #expect(desk.refusal(automatic(id), as: .console) == .notCustodian)
    #expect(desk.refusal(automatic(id, People.elena), as: .system) == .notAnAgent(People.elena))
    #expect(
      desk.refusal(automatic(id, record: String(repeating: "x", count: 2_001)), as: .system)
        == .fieldTooLong(field: "record", bytesMax: 2_000))
    let lyon = TestDesk("LYO")
    lyon.receive(from: desk)
    #expect(lyon.refusal(automatic(id), as: .system) == .notCustodian)
    try desk.run(.close(id, resolution: "Done.", isFinal: false), as: People.ana)
    #expect(desk.refusal(automatic(id), as: .system) == .notCustodian)
  }

  // MARK: Imports

  private func step(_ id: String, person: EntityID? = People.bruno, _ change: (inout TicketEdit) -> Void = { _ in })
    -> ImportedStep
  {
    ImportedStep(source: .init(name: "old", id: id), text: "Step \(id)", edit: edit(change), level: 2, person: person)
  }

  @Test("An imported step has its own time, person and fields, and a repetition adds nothing")
  func imports() throws {
    let id = try desk.open()
    let body = CommandBody.importStep(
      id,
      step("7") {
        $0.status = .resolved
        $0.impact = .high
        $0.queue = .some(People.networkTeam)
        $0.assignee = .some(People.bruno)
      })
    try desk.run(body, as: People.diego, occurredAt: 1_000_000)
    let ticket = desk.shown(id)
    #expect(ticket.status == .resolved)
    #expect(ticket.resolvedAt == 1_000_000)
    #expect(ticket.impact == .high)
    #expect(ticket.queue == People.networkTeam)
    #expect(ticket.assignee == People.bruno)
    #expect(ticket.level == 2)
    #expect(desk.held.last?.header.happenedAt == 1_000_000)
    #expect(desk.held.last?.header.actor == People.bruno)

    let count = desk.held.count
    try desk.run(body, as: People.diego, occurredAt: 1_000_000)
    #expect(desk.held.count == count)
    try desk.run(.importStep(id, step("8", person: nil)), as: People.diego)
    #expect(desk.held.count == count + 1)
    #expect(desk.held.last?.header.actor == .zero)
    #expect(desk.held.last?.changes.isEmpty == true, "nothing that is so already is written again")
  }

  @Test("Only an admin imports, with texts inside the limit")
  func refusedImports() throws {
    let id = try desk.open()
    #expect(desk.refusal(.importStep(id, step("7")), as: People.carla) == .notAllowed(needs: .admin))
    var long = step("7")
    long.text = String(repeating: "x", count: 2_001)
    #expect(desk.refusal(.importStep(id, long), as: People.diego) == .fieldTooLong(field: "text", bytesMax: 2_000))
  }
}
