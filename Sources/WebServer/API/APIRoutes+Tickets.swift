import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// Lists of tickets, and a ticket's fields and history.
  var ticketRoutes: [Route] {
    [
      Route(method: .get, path: "/tickets") { try await listTickets($0, $1) },
      Route(method: .post, path: "/tickets") { try await createTicket($0, $1) },
      Route(method: .get, path: "/tickets/{ticket}") { try await showTicket($0, $1) },
      Route(method: .patch, path: "/tickets/{ticket}") { try await editTicket($0, $1) },
      Route(method: .get, path: "/tickets/{ticket}/history") { try await showHistory($0, $1) },
    ]
  }

  /// Channels a caller may name; "imported" is for imports alone.
  static let channels: [Channel] = [.portal, .email, .phone, .walkIn, .api]

  // MARK: Reading

  private func listTickets(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var query = QueryFields(request)
    var search = TicketSearch()
    do throws(TicketSearch.Problem) {
      search = try TicketSearch(parsing: query.text("q") ?? "")
    } catch {
      let arguments = ["term": String(error.term.prefix(100)), "choices": error.choices.joined(separator: ", ")]
      query.add("q", Problem.Sentence("problem.search_term", arguments))
    }
    let (limit, after) = Self.page(&query)
    try query.finish()
    let page = try await server.store.tickets(
      search,
      SiteStore.ListScope(
        viewer: viewer.person.id, ownOnly: !viewer.isAgent, now: server.now, limit: limit, after: after))
    let ticket = TicketJSON(
      names: try await server.directory.names(),
      people: try await server.directory.people(TicketJSON.people(in: page.items)))
    return Self.list(page.items, next: page.next) { json, row in ticket.summary(row, into: &json) }
  }

  /// `limit` and `after` of a list of tickets.
  static func page(_ query: inout QueryFields) -> (limit: Int, after: String?) {
    let limit = query.integer("limit", in: 1...200, fallback: 50)
    let after = query.text("after")
    if let after, !TicketList.isCursor(after) { query.add("after", Problem.Sentence("problem.cursor_unknown")) }
    return (limit, after)
  }

  private func showTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let detail = try await detail(context, viewer)
    try QueryFields(request).finish()
    return try await answer(detail, viewer)
  }

  private func showHistory(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let detail = try await detail(context, viewer)
    try QueryFields(request).finish()
    let ticket = try await ticketJSON(detail)
    return Self.json(capacity: 4096) { json in
      json.object { json in
        json.key("items")
        var history = HistoryJSON(ticket, viewer: viewer)
        history.write(detail.history, into: &json)
        json.member("next", nil as String?)
      }
    }
  }

  /// The path's ticket when the viewer may see it; 404 otherwise, also for other people's tickets.
  func detail(_ context: RelevoRequestContext, _ viewer: Viewer) async throws -> TicketDetail {
    guard let id = try await server.store.ticketID(try Self.part("ticket", context)),
      let detail = try await server.store.detail(id), viewer.maySee(requester: detail.row.requester)
    else { throw CommandRefusal.ticketUnknown }
    return detail
  }

  /// The path's ticket without its history, for writes.
  func ticket(_ context: RelevoRequestContext, _ viewer: Viewer) async throws -> TicketRow {
    guard let id = try await server.store.ticketID(try Self.part("ticket", context)),
      let row = try await server.store.row(id), viewer.maySee(requester: row.requester)
    else { throw CommandRefusal.ticketUnknown }
    return row
  }

  /// What writes this ticket, with every name it needs.
  func ticketJSON(_ detail: TicketDetail) async throws -> TicketJSON {
    TicketJSON(
      names: try await server.directory.names(),
      people: try await server.directory.people(TicketJSON.people(in: detail)))
  }

  /// The whole ticket with its `ETag`.
  private func answer(
    _ detail: TicketDetail, _ viewer: Viewer, _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) async throws -> Response {
    let ticket = try await ticketJSON(detail)
    let held = detail.history.last.map { server.services.sitesHolding($0.dot) } ?? []
    var headers = headers
    headers[.eTag] = EntityTag.text(detail.version.bytes)
    return Self.json(status, headers: headers, capacity: 2048 + detail.description.utf8.count) { json in
      ticket.ticket(detail, viewer: viewer, heldAt: held, into: &json)
    }
  }

  /// The ticket as it is after a write.
  func answer(
    _ id: EntityID, _ viewer: Viewer, _ status: HTTPResponse.Status = .ok, isNew: Bool = false
  ) async throws -> Response {
    guard let detail = try await server.store.detail(id), viewer.maySee(requester: detail.row.requester) else {
      throw CommandRefusal.ticketUnknown
    }
    return try await answer(detail, viewer, status, headers: isNew ? Self.location(of: detail) : [:])
  }

  private static func location(of detail: TicketDetail) -> HTTPFields {
    [.location: "/api/v1/tickets/\(detail.row.number)"]
  }

  // MARK: Writing

  private func createTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var fields = try await BodyFields(request)
    let names = try await server.directory.names()
    let subject = fields.text("subject", isRequired: true)
    let description = fields.text("description", isRequired: true)
    var body = OpenTicket(subject: subject ?? "", description: description ?? "", channel: .api)
    body.requesterEmail = fields.text("requester")
    if let key = fields.text("category") {
      body.category = reference("category", key, names.category(key: key)?.id, &fields)
    }
    if let name = fields.text("queue") { body.queue = reference("queue", name, names.queue(name: name)?.id, &fields) }
    if let code = fields.text("site") { body.site = reference("site", code, names.site(code: code)?.id, &fields) }
    body.urgency = fields.code("urgency") ?? .normal
    body.impact = fields.code("impact") ?? .low
    body.channel = fields.code("channel", among: Self.channels) ?? .api
    body.tags = fields.texts("tags") ?? []
    try fields.finish()
    let outcome = try await execute(.openTicket(body), request, viewer)
    guard let opened = outcome.opened(), viewer.maySee(requester: opened.row.requester) else {
      return try await answer(outcome.entity, viewer, .created, isNew: true)
    }
    return try await answer(opened, viewer, .created, headers: Self.location(of: opened))
  }

  /// Notes a fault when a name fits nothing.
  func reference(_ field: String, _ value: String, _ found: EntityID?, _ fields: inout BodyFields) -> EntityID? {
    if found == nil {
      let refusal = Self.unknown(field, value)
      fields.add(field, Problem.Sentence("refusal.\(refusal.name)", refusal.arguments))
    }
    return found
  }

  private func editTicket(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    let edit = try await ticketEdit(request)
    let rendered = try Self.rendered(request, isRequired: true)
    let outcome = try await execute(.editTicket(row.id, edit), request, viewer, rendered: rendered)
    return try await answer(outcome.entity, viewer)
  }

  private func ticketEdit(_ request: Request) async throws -> TicketEdit {
    var fields = try await BodyFields(request)
    let names = try await server.directory.names()
    var edit = TicketEdit()
    edit.subject = fields.text("subject")
    edit.description = fields.text("description")
    edit.status = fields.code("status")
    edit.waitingReason = fields.code("waiting_reason")
    edit.urgency = fields.code("urgency")
    edit.impact = fields.code("impact")
    edit.priority = fields.nullableCode("priority")
    if let key = fields.nullableText("category") {
      edit.category = .some(key.flatMap { reference("category", $0, names.category(key: $0)?.id, &fields) })
    }
    if let name = fields.nullableText("queue") {
      edit.queue = .some(name.flatMap { reference("queue", $0, names.queue(name: $0)?.id, &fields) })
    }
    if let name = fields.nullableText("assignee") {
      var person: EntityID?
      if let name { person = reference("assignee", name, try await self.person(name)?.id, &fields) }
      edit.assignee = .some(person)
    }
    edit.tags = fields.texts("tags")
    try fields.finishNotEmpty()
    return edit
  }
}
