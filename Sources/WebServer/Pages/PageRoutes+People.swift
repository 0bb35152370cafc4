import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import RichText
import Store
import Texts
import WebPages

/// Who can sign in and what they may do.
extension PageRoutes {
  private static let rowsMax = 50

  func addPeople(to router: Router<RelevoRequestContext>) {
    router.get("people") { request, context in try await showPeople(request, context) }
    router.post("people") { request, context in try await addPerson(request, context) }
    router.post("people/:id/role") { request, context in
      try await change(request, context) { person, form in
        guard let role = Role(name: form["role"]) else {
          throw CommandRefusal.valueUnknown(field: "role", value: form["role"], choices: Role.names)
        }
        return PersonDefinition(email: person.email, role: role)
      }
    }
    router.post("people/:id/deactivate") { request, context in
      try await change(request, context) { person, _ in PersonDefinition(email: person.email, isActive: false) }
    }
    router.post("people/:id/activate") { request, context in
      try await change(request, context) { person, _ in PersonDefinition(email: person.email, isActive: true) }
    }
    // `people/me` has a branch of its own in the router, because of what stands below it.
    router.get("people/me") { request, context in try await showPerson(request, context) }
    router.get("people/:id") { request, context in try await showPerson(request, context) }
    router.post("people/:id/work") { request, context in try await saveWork(request, context) }
    router.post("people/:id/absences") { request, context in try await addAbsence(request, context) }
    router.post("people/:id/absences/remove") { request, context in try await removeAbsence(request, context) }
    router.post("people/me/availability") { request, context in try await setAvailability(request, context) }
  }

  private func requireLead(_ context: RelevoRequestContext) throws -> Viewer {
    let viewer = try context.requireViewer()
    guard viewer.person.role >= .lead else { throw CommandRefusal.notAllowed(needs: .lead) }
    return viewer
  }

  private func showPeople(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try requireLead(context)
    let desk = try await desk(request, context)
    return try await desk.answer(try await page(desk, viewer, request, nil), request)
  }

  private func page(
    _ desk: PageDesk, _ viewer: Viewer, _ request: Request, _ form: Form?, refusal: CommandRefusal? = nil,
    invitation: String? = nil
  ) async throws -> PeoplePage {
    let query = request.uri.queryParameters.get("q") ?? ""
    let slice = PageSlice(request, size: Self.rowsMax)
    let everybody = try await server.store.people(limit: 5_000)
    let words = query.lowercased()
    let found = everybody.filter { person in
      words.isEmpty || person.name.lowercased().contains(words) || person.email.contains(words)
    }
    let rows = slice.part(of: found).map { row($0, desk, viewer) }
    let agents = everybody.filter { $0.role >= .agent && $0.isActive }.count
    return PeoplePage(
      summary: desk.wording.text(
        "people_summary",
        ["count": desk.format.number(Int64(everybody.count)), "agents": desk.format.number(Int64(agents))]),
      query: query, rows: Array(rows),
      empty: rows.isEmpty
        ? EmptyState(
          title: desk.wording.text("people_empty_title"), text: desk.wording.text("people_empty_text"), icon: "search")
        : nil,
      pager: slice.pager(of: found.count, path: "/people?q=\(Self.escaped(query))", desk.wording) ?? Pager(),
      key: desk.key(), name: form?["name"] ?? "", email: form?["email"] ?? "",
      sites: desk.siteChoices(form?.text("site") ?? desk.names.site(viewer.person.site)?.code ?? ""),
      roles: roles(viewer, form?.text("role") ?? Role.employee.name, desk),
      languages: Language.allCases.map {
        Choice(
          value: $0.rawValue, label: desk.wording.text("language_\($0.rawValue)"),
          isChosen: $0.rawValue == (form?.text("language") ?? desk.format.language.rawValue))
      },
      refusal: refusal.map(desk.text), invitation: invitation)
  }

  private func roles(_ viewer: Viewer, _ chosen: String, _ desk: PageDesk) -> [Choice] {
    Role.allCases.filter { viewer.person.role == .admin || $0 <= .agent }.map {
      Choice(value: $0.name, label: desk.wording.role($0.name), isChosen: $0.name == chosen)
    }
  }

  private func row(_ person: Person, _ desk: PageDesk, _ viewer: Viewer) -> PersonRow {
    let isSelf = person.id == viewer.person.id
    let mayChange =
      !isSelf && (viewer.person.role == .admin || (person.role <= .agent && person.site == viewer.person.site))
    return PersonRow(
      path: "/people/\(person.id)", person: PersonChip(name: person.name, isYou: isSelf), email: person.email,
      site: desk.site(person.site), role: desk.wording.role(person.role.name),
      roles: mayChange ? roles(viewer, person.role.name, desk) : [], mayChange: mayChange, isActive: person.isActive,
      work: person.role >= .agent && person.isActive ? PersonWorkBuilder(desk: desk, viewer: viewer).line(person) : nil)
  }

  private func addPerson(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    let desk = try await desk(request, context)
    do {
      let password = Base64URL.encode(server.services.randomBytes(9))
      let definition = PersonDefinition(
        email: form["email"], name: form.text("name"), role: Role(name: form["role"]) ?? .employee,
        site: desk.names.site(code: form["site"])?.id, language: form.text("language"),
        passwordHash: try await server.services.hashPassword(password))
      if try await server.store.person(email: form["email"]) != nil {
        throw CommandRefusal.valueUnknown(
          field: "email", value: form["email"], choices: [desk.wording.text("email_unused")])
      }
      _ = try await server.store.execute(Command(actor: viewer.actor, body: .definePerson(definition)))
      let invitation = desk.wording.text("people_invitation", ["email": form["email"], "password": password])
      return try await desk.answer(
        try await page(desk, viewer, request, nil, invitation: invitation), request, status: .created)
    } catch let refusal as CommandRefusal {
      return try await desk.answer(
        try await page(desk, viewer, request, form, refusal: refusal), request, status: .unprocessableContent)
    }
  }

  private func change(
    _ request: Request, _ context: RelevoRequestContext, _ definition: (Person, Form) throws -> PersonDefinition
  ) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireLead(context)
    guard let id = EntityID(hex: try context.parameters.require("id")), let person = try await server.store.person(id)
    else { throw Problem.notFound }
    do {
      _ = try await server.store.execute(
        Command(actor: viewer.actor, body: .definePerson(try definition(person, form))))
      return Self.redirect("/people")
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      return try await desk.answer(
        try await page(desk, viewer, request, nil, refusal: refusal), request, status: .unprocessableContent)
    }
  }

  /// "I take work now" or "not now", by the agent themselves.
  private func setAvailability(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    _ = try requireAgent(context)
    let definition = PersonDefinition(email: viewer.person.email, isAvailable: form["available"] == "yes")
    _ = try await server.store.execute(Command(actor: viewer.actor, body: .definePerson(definition)))
    return Self.redirect(Self.ownPath(form["return_to"]))
  }
}
