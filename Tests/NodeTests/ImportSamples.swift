import Foundation
import Helpdesk
import Logging
import Node
import OpenSSLCrypto
import OperationLog
import Store
import Testing

/// Rows in the form of the incident log, and an office to import them into.
enum ImportSamples {
  static let header =
    "SR Number,Change Date+Time,Status,Sub Status,Activity,Activity Level,Involved ST Function Div,Involved Org line 3,"
    + "Involved ST,Involved ST 2,ST Level,SR Latest Impact,Product,Country,Owner Country,Owner First Name,Resource"

  /// One row; what a test does not name is as usual.
  static func row(
    _ incident: String, _ time: String, _ status: String, _ sub: String, team: String = "V30", level: String = "L1",
    impact: String = "Medium", product: String = "PROD582", country: String = "fr", owner: String = "Frederic",
    ownerCountry: String = "France"
  ) -> String {
    [
      incident, time, status, sub, "\(status)-\(sub)", "\(status)-\(sub)-\(level)", "A2_4", "Org line A2", team, team,
      level, impact, product, country, ownerCountry, owner, "\(country)-\(owner)",
    ].joined(separator: ",")
  }

  /// Two incidents: one handed to another country and level and closed by the system, one solved on the phone.
  static let twoIncidents = [
    row("1-100", "2012-05-02T10:00:00+01:00", "Accepted", "In Progress"),
    row("1-100", "2012-05-02T10:05:00+01:00", "Queued", "Awaiting Assignment", team: "V5 3rd", level: "L3"),
    row(
      "1-200", "2012-05-02T11:00:00+01:00", "Accepted", "In Progress", team: "S42", country: "se", owner: "≈sa",
      ownerCountry: "Sweden"),
    row(
      "1-100", "2012-05-03T09:00:00+01:00", "Accepted", "Wait - User", team: "V5 3rd", level: "L3", country: "be",
      owner: "Anne Claire", ownerCountry: "Belgium"),
    row(
      "1-200", "2012-05-02T11:04:00+01:00", "Completed", "In Call", team: "S42", country: "se", owner: "≈sa",
      ownerCountry: "Sweden"),
    row(
      "1-100", "2012-05-04T09:00:00+01:00", "Completed", "Resolved", team: "V5 3rd", level: "L3", country: "be",
      owner: "Anne Claire", ownerCountry: "Belgium"),
    row(
      "1-100", "2012-05-12T00:30:00+01:00", "Completed", "Closed", team: "V5 3rd", level: "L3", country: "be",
      owner: "Siebel", ownerCountry: "0"),
  ]

  /// A file of these rows, with the byte-order mark the real one has.
  static func file(_ rows: [String]) -> [UInt8] {
    [0xef, 0xbb, 0xbf] + Array(([header] + rows).map { $0 + "\n" }.joined().utf8)
  }
}

/// One office over a real database in a directory of its own.
final class ImportOffice: Sendable {
  let store: SiteStore
  private let directory: String

  init(_ code: String = "LYO") throws {
    directory = FileManager.default.temporaryDirectory.path + "/relevo-import-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let random = SecureRandomBytes()
    let key = try #require(Ed25519SigningKey(seed: random.bytes(32)))
    let powers = StorePowers.system
    let identity = StoreIdentity(
      cluster: ClusterID(high: 1, low: 2), clusterSecret: [UInt8](repeating: 7, count: 32),
      node: powers.hashing.node(publicKey: key.publicKey), siteCode: code, signer: key)
    var logger = Logger(label: "relevo.tests")
    logger.logLevel = .critical
    store = try SiteStore.open(directory: directory, identity: identity, powers: powers, logger: logger)
  }

  deinit {
    // What cannot be removed stays in the system's temporary directory.
    try? FileManager.default.removeItem(atPath: directory)
  }

  func define(_ site: SiteDefinition) async throws {
    _ = try await store.execute(Command(actor: .console, body: .defineSite(site)))
  }

  /// The ticket an incident became.
  func ticket(_ incident: String) async throws -> TicketDetail {
    let id = store.powers.hashing.entity(source: VolvoIncidents.source, id: incident)
    return try #require(try await store.detail(id))
  }
}
