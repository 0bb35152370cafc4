import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

@Suite("People, sites, topics, teams, nodes and tokens")
struct DirectoryCommandTests {
  private typealias People = TestDirectory
  private let desk = TestDesk()

  private func value(_ entity: EntityID, _ tag: UInt8) -> Value? { desk.states[entity]?.value(tag) }

  private func text(_ entity: EntityID, _ tag: UInt8) -> String? {
    guard let sibling = desk.states[entity]?.register(tag)?.latest, case .text(let index) = sibling.value else {
      return nil
    }
    return desk.texts[sibling.reference]?[index]
  }

  private func refusal(_ definition: PersonDefinition, as person: EntityID) -> CommandRefusal? {
    desk.refusal(.definePerson(definition), as: person)
  }

  // MARK: People

  @Test("A new person gets what was said and, for the rest, this office, Spanish and the role of an employee")
  func newPerson() throws {
    let id = try desk.run(
      .definePerson(PersonDefinition(email: " New@Example.org", name: "Ñ", capacity: 3)), as: People.diego)
    #expect(id == People.hashing.person(email: "new@example.org"))
    #expect(text(id, DirectoryField.Person.email) == "new@example.org")
    #expect(text(id, DirectoryField.Person.name) == "Ñ")
    #expect(value(id, DirectoryField.Person.role) == .code(Role.employee.rawValue))
    #expect(value(id, DirectoryField.Person.site) == .identifier(People.madrid))
    #expect(value(id, DirectoryField.Person.language) == .bytes(Array("es".utf8)))
    #expect(value(id, DirectoryField.Person.capacity) == .code(3))
  }

  @Test("A changed person keeps what was not named")
  func changedPerson() throws {
    let id = try desk.run(.definePerson(PersonDefinition(email: "ana@example.org", isAvailable: false)), as: People.ana)
    #expect(id == People.ana)
    #expect(desk.held.last?.changes == [.set(tag: DirectoryField.Person.isAvailable, .flag(false))])
  }

  @Test("People change their own name, language, availability and password, and nothing that gives them power")
  func ownRecord() {
    let own = "ana@example.org"
    #expect(
      refusal(PersonDefinition(email: own, name: "Ana B.", language: "en", passwordHash: "h"), as: People.ana) == nil)
    #expect(refusal(PersonDefinition(email: own, role: .admin), as: People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(PersonDefinition(email: own, site: People.lyon), as: People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(PersonDefinition(email: own, isActive: true), as: People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(PersonDefinition(email: own, capacity: 50), as: People.ana) == .notAllowed(needs: .admin))
    #expect(
      refusal(PersonDefinition(email: "bruno@example.org", name: "x"), as: People.ana) == .notAllowed(needs: .admin))
    #expect(
      refusal(PersonDefinition(email: "carla@example.org", capacity: 50), as: People.carla)
        == .notAllowed(needs: .admin))
  }

  @Test("A lead writes people of their own office, never above an agent")
  func lead() {
    func refusal(_ definition: PersonDefinition) -> CommandRefusal? { self.refusal(definition, as: People.carla) }
    let no = CommandRefusal.notAllowed(needs: .admin)
    #expect(refusal(PersonDefinition(email: "new@example.org", role: .agent, site: People.madrid)) == nil)
    #expect(refusal(PersonDefinition(email: "new@example.org")) == nil, "this node's office is the lead's")
    #expect(refusal(PersonDefinition(email: "ana@example.org", isActive: false, capacity: 9)) == nil)
    #expect(refusal(PersonDefinition(email: "elena@example.org", role: .agent)) == nil)
    #expect(refusal(PersonDefinition(email: "elena@example.org", role: .lead)) == no)
    #expect(refusal(PersonDefinition(email: "new@example.org", role: .lead, site: People.madrid)) == no)
    #expect(refusal(PersonDefinition(email: "new@example.org", role: .agent, site: People.lyon)) == no)
    #expect(refusal(PersonDefinition(email: "ana@example.org", site: People.lyon)) == no)
    #expect(refusal(PersonDefinition(email: "bruno@example.org", capacity: 9)) == no)
    #expect(refusal(PersonDefinition(email: "bruno@example.org", site: People.madrid)) == no, "nobody is pulled over")
    #expect(refusal(PersonDefinition(email: "diego@example.org", isActive: false)) == no)
    #expect(refusal(PersonDefinition(email: "diego@example.org", role: .agent)) == no)
    #expect(refusal(PersonDefinition(email: "diego@example.org", passwordHash: "h")) == no)
  }

  @Test("A lead at another office's node names the office; left out it would be that node's own")
  func leadElsewhere() {
    let lyon = TestDesk("LYO")
    let unnamed = PersonDefinition(email: "new@example.org", role: .agent)
    #expect(lyon.refusal(.definePerson(unnamed), as: People.carla) == .notAllowed(needs: .admin))
    let named = PersonDefinition(email: "new@example.org", role: .agent, site: People.madrid)
    #expect(lyon.refusal(.definePerson(named), as: People.carla) == nil)
  }

  @Test("The last administrator is neither lowered nor deactivated; with a second one they may be")
  func lastAdmin() {
    #expect(refusal(PersonDefinition(email: "diego@example.org", role: .lead), as: People.diego) == .lastAdmin)
    #expect(refusal(PersonDefinition(email: "diego@example.org", isActive: false), as: People.diego) == .lastAdmin)
    #expect(
      desk.refusal(.definePerson(PersonDefinition(email: "diego@example.org", role: .agent)), as: .console)
        == .lastAdmin)
    #expect(
      refusal(PersonDefinition(email: "diego@example.org", role: .admin, isActive: true), as: People.diego) == nil)
    desk.directory.add("hugo", .admin, at: People.lyon)
    #expect(refusal(PersonDefinition(email: "diego@example.org", role: .lead), as: People.diego) == nil)
    desk.directory.add("hugo", .admin, at: People.lyon, isActive: false)
    #expect(refusal(PersonDefinition(email: "diego@example.org", role: .lead), as: People.diego) == .lastAdmin)
  }

  @Test("Values of people are checked, on both sides of each limit")
  func values() {
    func refusal(_ definition: PersonDefinition) -> CommandRefusal? { self.refusal(definition, as: People.diego) }
    let ana = "ana@example.org"
    let nothing = EntityID(high: 9, low: 9)
    #expect(refusal(PersonDefinition(email: ana)) == .nothingToChange)
    #expect(refusal(PersonDefinition(email: "")) == .fieldEmpty(field: "email"))
    #expect(
      refusal(PersonDefinition(email: String(repeating: "a", count: 245) + "@b.org"))
        == nil)
    #expect(
      refusal(PersonDefinition(email: String(repeating: "a", count: 249) + "@b.org"))
        == .fieldTooLong(field: "email", bytesMax: 254))
    #expect(refusal(PersonDefinition(email: ana, name: " ")) == .fieldEmpty(field: "name"))
    #expect(
      refusal(PersonDefinition(email: ana, language: "fr"))
        == .valueUnknown(field: "language", value: "fr", choices: ["es", "en"]))
    #expect(refusal(PersonDefinition(email: ana, capacity: 0)) == nil)
    #expect(refusal(PersonDefinition(email: ana, capacity: 1_000)) == nil)
    for capacity in [-1, 1_001] {
      #expect(
        refusal(PersonDefinition(email: ana, capacity: capacity))
          == .valueUnknown(field: "capacity", value: String(capacity), choices: ["0…1000"]))
    }
    #expect(
      refusal(PersonDefinition(email: ana, site: nothing))
        == .referenceUnknown(field: "site", value: nothing.description))
  }

  // MARK: Sites, topics, teams

  @Test("An admin defines an office by its code in either case")
  func sites() throws {
    let id = try desk.run(
      .defineSite(SiteDefinition(code: "bog", name: "Bogotá", timeZone: "America/Bogota", node: desk.home.node)),
      as: People.diego)
    #expect(id == People.hashing.site(code: "BOG"))
    #expect(value(id, DirectoryField.Site.code) == .bytes(Array("BOG".utf8)))
    #expect(text(id, DirectoryField.Site.name) == "Bogotá")
    #expect(value(id, DirectoryField.Site.timeZone) == .bytes(Array("America/Bogota".utf8)))
    #expect(value(id, DirectoryField.Site.node) == .bytes(desk.home.node.bytes))
    #expect(desk.refusal(.defineSite(SiteDefinition(code: "BOG")), as: People.carla) == .notAllowed(needs: .admin))
    #expect(
      desk.refusal(.defineSite(SiteDefinition(code: "BOG", name: "")), as: People.diego) == .fieldEmpty(field: "name"))
  }

  @Test("What is no office code is refused", arguments: ["", "B", "BOGOTACITY", "1AB", "B-G", "ÑO"])
  func codes(code: String) {
    #expect(
      desk.refusal(.defineSite(SiteDefinition(code: code)), as: People.diego)
        == .valueUnknown(field: "code", value: code, choices: ["MAD", "LYO"])
        || desk.refusal(.defineSite(SiteDefinition(code: code)), as: People.diego)
          == .valueUnknown(field: "code", value: code.uppercased(), choices: ["MAD", "LYO"])
    )
  }

  @Test("A topic has a key and a name in each language; a team a name and a level")
  func topicsAndTeams() throws {
    let topic = try desk.run(
      .defineCategory(key: "Email", english: "E-mail", spanish: "Correo"), as: People.diego)
    #expect(topic == People.hashing.category(key: "email"))
    #expect(text(topic, DirectoryField.Category.nameSpanish) == "Correo")
    #expect(
      desk.refusal(.defineCategory(key: "x", english: "X", spanish: "X"), as: People.carla)
        == .notAllowed(needs: .admin))
    #expect(
      desk.refusal(.defineCategory(key: "", english: "X", spanish: "X"), as: People.diego) == .fieldEmpty(field: "key"))
    #expect(
      desk.refusal(.defineCategory(key: "x", english: "X", spanish: ""), as: People.diego)
        == .fieldEmpty(field: "name"))

    let team = try desk.run(.defineQueue(name: "Servers", level: 3), as: People.carla)
    #expect(text(team, DirectoryField.Queue.name) == "Servers")
    #expect(value(team, DirectoryField.Queue.level) == .code(3))
    #expect(desk.refusal(.defineQueue(name: "Servers", level: 1), as: People.ana) == .notAllowed(needs: .lead))
    for level in [0, 4] {
      #expect(
        desk.refusal(.defineQueue(name: "Servers", level: level), as: People.carla)
          == .valueUnknown(field: "level", value: String(level), choices: ["1", "2", "3"]))
    }
    #expect(desk.refusal(.defineQueue(name: " ", level: 1), as: People.carla) == .fieldEmpty(field: "name"))
  }

  // MARK: Cluster

  @Test("Founding a cluster and admitting a node are an admin's; a stream tells its node, nonce and key")
  func cluster() throws {
    let cluster = try desk.run(.foundCluster(name: "Acme"), as: People.diego)
    #expect(text(cluster, DirectoryField.Cluster.name) == "Acme")
    #expect(desk.refusal(.foundCluster(name: "Acme"), as: People.carla) == .notAllowed(needs: .admin))
    #expect(desk.refusal(.foundCluster(name: ""), as: .console) == .fieldEmpty(field: "name"))

    let node = AdmittedNode(
      id: NodeID(high: 1, low: 9), site: People.lyon, publicKey: [1, 2], curveKey: [3], address: "tcp://10.0.0.2:7400")
    let admitted = try desk.run(.admitNode(node), as: People.diego)
    #expect(admitted == EntityID(node.id))
    #expect(value(admitted, DirectoryField.Node.publicKey) == .bytes([1, 2]))
    #expect(value(admitted, DirectoryField.Node.curveKey) == .bytes([3]))
    #expect(value(admitted, DirectoryField.Node.address) == .bytes(Array("tcp://10.0.0.2:7400".utf8)))
    #expect(value(admitted, DirectoryField.Node.site) == .identifier(People.lyon))
    #expect(desk.refusal(.admitNode(node), as: People.carla) == .notAllowed(needs: .admin))

    let stream = try desk.run(Command(actor: .system, body: .openStream(publicKey: [7], nonce: [8])))
    #expect(stream == EntityID(desk.home.stream))
    #expect(value(stream, DirectoryField.Stream.node) == .bytes(desk.home.node.bytes))
    #expect(value(stream, DirectoryField.Stream.nonce) == .bytes([8]))
    #expect(value(stream, DirectoryField.Stream.publicKey) == .bytes([7]))
  }

  // MARK: Tokens

  @Test("People make tokens for themselves, admins for anybody who is active; only the digest is written")
  func tokens() throws {
    let digest = People.hashing.sha256([1])
    let id = try desk.run(.createToken(person: People.ana, name: "Script", digest: digest), as: People.ana)
    #expect(value(id, DirectoryField.Token.person) == .identifier(People.ana))
    #expect(value(id, DirectoryField.Token.digest) == .bytes(digest.bytes))
    #expect(text(id, DirectoryField.Token.name) == "Script")
    func refusal(_ person: EntityID, by author: EntityID, name: String = "x") -> CommandRefusal? {
      desk.refusal(.createToken(person: person, name: name, digest: digest), as: author)
    }
    #expect(refusal(People.bruno, by: People.ana) == .notAllowed(needs: .admin))
    #expect(refusal(People.bruno, by: People.diego) == nil)
    #expect(
      refusal(People.gloria, by: People.diego)
        == .referenceUnknown(field: "person", value: People.gloria.description))
    #expect(refusal(People.ana, by: People.ana, name: "") == .fieldEmpty(field: "name"))
  }

  @Test("A token is revoked by its holder or an admin")
  func revoking() throws {
    let digest = People.hashing.sha256([1])
    let id = People.hashing.token(digest: digest)
    #expect(
      desk.refusal(.revokeToken(id), as: People.ana) == .referenceUnknown(field: "token", value: id.description))
    desk.directory.tokens[id] = AccessToken(
      id: id, person: People.ana, name: "Script", digest: digest, isRevoked: false)
    #expect(desk.refusal(.revokeToken(id), as: People.bruno) == .notAllowed(needs: .admin))
    #expect(desk.refusal(.revokeToken(id), as: People.diego) == nil)
    try desk.run(.revokeToken(id), as: People.ana)
    #expect(value(id, DirectoryField.Token.isRevoked) == .flag(true))
  }
}

@Suite("Refusals, numbers and priorities as people meet them")
struct NamesTests {
  @Test("Every refusal has a name of its own, and those about a field point to it")
  func refusals() {
    let refusals: [CommandRefusal] = [
      .notAllowed(needs: .agent), .actorUnknown, .ticketUnknown, .referenceUnknown(field: "queue", value: "x"),
      .fieldEmpty(field: "subject"), .fieldTooLong(field: "subject", bytesMax: 1),
      .valueUnknown(field: "level", value: "9", choices: ["1"]), .waitingReasonMissing,
      .changedMeanwhile(fields: [.subject]), .keyReused, .alreadyClosed, .notClosed, .nothingToChange,
      .notInConflict(field: "status"), .notAnAgent(.zero), .alreadyAssigned(.zero), .notCustodian, .lastAdmin, .busy,
    ]
    #expect(Set(refusals.map(\.name)).count == refusals.count)
    #expect(
      refusals.compactMap(\.pointer) == [
        "/queue", "/subject", "/subject", "/level", "/waiting_reason", "/status", "/assignee", "/assignee",
      ])
    #expect(CommandRefusal.changedMeanwhile(fields: [.subject, .status]).arguments == ["fields": "subject, status"])
    #expect(CommandRefusal.notAllowed(needs: .lead).arguments == ["role": "lead"])
  }

  @Test("Ticket numbers read as people type them", arguments: ["MAD-1042", "mad-1042", "LYO.7QX2-1", "lyo.7qx2-1"])
  func numbers(text: String) {
    #expect(TicketNumber(text)?.description == text.uppercased())
  }

  @Test(
    "What is no ticket number is none",
    arguments: [
      "", "MAD", "MAD-", "MAD-0", "MAD--1", "-1", "M-1", "MAD.7Q-1", "MAD.7QX2.1-1", "MAD-9223372036854775808",
    ])
  func noNumbers(text: String) {
    #expect(TicketNumber(text) == nil)
  }

  @Test("A later incarnation's four characters come from its stream")
  func incarnation() {
    #expect(TicketNumber.incarnation(of: StreamID(high: 0, low: 0)) == "0000")
    #expect(TicketNumber.incarnation(of: StreamID(high: .max, low: 0)) == "ZZZZ")
    #expect(TicketNumber(site: "MAD", incarnation: "7QX2", count: 1).description == "MAD.7QX2-1")
  }

  @Test("Priority is the sum of impact and urgency, with its bounds")
  func priorities() {
    let table = Impact.allCases.map { impact in
      Urgency.allCases.map { Priority(impact: impact, urgency: $0).name.first ?? "?" }
    }
    #expect(table.map { String($0) } == ["lnnh", "nnhh", "nhhc", "hhcc"])
  }

  @Test("Names of enumerations and fields are unique and read back")
  func names() {
    for status in TicketStatus.allCases { #expect(TicketStatus(name: status.name) == status) }
    for field in TicketField.allCases { #expect(TicketField(name: field.name) == field) }
    #expect(Set(TicketField.allCases.map(\.name)).count == TicketField.allCases.count)
    #expect(Role.names == ["employee", "agent", "lead", "admin"])
    #expect(Channel(name: "carrier_pigeon") == nil)
  }
}
