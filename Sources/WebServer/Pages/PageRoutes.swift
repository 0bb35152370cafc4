import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import Logging
import OperationLog
import Store
import Texts
import WebPages

/// The HTML pages: routes, forms and error pages.
struct PageRoutes: Sendable {
  let server: ServerContext

  /// Adds every page's routes.
  static func add(to router: Router<RelevoRequestContext>, _ server: ServerContext) {
    let routes = PageRoutes(server: server)
    routes.addDoor(to: router)
    routes.addRequests(to: router)
    routes.addQueue(to: router)
    routes.addTickets(to: router)
    routes.addOffers(to: router)
    routes.addOperations(to: router)
    routes.addPeople(to: router)
    routes.addBalance(to: router)
    routes.addCalendars(to: router)
    router.get("events") { request, context in try await routes.events(request, context) }
  }

  // MARK: Shared by all routes

  func desk(_ request: Request, _ context: RelevoRequestContext) async throws -> PageDesk {
    try await PageDesk(server, request, context)
  }

  /// A form of a signed-in reader; throws 403 when it does not carry their session's token.
  func form(_ request: Request, _ context: RelevoRequestContext) async throws -> (Form, Viewer) {
    let viewer = try context.requireViewer()
    let form = try await Form(request)
    guard server.credentials.isCSRF(form["csrf"], of: viewer) else { throw Problem.csrfMissing }
    return (form, viewer)
  }

  /// Agents and above; throws 403 for others.
  func requireAgent(_ context: RelevoRequestContext) throws -> Viewer {
    let viewer = try context.requireViewer()
    guard viewer.isAgent else { throw CommandRefusal.notAllowed(needs: .agent) }
    return viewer
  }

  /// Where a browser goes after a form was carried out.
  static func redirect(_ path: String) -> Response {
    Response(status: .seeOther, headers: [.location: path])
  }

  /// A path on this node only: anything else leads home.
  static func ownPath(_ path: String) -> String {
    guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"), !path.contains(where: \.isNewline) else {
      return "/"
    }
    return path
  }

  // MARK: Live events for pages

  private func events(_ request: Request, _ context: RelevoRequestContext) async throws -> Response {
    let viewer = try context.requireViewer()
    let topics = Set(
      (request.uri.queryParameters.get("topics") ?? "").split(separator: ",").prefix(20).map(String.init))
    let last = request.headers[.lastEventID] ?? request.uri.queryParameters.get("last_event_id")
    return server.events.response(context, request: request, lastEventID: last) { event in
      let concerned =
        event.change == .missed ? topics.sorted() : Self.topics(of: event, viewer).intersection(topics).sorted()
      guard !concerned.isEmpty else { return nil }
      let told = event.change == .missed ? ["*"] : concerned
      // Each topic is a message of its own.
      return told.map { "data: {\"topic\":\"\($0)\"}\n" }.joined(separator: "\n")
    }
  }

  private static func topics(of event: LiveEvents.Event, _ viewer: Viewer) -> Set<String> {
    switch event.change {
    case .ticket(let id):
      guard let row = event.ticket, viewer.maySee(requester: row.requester) else { return [] }
      var topics: Set<String> = ["ticket:\(id)"]
      if viewer.isAgent { topics.formUnion(["queue", "conflicts"]) }
      if row.requester == viewer.person.id { topics.insert("requests") }
      return topics
    // The queue's rows show presence too.
    case .presence(let id): return viewer.isAgent ? ["presence:\(id)", "queue"] : []
    case .directory: return ["queue", "status"]
    case .acknowledged: return ["status", "acknowledged"]
    case .missed: return []
    }
  }

  // MARK: Errors

  /// A problem as a page for people; nil lets the problem document be sent, e.g. when the caller does not want HTML.
  static func errorPage(
    for problem: Problem, _ request: Request, _ context: RelevoRequestContext, _ server: ServerContext
  ) async -> Response? {
    guard (request.headers[.accept] ?? "").contains("text/html") else { return nil }
    if problem.status == .unauthorized, request.method == .get {
      let target = request.uri.string.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "%2F"
      return redirect("/sign-in?return_to=" + target)
    }
    do {
      let desk = try await PageDesk(server, request, context)
      let code = problem.status.code
      let known = [401, 403, 404, 409, 412, 413, 422, 503, 507].contains(code) ? code : 500
      // A form of an earlier session: people are told that, not which header was missing.
      let isOldForm = problem.detail.key == Problem.csrfMissing.detail.key
      let kind = isOldForm ? "form" : String(known)
      let page = ErrorPage(
        code: code, title: desk.wording.text("error_\(kind)_title"),
        text: isOldForm
          ? desk.wording.text("error_form_text")
          : server.text(problem.detail.key, context.language, problem.detail.arguments),
        advice: desk.wording.text("error_\(kind)_advice"),
        links: [Self.wayOut(desk, context.viewer)], keptText: await kept(request))
      return try await desk.answer(page, request, status: problem.status)
    } catch {
      context.logger.error("the error page could not be made: \(error)")
      return nil
    }
  }

  /// Where an error page leads: the reader's own first place.
  private static func wayOut(_ desk: PageDesk, _ viewer: Viewer?) -> PageLink {
    guard let viewer else { return PageLink(label: desk.wording.text("error_sign_in"), path: "/sign-in") }
    return viewer.isAgent
      ? PageLink(label: desk.wording.text("error_queue"), path: "/queue")
      : PageLink(label: desk.wording.text("error_home"), path: "/")
  }

  /// What the reader had typed, so that nothing is lost.
  private static func kept(_ request: Request) async -> String? {
    guard request.method == .post, let form = try? await Form(request) else { return nil }  // No form, nothing typed.
    return ["body", "description", "resolution", "reason"].compactMap { form.text($0) }.first
  }
}
