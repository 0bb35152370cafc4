import Hummingbird

/// The HTML pages: routes, forms and error pages.
enum PageRoutes {
  /// Adds every page's routes.
  static func add(to router: Router<RelevoRequestContext>, _ server: ServerContext) {}

  /// A problem as a page for people; nil lets the problem document be sent, e.g. when the caller does not want HTML.
  static func errorPage(
    for problem: Problem, _ request: Request, _ context: RelevoRequestContext, _ server: ServerContext
  ) async -> Response? {
    nil
  }
}
