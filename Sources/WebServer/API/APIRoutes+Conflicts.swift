import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store

extension APIRoutes {
  /// Open conflicts, and a person's choice.
  var conflictRoutes: [Route] {
    [
      Route(method: .get, path: "/conflicts") { try await listConflicts($0, $1) },
      Route(method: .post, path: "/tickets/{ticket}/conflicts/{field}") { try await resolveConflict($0, $1) },
    ]
  }

  private struct OpenConflict {
    let detail: TicketDetail
    let conflict: FieldConflict
    let ticket: TicketJSON
  }

  private func listConflicts(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try Self.viewer(context, atLeast: .agent)
    var query = QueryFields(request)
    let (limit, after) = Self.page(&query)
    try query.finish()
    var search = TicketSearch()
    search.states = [.conflict]
    let page = try await server.store.tickets(
      search,
      SiteStore.ListScope(viewer: viewer.person.id, ownOnly: false, now: server.now, limit: limit, after: after))
    var open: [OpenConflict] = []
    for row in page.items {
      // A ticket decided between the two readings has no conflict left to show.
      guard let detail = try await server.store.detail(row.id) else { continue }
      let ticket = try await ticketJSON(detail)
      for conflict in detail.conflicts { open.append(OpenConflict(detail: detail, conflict: conflict, ticket: ticket)) }
    }
    return Self.list(open, next: page.next) { json, item in Self.write(item, viewer, into: &json) }
  }

  private static func write(_ item: OpenConflict, _ viewer: Viewer, into json: inout JSONWriter) {
    let values = HistoryJSON(item.ticket, viewer: viewer)
    json.object { json in
      json.key("ticket")
      json.object { json in
        json.member("id", item.detail.row.id.description)
        json.member("number", item.detail.row.number)
        json.member("subject", item.detail.row.subject)
      }
      json.member("field", item.conflict.field.name)
      json.key("choices")
      json.array(item.conflict.choices) { json, choice in
        json.object { json in
          json.member("value", choice.text ?? values.text(choice.value, item.conflict.field))
          item.ticket.person("who", choice.actor, into: &json)
          json.member("when", moment: choice.at)
          json.member("where", item.ticket.names.site(of: choice.node)?.code)
          json.member("displayed", choice.isDisplayed)
        }
      }
    }
  }

  private func resolveConflict(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let row = try await ticket(context, viewer)
    guard let field = TicketField(name: try Self.part("field", context)), TicketField.disputable.contains(field) else {
      throw Problem.notFound
    }
    var fields = try await BodyFields(request)
    var value = ""
    if let sent = fields.nullableText("value") {
      value = sent ?? ""
    } else if fields.faults.isEmpty {
      fields.add("value", Problem.Sentence("problem.field_missing", ["field": "value"]))
    }
    let names = try await server.directory.names()
    if field == .category, !value.isEmpty {
      value = reference("value", value, names.category(key: value)?.id, &fields)?.description ?? ""
    }
    if field == .queue, !value.isEmpty {
      value = reference("value", value, names.queue(name: value)?.id, &fields)?.description ?? ""
    }
    try fields.finish()
    return try await act(.resolveConflict(row.id, FieldChoice(field: field, value: value)), request, viewer)
  }
}
