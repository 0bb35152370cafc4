package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
package import Texts

/// Serves the pages, the JSON API, health and live events of one node until it is shut down.
package final class WebServer: Service, Sendable {
  /// Connections beyond this wait in the system's queue.
  static let connectionsMax = 4096

  /// What its routes have at hand.
  package let context: ServerContext
  private let listening = Listening()
  private let logger: Logger

  /// A server that does not listen yet.
  package init(
    services: any NodeServices, settings: WebServerSettings, catalogue: Catalogue = .embedded, logger: Logger
  ) {
    let isSecure =
      settings.certificatePath != nil || settings.publicURL?.lowercased().hasPrefix("https://") == true
    context = ServerContext(
      services: services, settings: settings, catalogue: catalogue,
      credentials: Credentials(services: services, isSecure: isSecure), events: LiveEvents(services: services),
      directory: DirectoryCache(store: services.store, zones: services.zones),
      reports: ServiceReports(store: services.store), logger: logger)
    self.logger = logger
  }

  /// Listens until shutdown. Throws when the port is taken or the certificate cannot be read.
  package func run() async throws {
    defer { listening.end() }
    try await application().run()
  }

  /// The port it listens on; waits until it does, nil when it ended before.
  package func port() async -> Int? { await listening.port() }

  /// The whole server, for `run` and for tests.
  package func application() throws -> Application<RouterResponder<RelevoRequestContext>> {
    let listening = listening
    return Application(
      router: Self.router(context), server: try serverBuilder(),
      configuration: ApplicationConfiguration(
        address: .hostname(context.settings.host, port: context.settings.port), serverName: "relevo", backlog: 1024,
        availableConnectionsDelegate: .maximum(Self.connectionsMax, logger: logger)),
      services: [context.events, SessionCleaning(store: context.store, logger: logger)],
      onServerRunning: { channel in listening.begin(port: channel.localAddress?.port) }, logger: logger)
  }

  /// Every route behind the front door.
  static func router(_ context: ServerContext) -> Router<RelevoRequestContext> {
    let router = Router(context: RelevoRequestContext.self, options: [.autoGenerateHeadEndpoints])
    let api = APIRoutes(server: context)
    router.add(middleware: FrontDoor(server: context, methods: api.methods))
    HealthRoutes(server: context).add(to: router)
    api.add(to: router)
    PageRoutes.add(to: router, context)
    return router
  }

  private func serverBuilder() throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        idleTimeout: .seconds(75),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
    guard let certificate = context.settings.certificatePath, let key = context.settings.keyPath else { return http }
    let chain = try NIOSSLCertificate.fromPEMFile(certificate)
    let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
    return try .tls(
      http,
      tlsConfiguration: .makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey)))
  }
}

/// Where others wait for the port.
private final class Listening: Sendable {
  private enum State {
    case waiting([CheckedContinuation<Int?, Never>])
    case known(Int?)
  }

  private let state = Mutex(State.waiting([]))

  /// It listens.
  func begin(port: Int?) { settle(port) }
  /// It does not listen any more; a port told before stays.
  func end() { settle(nil) }

  private func settle(_ port: Int?) {
    let waiting = state.withLock { state -> [CheckedContinuation<Int?, Never>] in
      guard case .waiting(let waiting) = state else { return [] }
      state = .known(port)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: port) }
  }

  /// Waits for either.
  func port() async -> Int? {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Int?? in
        switch state {
        case .known(let port): return .some(port)
        case .waiting(let waiting):
          state = .waiting(waiting + [continuation])
          return nil
        }
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
