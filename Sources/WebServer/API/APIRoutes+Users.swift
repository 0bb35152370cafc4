import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import OpenSSLCrypto
import Store

extension APIRoutes {
  /// People.
  var userRoutes: [Route] {
    [
      Route(method: .get, path: "/users") { try await listUsers($0, $1) },
      Route(method: .post, path: "/users") { try await createUser($0, $1) },
      Route(method: .get, path: "/users/{user}") { try await showUser($0, $1) },
      Route(method: .patch, path: "/users/{user}") { try await editUser($0, $1) },
      Route(method: .post, path: "/users/{user}/absences") { try await addAbsence($0, $1) },
      Route(method: .delete, path: "/users/{user}/absences") { try await removeAbsence($0, $1) },
    ]
  }

  // MARK: Reading

  private func listUsers(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .agent)
    var query = QueryFields(request)
    let limit = query.integer("limit", in: 1...200, fallback: 50)
    let offset = query.integer("after", in: 0...1_000_000, fallback: 0)
    var role = Role.employee
    if let text = query.text("role_at_least") {
      if let known = Role(name: text) {
        role = known
      } else {
        let arguments = [
          "field": "role_at_least", "value": String(text.prefix(100)), "choices": Role.names.joined(separator: ", "),
        ]
        query.add("role_at_least", Problem.Sentence("refusal.value_unknown", arguments))
      }
    }
    try query.finish()
    let people = try await server.store.people(roleAtLeast: role, limit: limit + 1, offset: offset)
    let names = try await server.directory.names()
    let now = server.now
    return Self.list(Array(people.prefix(limit)), next: people.count > limit ? String(offset + limit) : nil) {
      json, person in Self.write(person, names, now: now, into: &json)
    }
  }

  private func showUser(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let person = try await pathPerson(context, viewer)
    try QueryFields(request).finish()
    return try await answer(person)
  }

  /// `me`, an e-mail or an identifier. Employees find themselves only.
  private func pathPerson(_ context: RelevoRequestContext, _ viewer: Viewer) async throws -> Person {
    let name = try Self.part("user", context)
    let found = name == "me" ? try await server.store.person(viewer.person.id) : try await person(name)
    guard let found, viewer.isAgent || found.id == viewer.person.id else { throw Problem.notFound }
    return found
  }

  private func answer(_ person: Person, _ status: HTTPResponse.Status = .ok) async throws -> Response {
    let names = try await server.directory.names()
    var headers: HTTPFields = [.eTag: "\"\(Self.version(of: person))\""]
    if status == .created { headers[.location] = "/api/v1/users/\(person.id)" }
    let now = server.now
    return Self.json(status, headers: headers) { json in Self.write(person, names, now: now, into: &json) }
  }

  /// A person as the API shows them; never the password's hash.
  static func write(_ person: Person, _ names: DirectoryNames, now: Int64, into json: inout JSONWriter) {
    json.object { json in
      json.member("id", person.id.description)
      json.member("email", person.email)
      json.member("name", person.name)
      json.member("role", person.role.name)
      json.member("site", names.site(person.site)?.code)
      json.member("language", person.language)
      json.member("active", person.isActive)
      json.member("available", person.isAvailable)
      json.member("capacity", person.capacity)
      json.member("has_password", person.passwordHash != nil)
      json.key("skills")
      json.strings(person.skills.compactMap { names.category($0)?.key }.sorted())
      json.key("languages")
      json.strings(person.spokenLanguages)
      json.member("calendar", names.calendar(person.calendar)?.key)
      json.member("works_remotely", person.worksRemotely)
      json.key("absences")
      json.array(person.absences) { json, absence in CalendarFields.write(absence, into: &json) }
      let shift = names.roster.shift(of: person)
      json.member("hours_set", shift.areHoursSet)
      json.member("on_shift", shift.isOnShift(at: now))
      json.member("next_shift", moment: shift.nextShift(after: now))
    }
  }

  /// A tag of everything about a person that can be changed.
  private static func version(of person: Person) -> String {
    let parts = [
      person.email, person.name, person.role.name, person.site?.description ?? "", person.language,
      String(person.isActive), String(person.isAvailable), String(person.capacity), person.passwordHash ?? "",
      person.calendar?.description ?? "", String(person.worksRemotely), person.spokenLanguages.joined(separator: " "),
    ]
    var writer = ByteWriter()
    for part in parts { writer.text(part) }
    for skill in person.skills { writer.identifier(skill) }
    for absence in person.absences { writer.raw(absence.element) }
    return Base64URL.encode(Array(SHA256Hashing().sha256(writer.bytes).bytes.prefix(12)))
  }

  // MARK: Writing

  private func definition(_ fields: inout BodyFields, email: String) async throws -> PersonDefinition {
    let names = try await server.directory.names()
    var definition = PersonDefinition(email: email)
    definition.name = fields.text("name")
    definition.role = fields.code("role")
    if let code = fields.text("site") { definition.site = reference("site", code, names.site(code: code)?.id, &fields) }
    definition.language = fields.text("language")
    definition.capacity = fields.integer("capacity", in: 0...1000)
    definition.worksRemotely = fields.flag("works_remotely")
    definition.spokenLanguages = fields.texts("languages")
    if let keys = fields.texts("skills") {
      definition.skills = keys.enumerated().compactMap { index, key in
        reference("skills/\(index)", key, names.category(key: key)?.id, &fields)
      }
    }
    if let key = fields.nullableText("calendar") {
      if let key {
        definition.calendar = reference("calendar", key, names.calendar(key: key)?.id, &fields).map { .some($0) }
      } else {
        definition.calendar = .some(nil)
      }
    }
    return definition
  }

  /// At least 10 characters, and no more bytes than hashing takes; nil when not sent.
  private func password(_ fields: inout BodyFields) -> String? {
    guard let password = fields.text("password") else { return nil }
    if let fault = PasswordRule.fault(password) { fields.add("password", fault) }
    return password
  }

  private func createUser(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .lead)
    let key = try Self.idempotencyKey(request)
    var fields = try await BodyFields(request)
    let email = fields.text("email", isRequired: true) ?? ""
    var definition = try await definition(&fields, email: email)
    let password = password(&fields)
    try fields.finish()
    if let existing = try await server.store.person(email: email) {
      // A retry finds what it had made before; somebody else's person is not changed by "create".
      guard try await fits(existing, definition, password) else { throw Problem(.conflict, "person_exists") }
      return try await answer(existing, .created)
    }
    if let password {
      definition.passwordHash = try await secrets.hash(password, actor: viewer.person.id, request: key)
    }
    let outcome = try await execute(.definePerson(definition), request, viewer)
    guard let person = try await server.store.person(outcome.entity) else { throw Problem.notFound }
    return try await answer(person, .created)
  }

  private func fits(_ person: Person, _ wanted: PersonDefinition, _ password: String?) async throws -> Bool {
    guard wanted.name ?? person.name == person.name, wanted.role ?? person.role == person.role,
      wanted.site ?? person.site == person.site, wanted.language ?? person.language == person.language,
      wanted.capacity ?? person.capacity == person.capacity,
      wanted.worksRemotely ?? person.worksRemotely == person.worksRemotely,
      wanted.calendar ?? person.calendar == person.calendar,
      Set(wanted.skills ?? person.skills) == Set(person.skills),
      Set((wanted.spokenLanguages ?? person.spokenLanguages).map { $0.lowercased() }) == Set(person.spokenLanguages)
    else { return false }
    guard let password else { return true }
    guard let hash = person.passwordHash else { return false }
    return try await server.services.verifyPassword(password, against: hash)
  }

  private func editUser(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let person = try await pathPerson(context, viewer)
    var fields = try await BodyFields(request)
    var definition = try await definition(&fields, email: person.email)
    definition.isActive = fields.flag("active")
    definition.isAvailable = fields.flag("available")
    let absences = CalendarFields.absences(&fields)
    let password = password(&fields)
    try fields.finishNotEmpty()
    try Self.refuseIfChanged(request, person)
    if let password {
      definition.passwordHash = try await secrets.hash(
        password, actor: viewer.person.id, request: try Self.idempotencyKey(request))
    }
    if definition != PersonDefinition(email: person.email) || absences == nil {
      _ = try await execute(.definePerson(definition), request, viewer)
    }
    if let absences { try await setAbsences(absences, of: person, request, viewer) }
    guard let changed = try await server.store.person(person.id) else { throw Problem.notFound }
    return try await answer(changed)
  }

  // MARK: Absences

  /// The whole set wanted: what is missing is added, what is more is taken away.
  private func setAbsences(
    _ wanted: [Absence], of person: Person, _ request: Request, _ viewer: Viewer
  ) async throws {
    let present = Set(person.absences)
    let added = wanted.filter { !present.contains($0) }
    let removed = present.subtracting(wanted).sorted()
    guard !added.isEmpty || !removed.isEmpty else { return }
    // A key of its own: the other fields of the same request are a command of their own.
    let key = try Self.idempotencyKey(request).map { String($0.prefix(Limit.keyBytes - 9)) + "/absences" }
    _ = try await server.store.execute(
      Command(
        actor: viewer.actor, idempotencyKey: key,
        body: .changeAbsences(person.id, adding: added, removing: removed)))
  }

  private func addAbsence(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let person = try await pathPerson(context, viewer)
    var fields = try await BodyFields(request)
    let absence = CalendarFields.absence(
      from: fields.text("from", isRequired: true), to: fields.text("to", isRequired: true), kind: fields.text("kind"),
      "", &fields)
    try fields.finish()
    guard let absence else { throw Problem.notFound }
    return try await changeAbsences(of: person, adding: [absence], removing: [], request, viewer, .created)
  }

  /// Takes away the absence that begins and ends as the query says, whatever its kind.
  private func removeAbsence(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let person = try await pathPerson(context, viewer)
    var query = QueryFields(request)
    let from = query.text("from") ?? ""
    let to = query.text("to") ?? ""
    try query.finish()
    let meant = Absence(fromText: from, toText: to, kind: .away)
    let found = person.absences.filter { $0.from == meant?.from && $0.to == meant?.to }
    guard !found.isEmpty else { throw Problem.notFound }
    return try await changeAbsences(of: person, adding: [], removing: found, request, viewer, .ok)
  }

  private func changeAbsences(
    of person: Person, adding: [Absence], removing: [Absence], _ request: Request, _ viewer: Viewer,
    _ status: HTTPResponse.Status
  ) async throws -> Response {
    do {
      _ = try await execute(.changeAbsences(person.id, adding: adding, removing: removing), request, viewer)
    } catch CommandRefusal.nothingToChange {
      // It is noted already: what was asked for holds.
    }
    guard let changed = try await server.store.person(person.id) else { throw Problem.notFound }
    return try await answer(changed, status)
  }

  private static func refuseIfChanged(_ request: Request, _ person: Person) throws(Problem) {
    switch EntityTag.condition(request) {
    case .absent: throw Problem(.preconditionRequired, "if_match_missing")
    case .any: return
    case .malformed: throw .ifMatchMalformed
    case .tags(let tags):
      guard tags.contains(version(of: person)) else { throw Problem(.preconditionFailed, "person_changed") }
    }
  }
}
