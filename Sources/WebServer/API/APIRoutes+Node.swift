import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore
import OperationLog
import Status
import Store
import Texts

extension APIRoutes {
  /// The node's status and live events.
  var nodeRoutes: [Route] {
    [
      Route(method: .get, path: "/status") { try await showStatus($0, $1) },
      Route(method: .get, path: "/events") { try await showEvents($0, $1) },
    ]
  }

  /// Exactly what `relevo status --format json` prints.
  private func showStatus(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    _ = try Self.viewer(context, atLeast: .agent)
    try QueryFields(request).finish()
    let report = await server.services.statusReport()
    let format = ReaderFormat(
      language: context.language, zone: .utc, nowMilliseconds: server.now, catalogue: server.catalogue)
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: StatusJSON.bytes(report, format: format))))
  }

  /// Server-sent events `ticket`, `directory`, `acknowledged` and `missed`; employees hear of their own tickets only.
  private func showEvents(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    var query = QueryFields(request)
    let last = request.headers[.lastEventID] ?? query.text("last_event_id")
    _ = query.text("last_event_id")
    try query.finish()
    return server.events.response(context, request: request, lastEventID: last) { event in Self.lines(event, viewer) }
  }

  private static func lines(_ event: LiveEvents.Event, _ viewer: Viewer) -> String? {
    var json = JSONWriter(capacity: 256)
    let name: String
    switch event.change {
    case .ticket:
      guard let row = event.ticket, viewer.maySee(requester: row.requester) else { return nil }
      name = "ticket"
      json.object { json in
        json.member("id", row.id.description)
        json.member("number", row.number)
        json.member("subject", row.subject)
        json.member("stage", row.stage.name)
        json.member("updated_at", moment: row.updatedAt)
      }
    case .directory:
      name = "directory"
      json.object { _ in }
    case .presence: return nil
    case .acknowledged(let sites):
      name = "acknowledged"
      json.object { json in
        json.key("sites")
        json.strings(sites)
      }
    case .missed:
      name = "missed"
      json.object { _ in }
    }
    return "event: \(name)\ndata: \(json.text)\n"
  }
}
