import Helpdesk
package import Hummingbird
package import Logging
package import Store
package import Texts

/// What every route has at hand.
package struct ServerContext: Sendable {
  /// The running node.
  package let services: any NodeServices
  /// Where and how it listens.
  package let settings: WebServerSettings
  /// Every sentence people read.
  package let catalogue: Catalogue
  /// Who asks.
  package let credentials: Credentials
  /// What changed, for open pages and programs.
  package let events: LiveEvents
  /// Names from memory.
  package let directory: DirectoryCache
  /// How equal service was, computed away from the requests.
  package let reports: ServiceReports
  /// For what is no request's own.
  package let logger: Logger
  /// True for the socket of the node's own command line, where everybody is an administrator.
  package var isConsole = false

  /// Everything is read and written here.
  package var store: SiteStore { services.store }

  /// The store's wall clock, milliseconds UTC.
  package var now: Int64 { store.powers.wallClock() }

  /// True when browsers reach us over TLS, so cookies may insist on it.
  package var isSecure: Bool {
    settings.certificatePath != nil || settings.publicURL?.lowercased().hasPrefix("https://") == true
  }

  /// A sentence of the catalogue.
  package func text(_ key: String, _ language: Language, _ arguments: [String: String] = [:]) -> String {
    catalogue.text(key, language: language, arguments: arguments)
  }

  /// True when a browser says that the request comes from one of our own pages, or says nothing at all (no browser).
  ///
  /// For forms that have no session yet, such as signing in; all others carry `Viewer.csrf`.
  package func isFromOwnPage(_ request: Request) -> Bool {
    if let site = request.headers[.secFetchSite] { return site == "same-origin" || site == "none" }
    guard let origin = request.headers[.origin] else { return true }
    if let publicURL = settings.publicURL { return origin == publicURL }
    guard let authority = request.head.authority else { return false }
    return origin == "http://\(authority)" || origin == "https://\(authority)"
  }
}
