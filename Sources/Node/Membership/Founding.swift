import Foundation
import Helpdesk
package import Logging
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Store

/// Makes the first node of a new cluster: `relevo cluster init`.
package enum Founding {
  /// Writes keys, the first store, the site and the topics everybody needs. Throws `NodeFailure`.
  package static func found(
    _ configuration: NodeConfiguration, name: String, timeZone: String, logger: Logger
  ) async throws {
    let directory = try DataDirectory(configuration.dataDirectory)
    let random = SecureRandomBytes()
    let cluster = ClusterID(bytes: random.bytes(16)) ?? .zero
    let file = NodeIdentityFile.make(
      cluster: cluster, clusterSecret: random.bytes(32), site: configuration.site, numbersCarryIncarnation: false)
    try file.write(directory: directory.path)
    let keys = try file.keys()
    // The first office is the central one in the status.
    try Data().write(to: URL(fileURLWithPath: directory.path + "/founder"))
    let store = try SiteStore.open(
      directory: directory.path, identity: try file.storeIdentity(), powers: .system,
      surroundings: try .system(directory: directory.path), logger: logger)
    let site = store.home.site
    var commands: [CommandBody] = [
      .foundCluster(name: name),
      .defineSite(SiteDefinition(code: configuration.site, name: name, timeZone: timeZone, node: keys.node)),
      .admitNode(
        AdmittedNode(
          id: keys.node, site: site, publicKey: keys.signing.publicKey, curveKey: keys.curve.publicKey.bytes,
          address: configuration.replication.advertise)),
    ]
    for topic in topics {
      commands.append(.defineCategory(key: topic.key, english: topic.english, spanish: topic.spanish))
    }
    for body in commands { _ = try await store.execute(Command(actor: .console, body: body)) }
  }

  /// Topics a helpdesk starts with; leads add their own.
  private static let topics: [(key: String, english: String, spanish: String)] = [
    ("access", "Passwords and access", "Contraseñas y accesos"),
    ("computer", "Computer and screen", "Ordenador y pantalla"),
    ("email", "E-mail and calendar", "Correo y calendario"),
    ("network", "Internet, Wi-Fi and VPN", "Internet, wifi y VPN"),
    ("phone", "Telephone and mobile", "Teléfono y móvil"),
    ("printer", "Printing and scanning", "Impresión y escaneado"),
    ("software", "Programs and licences", "Programas y licencias"),
  ]
}
