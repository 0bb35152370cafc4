import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore
import OperationLog
import Store
import Texts

/// The one middleware before every route: language, identity, size of the body, and what is said when something fails.
struct FrontDoor: RouterMiddleware {
  /// What travels with every request.
  typealias Context = RelevoRequestContext

  /// Bodies beyond this are refused with 413.
  static let bodyBytesMax = 1 << 20

  /// Credentials, texts and settings.
  let server: ServerContext
  /// What answers where, for 405.
  let methods: MethodTable

  /// Lets the request through to its route, or answers in its place; never throws.
  func handle(
    _ request: Request, context: RelevoRequestContext,
    next: (Request, RelevoRequestContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.language = Self.language(of: request, person: nil)
    var response: Response
    // A body can be read from the connection once only: an error page that shows what was typed reads this copy.
    var collected = Request(head: request.head, body: RequestBody(buffer: ByteBuffer()))
    do {
      context.viewer = try await viewer(of: request)
      context.language = Self.language(of: request, person: context.viewer?.person)
      let isAPI = Self.isAPI(request)
      if isAPI { try admit(request, context.viewer) }
      var request = request
      if Self.mayHaveBody(request.method) {
        try await Self.collectBody(of: &request)
        collected = request
      }
      response = try await next(request, context)
    } catch {
      response = await answer(error, to: collected, context)
    }
    decorate(&response)
    return response
  }

  // MARK: Who

  private func viewer(of request: Request) async throws -> Viewer? {
    if Self.isForEverybody(request) { return nil }
    if server.isConsole { return try await console(request) }
    if let header = request.headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer",
        let viewer = try await server.credentials.viewer(bearer: parts[1])
      else { throw Problem.tokenUnknown }
      return viewer
    }
    guard request.headers.contains(.cookie), let cookie = request.cookies[Credentials.cookieName] else { return nil }
    return try await server.credentials.viewer(cookie: cookie.value)
  }

  /// The console itself, or the person it speaks for.
  private func console(_ request: Request) async throws -> Viewer {
    let home = server.store.home
    guard let email = request.headers[.speaksAs] else {
      let person = Person(
        id: EntityID(home.node), email: "", name: home.siteCode, role: .admin, site: home.site, language: "en")
      return Viewer(person: person, proof: .console)
    }
    guard let person = try await server.store.person(email: email), person.isActive else {
      throw CommandRefusal.referenceUnknown(field: "as", value: email)
    }
    return Viewer(person: person, proof: .token(.zero))
  }

  /// True for what programs ask; the rest is for people.
  /// Health, metrics, the API's description and the pages' files: nobody needs to be known, whatever they send along.
  private static func isForEverybody(_ request: Request) -> Bool {
    let path = request.uri.path
    return ["/livez", "/readyz", "/metrics", "/openapi.json"].contains(path) || path.hasPrefix("/assets/")
  }

  static func isAPI(_ request: Request) -> Bool { request.uri.path.hasPrefix("/api/") }

  /// The API answers nobody it does not know, and a browser's writes only with the token of its session.
  private func admit(_ request: Request, _ viewer: Viewer?) throws(Problem) {
    guard let viewer else { throw .signInNeeded }
    guard case .session = viewer.proof, Self.mayHaveBody(request.method) else { return }
    guard server.credentials.isCSRF(request.headers[.csrfToken], of: viewer) else { throw .csrfMissing }
  }

  /// Pages follow the reader's own choice; the API what the request asks for.
  private static func language(of request: Request, person: Person?) -> Language {
    let asked = request.headers[.acceptLanguage].flatMap { Language.preferred(acceptLanguage: $0) }
    let own = person.flatMap { Language(tag: $0.language) }
    if isAPI(request) { return asked ?? own ?? .english }
    let chosen =
      request.headers.contains(.cookie) ? request.cookies["relevo_language"].flatMap { Language(tag: $0.value) } : nil
    return chosen ?? own ?? asked ?? .english
  }

  // MARK: Body

  private static func mayHaveBody(_ method: HTTPRequest.Method) -> Bool {
    switch method {
    case .get, .head, .options, .trace: false
    default: true
    }
  }

  private static func collectBody(of request: inout Request) async throws {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyBytesMax {
      throw Problem.bodyTooLarge
    }
    do {
      _ = try await request.collectBody(upTo: bodyBytesMax)
    } catch is NIOTooManyBytesError {
      throw Problem.bodyTooLarge
    }
  }

  // MARK: Answers

  private func answer(_ error: any Error, to request: Request, _ context: RelevoRequestContext) async -> Response {
    var problem = Problem.of(error, logger: context.logger)
    // The router knows no such path or no such method of it; which one decides what is said.
    if let http = error as? HTTPError, http.status == .notFound, let allowed = methods.methods(at: request.uri.path) {
      problem = .methodNotAllowed(allowed)
    }
    if !Self.isAPI(request), let page = await PageRoutes.errorPage(for: problem, request, context, server) {
      return page
    }
    return problem.document(context.language, server.catalogue)
  }

  private static let contentPolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    + "frame-ancestors 'none'"

  private func decorate(_ response: inout Response) {
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.frameOptions] = "DENY"
    response.headers[.referrerPolicy] = "same-origin"
    response.headers[.openerPolicy] = "same-origin"
    response.headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
    if !response.headers.contains(.contentSecurityPolicy) {
      response.headers[.contentSecurityPolicy] = Self.contentPolicy
    }
    if server.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    if !response.headers.contains(.cacheControl) { response.headers[.cacheControl] = "no-store" }
  }
}
