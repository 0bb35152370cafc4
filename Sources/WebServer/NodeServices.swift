package import Helpdesk
package import OperationLog
package import Status
package import Store

/// What the web server needs from the running node; `Node` implements it.
package protocol NodeServices: Sendable {
  /// Everything is read and written here.
  var store: SiteStore { get }
  /// The time zones this machine knows.
  var zones: any ZoneReading { get }
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
  /// How every site is now, as far as this node knows, in the order of their codes; at most a few seconds old.
  func siteStandings() async throws -> [SiteStanding]
  /// The working hours of the sites, for measuring waits.
  func serviceClock() async throws -> ServiceClock
  /// Who is at a ticket's page now, writers first.
  func presence(at ticket: EntityID) -> [TicketPresence]
  /// Notes what somebody does at a ticket's page; forgotten by itself after half a minute.
  func notePresence(_ ticket: EntityID, of person: EntityID, _ activity: PresenceActivity)
  /// Calls back when who is at a ticket's page may have changed, on some thread: return at once.
  func onPresenceChanged(_ listener: @escaping @Sendable (EntityID) -> Void)
  /// Why nobody can serve a ticket of this office's custody, as the key of its text; nil where somebody can.
  func unservable(_ ticket: EntityID) -> String?
  /// True when the node that serves the site can be reached now.
  func canReach(_ site: EntityID) async -> Bool
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
