import Foundation
package import OpenSSLCrypto
package import OperationLog
package import PeerTransport

/// A node's secrets and names: `node.json` in the data directory, readable by its owner only.
package struct NodeIdentityFile: Codable, Sendable {
  /// Hexadecimal, as all byte fields here.
  package var cluster: String
  package var clusterSecret: String
  package var site: String
  /// Ed25519 seed.
  package var signingSeed: String
  /// X25519 secret.
  package var curveSecret: String
  /// True when an earlier node of this site gave out plain ticket numbers.
  package var numbersCarryIncarnation: Bool

  private enum CodingKeys: String, CodingKey {
    case cluster
    case clusterSecret = "cluster_secret"
    case site
    case signingSeed = "signing_seed"
    case curveSecret = "curve_secret"
    case numbersCarryIncarnation = "numbers_carry_incarnation"
  }

  package static func path(_ directory: String) -> String { directory + "/node.json" }

  /// Fresh keys; the cluster's values are given.
  package static func make(
    cluster: ClusterID, clusterSecret: [UInt8], site: String, numbersCarryIncarnation: Bool
  ) -> NodeIdentityFile {
    NodeIdentityFile(
      cluster: cluster.description, clusterSecret: Hexadecimal.encode(clusterSecret), site: site,
      signingSeed: Hexadecimal.encode(Ed25519SigningKey.generate().seed),
      curveSecret: Hexadecimal.encode(CurveKeyPair.generate().secret),
      numbersCarryIncarnation: numbersCarryIncarnation)
  }

  /// Nil when the directory holds no node yet. Throws `NodeFailure` when the file is damaged or unreadable.
  package static func read(directory: String) throws -> NodeIdentityFile? {
    let file = path(directory)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw NodeFailure("\(file) cannot be read: run as the user who owns it.")
    }
    do {
      return try JSONDecoder().decode(NodeIdentityFile.self, from: bytes)
    } catch {
      throw NodeFailure("\(file) is damaged: put back the copy that was made with the last backup.")
    }
  }

  /// Writes the file whole or not at all, mode 0600; refuses to overwrite another node's.
  package func write(directory: String) throws {
    let file = Self.path(directory)
    guard !FileManager.default.fileExists(atPath: file) else {
      throw NodeFailure(
        "\(directory) already holds a node. Choose an empty data_directory, or start it with `relevo serve`.")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let temporary = file + ".new"
    guard
      FileManager.default.createFile(
        atPath: temporary, contents: try encoder.encode(self), attributes: [.posixPermissions: 0o600])
    else { throw NodeFailure("\(directory) cannot be written: check its owner, permissions and free space.") }
    try FileManager.default.moveItem(atPath: temporary, toPath: file)
  }

  /// The keys ready for use. Throws `NodeFailure` when a field is damaged.
  package func keys() throws -> NodeKeys {
    guard let cluster = ClusterID(hex: cluster), let secret = Hexadecimal.decode(clusterSecret), secret.count == 32,
      let seed = Hexadecimal.decode(signingSeed), let signing = Ed25519SigningKey(seed: seed),
      let curve = Hexadecimal.decode(curveSecret).flatMap({ CurveKeyPair(secret: $0) })
    else { throw NodeFailure("node.json is damaged: put back the copy that was made with the last backup.") }
    return NodeKeys(
      cluster: cluster, clusterSecret: secret, node: SHA256Hashing().node(publicKey: signing.publicKey),
      signing: signing, curve: curve)
  }
}

/// A node's keys in memory.
package struct NodeKeys: Sendable {
  package let cluster: ClusterID
  package let clusterSecret: [UInt8]
  package let node: NodeID
  package let signing: Ed25519SigningKey
  package let curve: CurveKeyPair
}

/// Why a node cannot start or a membership step failed: what is wrong, and what to do.
package struct NodeFailure: Error, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
