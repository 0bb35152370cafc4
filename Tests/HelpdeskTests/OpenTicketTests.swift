import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

@Suite("Opening a ticket")
struct OpenTicketTests {
  private typealias People = TestDirectory
  private let desk = TestDesk()

  private func refusal(by person: EntityID = People.elena, _ change: (inout OpenTicket) -> Void) -> CommandRefusal? {
    var body = OpenTicket(subject: "Printer", description: "")
    change(&body)
    return desk.refusal(.openTicket(body), as: person)
  }

  @Test("An employee's request holds what they wrote, in their office, with a number, at this desk's custody")
  func happyPath() throws {
    let id = try desk.open("  Printer\n broken ") {
      $0.category = People.network
      $0.queue = People.firstLine
      $0.urgency = .high
      $0.impact = .medium
      $0.tags = ["VPN", "floor two", "vpn"]
    }
    let ticket = desk.shown(id)
    #expect(desk.text(ticket.subject) == "Printer  broken")
    #expect(desk.text(ticket.description) == "It does not print.")
    #expect(ticket.numbers == ["MAD-1"])
    #expect(ticket.requester == People.elena)
    #expect(ticket.site == People.madrid)
    #expect(ticket.category == People.network)
    #expect(ticket.queue == People.firstLine)
    #expect(ticket.priority == .high)
    #expect(ticket.tags == ["floor-two", "vpn"])
    #expect(ticket.channel == .portal)
    #expect(ticket.createdAt == TestDesk.start)
    #expect(ticket.stage == .new)
    #expect(ticket.custodian == People.madrid)
    #expect(ticket.custodianStream == desk.home.stream)
    #expect(ticket.isOpened && !ticket.needsReview && ticket.conflicts.isEmpty)
  }

  @Test("The operation tells whom its text concerns: the author, then the requester, each once")
  func people() throws {
    func people(_ email: String?, by person: EntityID) throws -> [String]? {
      let body = OpenTicket(subject: "Printer", description: "", requesterEmail: email)
      return try desk.decide(Command(actor: .person(person), body: .openTicket(body))).drafts.last?.people
    }
    #expect(try people(nil, by: People.elena) == ["elena@example.org"])
    #expect(try people("FERMIN@example.org ", by: People.ana) == ["ana@example.org", "fermin@example.org"])
  }

  @Test("The same request with the same key is the same ticket, and takes no second number")
  func repeated() throws {
    let body = CommandBody.openTicket(OpenTicket(subject: "Printer", description: ""))
    let first = try desk.run(body, as: People.elena, key: "k")
    let second = try desk.run(body, as: People.elena, key: "k")
    #expect(first == second)
    #expect(desk.held.count == 1)
    #expect(try desk.run(body, as: People.fermin, key: "k") != first, "keys belong to their author")
    #expect(desk.shown(first).numbers == ["MAD-1"])
  }

  @Test("An agent files it for a caller, who becomes known by it, at the caller's office")
  func forSomebodyElse() throws {
    let id = try desk.open(by: People.ana) {
      $0.requesterEmail = "New.Person@Example.org"
      $0.site = People.lyon
      $0.channel = .phone
    }
    let ticket = desk.shown(id)
    #expect(ticket.requester == People.hashing.person(email: "new.person@example.org"))
    #expect(ticket.site == People.lyon)
    #expect(ticket.channel == .phone)
    #expect(
      desk.held.map(\.header.kind) == [OperationKind.personDefined.rawValue, OperationKind.ticketOpened.rawValue])
    let known = try desk.open(by: People.ana) { $0.requesterEmail = "fermin@example.org" }
    #expect(desk.shown(known).site == People.lyon, "the requester's office")
    #expect(desk.held.count == 3)
  }

  @Test("Times told with the request are kept")
  func occurredAt() throws {
    let id = try desk.run(
      .openTicket(OpenTicket(subject: "Printer", description: "")), as: People.ana, occurredAt: 1_000_000)
    #expect(desk.shown(id).createdAt == 1_000_000)
  }

  @Test("An employee opens for nobody else, and only an admin imports")
  func roles() {
    #expect(refusal { $0.requesterEmail = "fermin@example.org" } == .notAllowed(needs: .agent))
    #expect(refusal { $0.requesterEmail = "unknown@example.org" } == .notAllowed(needs: .agent))
    #expect(refusal { $0.requesterEmail = "elena@example.org" } == nil)
    #expect(refusal(by: People.carla) { $0.source = .init(name: "old", id: "1") } == .notAllowed(needs: .admin))
    #expect(refusal(by: People.diego) { $0.source = .init(name: "old", id: "1") } == nil)
  }

  @Test("Who is unknown or deactivated opens nothing; the console must say for whom")
  func actors() {
    let body = CommandBody.openTicket(OpenTicket(subject: "Printer", description: ""))
    #expect(desk.refusal(body, as: TestDirectory.person("stranger")) == .actorUnknown)
    #expect(desk.refusal(body, as: People.gloria) == .actorUnknown)
    #expect(desk.refusal(body, as: .console) == .fieldEmpty(field: "requester"))
  }

  @Test("Texts have limits, tested on both sides")
  func lengths() {
    func text(_ count: Int) -> String { String(repeating: "a", count: count) }
    #expect(refusal { $0.subject = " \n\t" } == .fieldEmpty(field: "subject"))
    #expect(refusal { $0.subject = text(400) } == nil)
    #expect(refusal { $0.subject = text(401) } == .fieldTooLong(field: "subject", bytesMax: 400))
    #expect(refusal { $0.subject = text(100_000) } == .fieldTooLong(field: "subject", bytesMax: 400))
    #expect(
      refusal { $0.subject = String(repeating: "ñ", count: 201) } == .fieldTooLong(field: "subject", bytesMax: 400))
    #expect(refusal { $0.description = text(7_500) } == nil)
    #expect(refusal { $0.description = text(7_501) } == .fieldTooLong(field: "description", bytesMax: 7_500))
    #expect(refusal { $0.tags = [text(40)] } == nil)
    #expect(refusal { $0.tags = [text(41)] } == .fieldTooLong(field: "tags", bytesMax: 40))
    #expect(refusal { $0.tags = [""] } == .fieldEmpty(field: "tags"))
    #expect(refusal { $0.tags = (1...20).map { "t\($0)" } } == nil)
    #expect(refusal { $0.tags = (1...21).map { "t\($0)" } } == .fieldTooLong(field: "tags", bytesMax: 20))
  }

  @Test("The longest subject and description together fit an operation's text")
  func longest() throws {
    let id = try desk.open(String(repeating: "a", count: Limit.subjectBytes)) {
      $0.description = String(repeating: "b", count: Limit.descriptionBytes)
    }
    #expect(desk.shown(id).isOpened)
    #expect((desk.held.last?.header.textLength ?? 0) <= OperationHeader.textBytesMax)
  }

  @Test("Names that fit nothing are named in the refusal")
  func references() {
    let nothing = EntityID(high: 9, low: 9)
    #expect(refusal { $0.category = nothing } == .referenceUnknown(field: "category", value: nothing.description))
    #expect(refusal { $0.queue = nothing } == .referenceUnknown(field: "queue", value: nothing.description))
    #expect(refusal { $0.site = nothing } == .referenceUnknown(field: "site", value: nothing.description))
  }

  @Test("What is no e-mail address is refused", arguments: ["ana", "@example.org", "ana@", "a@b@c", "a b@example.org"])
  func addresses(email: String) {
    #expect(
      refusal(by: People.ana) { $0.requesterEmail = email }
        == .valueUnknown(field: "requester", value: email, choices: ["name@example.org"]))
  }

  @Test("Control characters and directional tricks are taken out before the text is normalised")
  func cleaning() throws {
    let id = try desk.open("Caf\u{65}\u{202e}\u{301}\u{0} \u{2067}abc") {
      $0.description = "one\r\n\ttwo\u{7f}"
    }
    #expect(desk.text(desk.shown(id).subject).map { Array($0.utf8) } == Array("Caf\u{e9} abc".utf8))
    #expect(desk.text(desk.shown(id).description) == "one\n\ttwo")
  }

  @Test("A refused request takes no number")
  func numbers() throws {
    #expect(refusal { $0.subject = "" } != nil)
    #expect(desk.shown(try desk.open()).numbers == ["MAD-1"])
  }
}
