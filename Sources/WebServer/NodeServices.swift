package import OperationLog
package import Status
package import Store

/// What the web server needs from the running node; `Node` implements it.
package protocol NodeServices: Sendable {
  /// Everything is read and written here.
  var store: SiteStore { get }
  /// The program's version, e.g. "0.1.0".
  var version: String { get }
  /// The present status, from memory and one quick read; answers within 2 s, also during a partition.
  func statusReport() async -> StatusReport
  /// True once the node takes requests and is caught up; losing a peer never makes it false.
  func isReady() -> Bool
  /// Codes of the sites that durably hold the operation, this one first, the others in order.
  func sitesHolding(_ dot: Dot) -> [String]
  /// Codes of the neighbours a link is up to, and of those it is down to, in order.
  func reachableSites() -> (up: [String], down: [String])
  /// Calls back after peers acknowledged something (their site codes), on some thread: return at once.
  func onAcknowledged(_ listener: @escaping @Sendable ([String]) -> Void)
  /// When a person is expected to answer, milliseconds UTC, from the present load; nil when nobody is on shift.
  func expectedAnswer(for ticket: TicketRow) async -> Int64?
  /// Verifies on threads of its own, never on the cooperative pool. Throws when too many wait.
  func verifyPassword(_ password: String, against hash: String) async throws -> Bool
  /// Hashes on threads of its own.
  func hashPassword(_ password: String) async throws -> String
  /// `count` unguessable bytes.
  func randomBytes(_ count: Int) -> [UInt8]
  /// Metrics in the OpenMetrics text format.
  func metricsText() async -> String
}

/// Where and how the server listens.
package struct WebServerSettings: Sendable {
  package var host: String
  /// 0 lets the system choose.
  package var port: Int
  /// How people reach it from outside, without a slash at the end; nil means `http://host:port`.
  package var publicURL: String?
  /// PEM files; nil serves plain HTTP.
  package var certificatePath: String?
  package var keyPath: String?
  /// A line under the sign-in form naming the demonstration's accounts; nil outside demonstrations.
  package var demoAccounts: String?

  package init(
    host: String, port: Int, publicURL: String? = nil, certificatePath: String? = nil, keyPath: String? = nil,
    demoAccounts: String? = nil
  ) {
    self.host = host
    self.port = port
    self.publicURL = publicURL
    self.certificatePath = certificatePath
    self.keyPath = keyPath
    self.demoAccounts = demoAccounts
  }
}
