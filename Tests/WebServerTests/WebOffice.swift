import Foundation
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Status
import Store
import Synchronization
import Testing

@testable import WebServer

/// One office's node as the web server sees it: a real store in a temporary directory, and peers by hand.
final class WebOffice: NodeServices {
  struct Normaliser: TextNormalising {
    func normalised(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }
  }

  /// The machine's tz data.
  struct FileZones: ZoneReading {
    func rules(_ name: String) -> ZoneRules? {
      guard names().contains(name), let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)")
      else { return nil }
      // The reading has tests of its own.
      return try? ZoneRules(name: name, tzif: Array(bytes))
    }

    func names() -> [String] { ["America/Bogota", "Europe/Madrid", "Europe/Paris", "UTC"] }
  }

  static let hashing = SHA256Hashing()
  /// Tuesday 12 May 2026, 08:00 UTC.
  static let morning: Int64 = 1_778_572_800_000

  let directory: String
  let store: SiteStore
  let version = "1.2.3"
  let zones: any ZoneReading = FileZones()
  private let acknowledgements = Mutex<[@Sendable ([String]) -> Void]>([])
  private let ready = Mutex(true)

  private init(directory: String, store: SiteStore) {
    self.directory = directory
    self.store = store
  }

  deinit {
    // What cannot be removed stays in the system's temporary directory.
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// An office "LYO" with eva (employee), ana and luc (agents), leo (lead) and ada (admin), and a few names.
  static func open() async throws -> WebOffice {
    let directory = FileManager.default.temporaryDirectory.path + "/relevo-web-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let key = Ed25519SigningKey.generate()
    let identity = StoreIdentity(
      cluster: ClusterID(high: 1, low: 2), clusterSecret: [UInt8](repeating: 7, count: 32),
      node: hashing.node(publicKey: key.publicKey), siteCode: "LYO", signer: key)
    let powers = StorePowers(
      hashing: hashing, verifier: Ed25519Verifier(), random: SecureRandomBytes(), normaliser: Normaliser(),
      wallClock: { morning })
    var logger = Logger(label: "relevo.tests")
    logger.logLevel = .critical
    let store = try SiteStore.open(directory: directory, identity: identity, powers: powers, logger: logger)
    let office = WebOffice(directory: directory, store: store)
    try await office.furnish(node: identity.node, key: key)
    return office
  }

  private func furnish(node: NodeID, key: Ed25519SigningKey) async throws {
    try await execute(.foundCluster(name: "Example"))
    try await execute(.defineSite(SiteDefinition(code: "LYO", name: "Lyon", timeZone: "Europe/Paris", node: node)))
    try await execute(.defineSite(SiteDefinition(code: "MAD", name: "Madrid", timeZone: "Europe/Madrid")))
    let people: [(String, Role)] = [
      ("eva", .employee), ("eli", .employee), ("ana", .agent), ("luc", .agent), ("leo", .lead), ("ada", .admin),
    ]
    for (name, role) in people {
      try await execute(
        .definePerson(PersonDefinition(email: "\(name)@example.org", name: name.capitalized, role: role)))
      try await execute(
        .createToken(person: Self.person(name), name: "test", digest: Self.hashing.sha256(Array("\(name)-token".utf8))))
    }
    try await execute(.defineCategory(key: "vpn", english: "VPN", spanish: "VPN"))
    try await execute(.defineQueue(name: "Network", level: 2))
  }

  static func person(_ name: String) -> EntityID { hashing.person(email: "\(name)@example.org") }

  @discardableResult
  func execute(_ body: CommandBody, by actor: Actor = .console) async throws -> CommandOutcome {
    try await store.execute(Command(actor: actor, body: body))
  }

  // MARK: NodeServices

  func statusReport() async -> StatusReport {
    StatusReport(site: "LYO", siteName: "Lyon", version: version, protocolVersion: 1, writtenAt: nil)
  }

  func isReady() -> Bool { ready.withLock { $0 } }
  func setReady(_ isReady: Bool) { ready.withLock { $0 = isReady } }

  func sitesHolding(_ dot: Dot) -> [String] { ["LYO", "MAD"] }
  func reachableSites() -> (up: [String], down: [String]) { (["MAD"], []) }

  func onAcknowledged(_ listener: @escaping @Sendable ([String]) -> Void) {
    acknowledgements.withLock { $0.append(listener) }
  }

  /// As if peers had acknowledged.
  func acknowledge(_ sites: [String]) {
    for listener in acknowledgements.withLock({ $0 }) { listener(sites) }
  }

  func expectedAnswer(for ticket: TicketRow) async -> Int64? { nil }

  func siteStandings() async throws -> [SiteStanding] {
    try await store.sites().map { site in
      SiteStanding(
        site: site.id, waiting: site.code == "LYO" ? 2 : 0, open: 3, onShift: site.code == "LYO" ? 1 : 0, capacity: 5,
        assigned: 1, expectedWaitSeconds: site.code == "LYO" ? 1_200 : nil, link: site.code == "LYO" ? .here : .down,
        currentAt: site.code == "LYO" ? Self.morning : Self.morning - 3_600_000)
    }
  }

  func serviceClock() async throws -> ServiceClock { .always }

  // Real hashing is tested where it lives; here only equality matters.
  func verifyPassword(_ password: String, against hash: String) async throws -> Bool { hash == "hash of " + password }
  func hashPassword(_ password: String) async throws -> String { "hash of " + password }
  func randomBytes(_ count: Int) -> [UInt8] { SecureRandomBytes().bytes(count) }
  func metricsText() async -> String { "# EOF\n" }
}
