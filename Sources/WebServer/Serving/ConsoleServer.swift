package import Hummingbird
package import Logging
import ServiceLifecycle

/// Serves the node's own command line on a Unix socket in its data directory: the whole JSON API and the node's own routes.
///
/// The directory is open to its owner only, and so is the socket: whoever reaches it administers the node anyway.
package final class ConsoleServer: Service, Sendable {
  private let path: String
  private let context: ServerContext
  private let logger: Logger
  private let addRoutes: @Sendable (Router<RelevoRequestContext>) -> Void

  /// `addRoutes` adds what only the command line may ask.
  package init(
    path: String, beside server: WebServer, logger: Logger,
    addRoutes: @escaping @Sendable (Router<RelevoRequestContext>) -> Void
  ) {
    self.path = path
    var context = server.context
    context.isConsole = true
    self.context = context
    self.logger = logger
    self.addRoutes = addRoutes
  }

  /// Listens until shutdown. Throws when the socket cannot be made.
  package func run() async throws {
    let router = WebServer.router(context)
    addRoutes(router)
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: "relevo"),
      logger: logger)
    try await application.run()
  }
}
