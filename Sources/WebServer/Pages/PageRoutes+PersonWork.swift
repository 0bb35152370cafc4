import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import WebPages

/// One person's topics, shift and absences: for leads and administrators, and for agents their own.
extension PageRoutes {
  /// `me` or an identifier; oneself, or anybody for a lead.
  private func person(_ context: RelevoRequestContext) async throws -> (Person, Viewer) {
    let viewer = try requireAgent(context)
    let name = context.parameters.get("id") ?? "me"
    let id = name == "me" ? viewer.person.id : EntityID(hex: name)
    guard let id, let person = try await server.store.person(id), id == viewer.person.id || viewer.person.role >= .lead
    else { throw Problem.notFound }
    return (person, viewer)
  }

  func showPerson(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (person, viewer) = try await person(context)
    let desk = try await desk(request, context)
    let outcome =
      request.uri.queryParameters.get("saved") == nil ? nil : desk.wording.text("people_work_saved")
    let page = PersonWorkBuilder(desk: desk, viewer: viewer).page(person, outcome: outcome)
    return try await desk.answer(page, request)
  }

  func saveWork(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    let (person, _) = try await person(context)
    let names = try await server.directory.names()
    var definition = PersonDefinition(email: person.email)
    let languages = form["languages"].lowercased().split { $0 == " " || $0 == "," }.map(String.init)
    if Set(languages) != Set(person.spokenLanguages) { definition.spokenLanguages = languages }
    let desk = try await desk(request, context)
    if PersonWorkBuilder(desk: desk, viewer: viewer).mayPlan(person) {
      let keys = form.fields.filter { $0.name == "skill" }.map(\.value)
      let skills = keys.compactMap { names.category(key: $0)?.id }
      if Set(skills) != Set(person.skills) { definition.skills = skills }
      let calendar = form.text("shift").flatMap { names.calendar(key: $0)?.id }
      if calendar != person.calendar { definition.calendar = .some(calendar) }
      if (form["remote"] == "yes") != person.worksRemotely { definition.worksRemotely = !person.worksRemotely }
    }
    guard definition != PersonDefinition(email: person.email) else { return Self.redirect("/people/\(person.id)") }
    return try await carryOut(.definePerson(definition), of: person, form, viewer, request, context)
  }

  func addAbsence(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    let (person, _) = try await person(context)
    let kind = AbsenceKind(name: form["kind"]) ?? .away
    guard let absence = Absence(fromText: form["from"], toText: form["to"], kind: kind) else {
      let arguments = ["from": String(form["from"].prefix(40)), "to": String(form["to"].prefix(40))]
      let desk = try await desk(request, context)
      let page = PersonWorkBuilder(desk: desk, viewer: viewer).page(
        person, refusal: server.text("problem.absence_unsuitable", context.language, arguments))
      return try await desk.answer(page, request, status: .unprocessableContent)
    }
    let body = CommandBody.changeAbsences(person.id, adding: [absence], removing: [])
    return try await carryOut(body, of: person, form, viewer, request, context)
  }

  func removeAbsence(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let (form, viewer) = try await form(request, context)
    let (person, _) = try await person(context)
    guard let absence = Hexadecimal.decode(form["absence"]).flatMap({ Absence(element: $0) }) else {
      throw Problem.notFound
    }
    let body = CommandBody.changeAbsences(person.id, adding: [], removing: [absence])
    return try await carryOut(body, of: person, form, viewer, request, context)
  }

  private func carryOut(
    _ body: CommandBody, of person: Person, _ form: Form, _ viewer: Viewer, _ request: Request,
    _ context: RelevoRequestContext
  ) async throws -> Response {
    do {
      _ = try await server.store.execute(Command(actor: viewer.actor, idempotencyKey: form.key, body: body))
    } catch CommandRefusal.nothingToChange {
      // Somebody did the same meanwhile: what was asked for holds.
    } catch let refusal as CommandRefusal {
      let desk = try await desk(request, context)
      let page = PersonWorkBuilder(desk: desk, viewer: viewer).page(person, refusal: desk.text(refusal))
      return try await desk.answer(page, request, status: .unprocessableContent)
    }
    return Self.redirect("/people/\(person.id)?saved=yes")
  }
}
