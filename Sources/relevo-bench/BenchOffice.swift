import Foundation
import Helpdesk
import Logging
import Node
import OpenSSLCrypto
import OperationLog
import Store

/// One office's store with the people of the benchmark, without the rest of a node.
final class BenchOffice: Sendable {
  static let employee = "eva@bench.example"
  static let agents = ["ana@bench.example", "luc@bench.example"]

  let store: SiteStore
  let code: String
  private let key: Ed25519SigningKey

  /// Opens a fresh store in an empty folder.
  init(_ code: String, cluster: ClusterID, folder: String) throws {
    self.code = code
    key = Ed25519SigningKey.generate()
    let powers = StorePowers.system
    var logger = Logger(label: "relevo-bench")
    logger.logLevel = .error
    store = try SiteStore.open(
      directory: folder,
      identity: StoreIdentity(
        cluster: cluster, clusterSecret: [UInt8](repeating: 1, count: 32),
        node: powers.hashing.node(publicKey: key.publicKey), siteCode: code, signer: key),
      powers: powers, logger: logger)
  }

  var admitted: AdmittedNode {
    AdmittedNode(
      id: store.home.node, site: store.home.site, publicKey: key.publicKey,
      curveKey: [UInt8](repeating: 2, count: 32), address: "tcp://127.0.0.1:1")
  }

  func person(_ email: String) -> EntityID { store.powers.hashing.person(email: email) }

  /// Writes the cluster, the offices and the people.
  func found(with others: [BenchOffice] = []) async throws {
    _ = try await execute(.foundCluster(name: "Bench"))
    for office in [self] + others {
      _ = try await execute(
        .defineSite(SiteDefinition(code: office.code, name: office.code, node: office.store.home.node)))
      _ = try await execute(.admitNode(office.admitted))
    }
    let people = [(Self.employee, Role.employee)] + Self.agents.map { ($0, Role.agent) }
    for (email, role) in people {
      _ = try await execute(
        .definePerson(PersonDefinition(email: email, name: email, role: role, site: store.home.site, capacity: 0)))
    }
  }

  func execute(_ body: CommandBody, by actor: Actor = .console) async throws -> CommandOutcome {
    try await store.execute(Command(actor: actor, body: body))
  }

  func execute(_ body: CommandBody, by email: String) async throws -> CommandOutcome {
    try await execute(body, by: .person(person(email)))
  }
}
