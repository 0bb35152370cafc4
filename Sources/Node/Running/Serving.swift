import Foundation
package import Logging
import ServiceLifecycle
import UnixSignals
import WebServer

/// Runs a node in the foreground: `relevo serve`.
package enum Serving {
  /// Serves until SIGTERM or SIGINT, then drains and returns. Throws when the node cannot start.
  package static func serve(
    _ configuration: NodeConfiguration, demoAccounts: String?, logger: Logger,
    onReady: @escaping @Sendable (_ port: Int) -> Void
  ) async throws {
    ProcessMemory.limitHeaps()
    let node = try await RunningNode(configuration, logger: logger)
    let web = WebServer(
      services: node,
      settings: WebServerSettings(
        host: configuration.http.host, port: configuration.http.port, publicURL: configuration.http.publicURL,
        certificatePath: configuration.http.tls?.certificate, keyPath: configuration.http.tls?.key,
        demoAccounts: demoAccounts),
      logger: logger)
    let socket = configuration.dataDirectory + "/control.sock"
    // The data directory is locked, so a socket that is still there belongs to nobody.
    unlink(socket)
    let console = ConsoleServer(path: socket, beside: web, logger: logger) { router in
      ControlRoutes(node: node).add(to: router)
    }
    let announce = Announcement(web: web, onReady: onReady)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: NodeService(node: node)), .init(service: console), .init(service: web),
          .init(service: announce, successTerminationBehavior: .ignore),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    await node.stop()
    unlink(socket)
  }
}

/// The node as one service of the group.
private struct NodeService: Service {
  let node: RunningNode
  func run() async throws { try await node.run() }
}

/// Says once where people find the node.
private struct Announcement: Service {
  let web: WebServer
  let onReady: @Sendable (Int) -> Void

  func run() async throws {
    if let port = await web.port() { onReady(port) }
  }
}
