import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// What is done with a ticket beside changing its fields.
  var ticketActionRoutes: [Route] {
    [
      Route(method: .post, path: "/tickets/{ticket}/replies") { try await reply($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/take") { try await take($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/accept") { try await accept($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/decline") { try await decline($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/hand-over") { try await handOver($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/take-over") { try await takeOver($0, $1) },
      Route(method: .get, path: "/offers") { try await listOffers($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/assign") { try await assign($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/escalate") { try await escalate($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/close") { try await close($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/reopen") { try await reopen($0, $1) },
    ]
  }

  private func reply(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    let body = fields.text("body", isRequired: true)
    let visibility = fields.text("visibility") ?? "public"
    let isAnyway = fields.flag("anyway") ?? false
    if !["public", "internal"].contains(visibility) {
      let arguments = ["field": "visibility", "value": String(visibility.prefix(100)), "choices": "public, internal"]
      fields.add("visibility", Problem.Sentence("refusal.value_unknown", arguments))
    }
    try fields.finish()
    let outcome = try await execute(
      .reply(row.id, body: body ?? "", isInternal: visibility == "internal"), request, viewer,
      wordCheck: isAnyway ? nil : WordCheck())
    guard let detail = try await server.store.detail(row.id),
      let step = detail.history.first(where: { outcome.dots.contains($0.dot) })
        ?? word(of: request, viewer, in: detail)
    else { throw CommandRefusal.ticketUnknown }
    let ticket = try await ticketJSON(detail)
    return Self.json(.created) { json in ticket.word(step, into: &json) }
  }

  /// The same reply sent to two offices is one entry; the other office's copy may be the one shown.
  private func word(of request: Request, _ viewer: Viewer, in detail: TicketDetail) -> HistoryStep? {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    let entry = server.store.powers.hashing.entry(actor: viewer.person.id, key: key)
    return detail.history.first { $0.entry == entry }
  }

  private func take(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    try await BodyFields(request, mayBeMissing: true).finish()
    return try await act(.take(row.id), request, viewer)
  }

  private func assign(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    var person: EntityID?
    if let name = fields.nullableText("to") {
      if let name { person = reference("to", name, try await self.person(name)?.id, &fields) }
    } else if fields.faults.isEmpty {
      fields.add("to", Problem.Sentence("problem.field_missing", ["field": "to"]))
    }
    try fields.finish()
    return try await act(.assign(row.id, to: person), request, viewer)
  }

  private func escalate(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    var escalation = Escalation(reason: fields.text("reason", isRequired: true) ?? "")
    // A team by its name, or a person; neither means one support level up.
    if let target = fields.nullableText("to"), let name = target {
      if let queue = try await server.directory.names().queue(name: name) {
        escalation.queue = queue.id
      } else {
        escalation.person = reference("to", name, try await person(name)?.id, &fields)
      }
    }
    try fields.finish()
    return try await act(.escalate(row.id, escalation), request, viewer)
  }

  // MARK: Offers and custody

  private func accept(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    try await BodyFields(request, mayBeMissing: true).finish()
    return try await act(.acceptOffer(row.id), request, viewer)
  }

  private func decline(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    let reason = fields.text("reason", isRequired: true)
    try fields.finish()
    return try await act(.declineOffer(row.id, reason: reason ?? ""), request, viewer)
  }

  private func handOver(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    let code = fields.text("site", isRequired: true)
    let reason = fields.text("reason", isRequired: true)
    var site: EntityID?
    if let code {
      site = reference("site", code, try await server.directory.names().site(code: code.uppercased())?.id, &fields)
    }
    try fields.finish()
    guard let site else { throw Self.unknown("site", code ?? "") }
    return try await act(.handOver(row.id, HandOver(site: site, reason: reason ?? "")), request, viewer)
  }

  private func takeOver(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request)
    let reason = fields.text("reason", isRequired: true)
    try fields.finish()
    let isReachable: Bool
    if let custodian = row.custodian {
      isReachable = await server.services.canReach(custodian)
    } else {
      isReachable = false
    }
    let takeOver = TakeOver(reason: reason ?? "", isCustodianReachable: isReachable)
    return try await act(.takeOver(row.id, takeOver), request, viewer)
  }

  /// What is offered to the viewer and waits for their answer, the earliest due first.
  private func listOffers(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .agent)
    try QueryFields(request).finish()
    let rows = try await server.store.offers(to: viewer.person.id, limit: 200)
    let json = TicketJSON(
      names: try await server.directory.names(),
      people: try await server.directory.people(TicketJSON.people(in: rows)))
    return Self.list(rows) { writer, row in json.summary(row, into: &writer) }
  }

  private func close(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request, mayBeMissing: true)
    let resolution = fields.text("resolution") ?? ""
    let isAnyway = fields.flag("anyway") ?? false
    let isFinal = fields.flag("final") ?? false
    try fields.finish()
    return try await act(
      .close(row.id, resolution: resolution, isFinal: isFinal), request, viewer, wordCheck: isAnyway ? nil : WordCheck()
    )
  }

  private func reopen(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    var fields = try await BodyFields(request, mayBeMissing: true)
    let reason = fields.text("reason") ?? ""
    try fields.finish()
    return try await act(.reopen(row.id, reason: reason), request, viewer)
  }

  /// Carries out an action and answers with the ticket; `If-Match` is heeded where it is sent.
  func act(
    _ body: CommandBody, _ request: Request, _ viewer: Viewer, wordCheck: WordCheck? = nil
  ) async throws -> Response {
    try QueryFields(request).finish()
    let rendered = try Self.rendered(request, isRequired: false)
    let outcome = try await execute(body, request, viewer, rendered: rendered, wordCheck: wordCheck)
    return try await answer(outcome.entity, viewer)
  }
}
