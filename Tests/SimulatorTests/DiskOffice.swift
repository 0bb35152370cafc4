import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Simulator
import Store
import Synchronization
import Testing

/// One office whose store lies on a simulated disk, with threads and reads beside the writer as in a node.
final class DiskOffice: Sendable {
  static let eva = Actor.person(SHA256Hashing().person(email: "eva@example.org"))

  let disk: SimulatedDisk
  private let key: Ed25519SigningKey
  private let seed: UInt64
  private let starts = Mutex<UInt64>(0)
  private let clock = Mutex<Int64>(1_760_000_000_000)

  init(seed: UInt64) throws {
    self.seed = seed
    disk = SimulatedDisk(name: "MAD", seed: seed)
    key = try #require(Ed25519SigningKey(seed: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 32)))
  }

  /// Opens the store with what is on the disk; the first time also writes the directory.
  func open() async throws -> SiteStore {
    let start = starts.withLock { starts in
      starts += 1
      return starts
    }
    let identity = StoreIdentity(
      cluster: ClusterID(high: 1, low: 2), clusterSecret: [UInt8](repeating: 7, count: 32),
      node: SHA256Hashing().node(publicKey: key.publicKey), siteCode: "MAD", signer: key)
    let powers = StorePowers(
      hashing: SHA256Hashing(), verifier: Ed25519Verifier(),
      random: SeededBytes(Dice(seed: seed &* 1_000 &+ start)), normaliser: PlainText(),
      wallClock: { [self] in
        clock.withLock { clock in
          clock += 1
          return clock
        }
      })
    var logger = Logger(label: "relevo.tests") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let store = try SiteStore.open(directory: disk.directory, identity: identity, powers: powers, logger: logger)
    if try await store.people().isEmpty {
      let setup: [CommandBody] = [
        .foundCluster(name: "Example"),
        .defineSite(SiteDefinition(code: "MAD", name: "Madrid", node: identity.node)),
        .definePerson(PersonDefinition(email: "eva@example.org", name: "Eva", role: .employee)),
      ]
      for (index, body) in setup.enumerated() {
        _ = try await store.execute(Command(actor: .console, idempotencyKey: "setup \(index)", body: body))
      }
    }
    return store
  }

  private struct PlainText: TextNormalising {
    func normalised(_ text: String) -> String { text }
  }

  /// Opens a ticket; its key makes a second attempt the same ticket.
  static func openTicket(_ key: String, textBytes: Int = 40, in store: SiteStore) async throws -> EntityID {
    let body = CommandBody.openTicket(
      OpenTicket(subject: "Ticket \(key)", description: String(repeating: "palabra ", count: textBytes / 8)))
    return try await store.execute(Command(actor: eva, idempotencyKey: key, body: body)).entity
  }
}
