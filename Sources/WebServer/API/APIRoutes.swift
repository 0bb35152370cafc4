import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Store
import Texts

/// The JSON API under `/api/v1`.
struct APIRoutes {
  /// Answers one request; throws `Problem`, `CommandRefusal` or `StoreFailure`.
  typealias Handler = @Sendable (Request, RelevoRequestContext) async throws -> Response

  /// One thing that can be asked: what the API's description and the router both list.
  struct Route {
    let method: HTTPRequest.Method
    let path: String
    let handler: Handler
  }

  /// Store, services and texts.
  let server: ServerContext
  /// Secrets that a repeated request must get again.
  let secrets: RequestSecrets

  /// The routes of one server.
  init(server: ServerContext) {
    self.server = server
    secrets = RequestSecrets(services: server.services)
  }

  /// Every row of the interface that is served.
  var routes: [Route] {
    ticketRoutes + ticketActionRoutes + conflictRoutes + directoryRoutes + userRoutes + tokenRoutes + nodeRoutes
      + balanceRoutes + policyRoutes + calendarRoutes
  }

  /// Adds every route.
  func add(to router: Router<RelevoRequestContext>) {
    router.get("openapi.json") { _, _ in APIDescription.response(version: server.services.version) }
    for route in routes { router.on(RouterPath(Self.root + route.path), method: route.method, use: route.handler) }
  }

  /// What answers at which address.
  var methods: MethodTable {
    MethodTable(
      routes.map { ($0.method, Self.root + $0.path) }
        + ["/openapi.json", "/livez", "/readyz", "/metrics"].map { (.get, $0) })
  }

  private static let root = "/api/v1"

  // MARK: Asking

  /// Carries out a command of the viewer's, with the request's idempotency key.
  func execute(
    _ body: CommandBody, _ request: Request, _ viewer: Viewer, rendered: ObservedVector? = nil,
    wordCheck: WordCheck? = nil
  ) async throws -> CommandOutcome {
    try await server.store.execute(
      Command(
        actor: viewer.actor, idempotencyKey: try Self.idempotencyKey(request), rendered: rendered,
        refusesIfChanged: rendered != nil, wordCheck: wordCheck, body: body))
  }

  /// 1…200 visible ASCII characters; nil when not sent.
  static func idempotencyKey(_ request: Request) throws(Problem) -> String? {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    guard (1...Limit.keyBytes).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .unprocessable([Problem.Fault(.header("Idempotency-Key"), Problem.Sentence("problem.key_unsuitable"))])
    }
    return key
  }

  /// The version the author had seen, from `If-Match`; nil where any will do.
  static func rendered(_ request: Request, isRequired: Bool) throws(Problem) -> ObservedVector? {
    switch EntityTag.condition(request) {
    case .absent:
      if isRequired { throw Problem(.preconditionRequired, "if_match_missing") }
      return nil
    case .any: return nil
    case .malformed: throw .ifMatchMalformed
    case .tags(let tags):
      guard let version = tags.lazy.compactMap(EntityTag.version).first else {
        throw Problem(.preconditionFailed, "if_match_unknown")
      }
      return version
    }
  }

  /// The decoded part of the path; the 404 problem when it is no text.
  static func part(_ name: String, _ context: RelevoRequestContext) throws(Problem) -> String {
    guard let raw = context.parameters.get(name), let text = QueryFields.decoded(raw[...], plusIsSpace: false) else {
      throw .notFound
    }
    return text
  }

  /// Who asks, when they hold at least this role; 403 otherwise.
  static func viewer(_ context: RelevoRequestContext, atLeast role: Role = .employee) throws -> Viewer {
    let viewer = try context.requireViewer()
    guard viewer.person.role >= role else { throw CommandRefusal.notAllowed(needs: role) }
    return viewer
  }

  // MARK: Answering

  /// An answer of JSON.
  static func json(
    _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], capacity: Int = 1024,
    _ write: (inout JSONWriter) -> Void
  ) -> Response {
    var json = JSONWriter(capacity: capacity)
    write(&json)
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(status: status, headers: headers, body: json.body)
  }

  /// `{"items": […], "next": cursor}`.
  static func list<Item>(
    _ items: [Item], next: String? = nil, _ write: @escaping (inout JSONWriter, Item) -> Void
  ) -> Response {
    json(capacity: 256 + items.count * 512) { json in
      json.object { json in
        json.key("items")
        json.array(items, write)
        json.member("next", next)
      }
    }
  }

  /// The refusal for a name that fits nothing known.
  static func unknown(_ field: String, _ value: String) -> CommandRefusal {
    .referenceUnknown(field: field, value: String(value.prefix(100)))
  }

  /// The person with this e-mail or identifier.
  func person(_ name: String) async throws -> Person? {
    if let id = EntityID(hex: name) { return try await server.store.person(id) }
    return try await server.store.person(email: name)
  }
}
