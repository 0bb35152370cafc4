import Foundation
package import Helpdesk
package import OperationLog

/// The one-time token `relevo cluster invite` prints: everything a new node needs to be let in, as one line of text.
package struct JoinToken: Codable, Sendable {
  /// Hexadecimal, as all byte fields here.
  package var cluster: String
  package var site: String
  package var invitation: String
  package var secret: String
  /// CURVE secret good for joining only.
  package var bootstrapKey: String
  package var inviterCurveKey: String
  package var inviterAddress: String
  /// Milliseconds UTC.
  package var expiresAt: Int64

  private enum CodingKeys: String, CodingKey {
    case cluster = "c"
    case site = "s"
    case invitation = "i"
    case secret = "x"
    case bootstrapKey = "b"
    case inviterCurveKey = "k"
    case inviterAddress = "a"
    case expiresAt = "e"
  }

  private static let prefix = "relevo-join-"

  package var text: String {
    get throws { Self.prefix + (try JSONEncoder().encode(self)).base64EncodedString() }
  }

  /// Throws `NodeFailure` for anything but a token.
  package init(text: String) throws {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard trimmed.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(trimmed.dropFirst(Self.prefix.count)))
    else {
      throw NodeFailure(
        "This is no join token: it begins with \(Self.prefix). Ask for one with `relevo cluster invite`.")
    }
    do {
      self = try JSONDecoder().decode(JoinToken.self, from: bytes)
    } catch {
      throw NodeFailure("The join token is incomplete: copy the whole line that `relevo cluster invite` printed.")
    }
  }

  package init(
    cluster: String, site: String, invitation: String, secret: String, bootstrapKey: String, inviterCurveKey: String,
    inviterAddress: String, expiresAt: Int64
  ) {
    self.cluster = cluster
    self.site = site
    self.invitation = invitation
    self.secret = secret
    self.bootstrapKey = bootstrapKey
    self.inviterCurveKey = inviterCurveKey
    self.inviterAddress = inviterAddress
    self.expiresAt = expiresAt
  }
}

/// What a node that wants to join sends (version 0): who it is, signed with its own key, and the token's secret.
package struct JoinRequest: Hashable, Sendable {
  package var invitation: EntryID
  package var secret: [UInt8]
  package var publicKey: [UInt8]
  package var curveKey: [UInt8]
  package var address: String
  package var signature: [UInt8]

  package init(
    invitation: EntryID, secret: [UInt8], publicKey: [UInt8], curveKey: [UInt8], address: String, signature: [UInt8]
  ) {
    self.invitation = invitation
    self.secret = secret
    self.publicKey = publicKey
    self.curveKey = curveKey
    self.address = address
    self.signature = signature
  }

  /// The bytes under the signature: proves that the sender holds the key it wants admitted.
  package var signedBytes: [UInt8] {
    var writer = ByteWriter()
    writer.raw(Array("relevo/join/0".utf8))
    writer.identifier(invitation)
    writer.blob(secret)
    writer.blob(publicKey)
    writer.blob(curveKey)
    writer.text(address)
    return writer.bytes
  }

  package var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.byte(0)
    writer.identifier(invitation)
    writer.blob(secret)
    writer.blob(publicKey)
    writer.blob(curveKey)
    writer.text(address)
    writer.blob(signature)
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == 0 else { throw .unknownVersion(version) }
    invitation = try reader.identifier()
    secret = try reader.blob(limit: 64)
    publicKey = try reader.blob(limit: 32)
    curveKey = try reader.blob(limit: 32)
    address = try reader.text(limit: 300)
    signature = try reader.blob(limit: 64)
    try reader.finish()
    guard publicKey.count == 32, curveKey.count == 32, signature.count == 64 else { throw .limitExceeded }
  }
}

/// What an admitted node gets (version 0): the cluster's secret and the nodes it may trust until the directory arrives.
package struct JoinWelcome: Hashable, Sendable {
  package var clusterSecret: [UInt8]
  package var nodes: [AdmittedNode]
  package var numbersCarryIncarnation: Bool

  package init(clusterSecret: [UInt8], nodes: [AdmittedNode], numbersCarryIncarnation: Bool) {
    self.clusterSecret = clusterSecret
    self.nodes = nodes
    self.numbersCarryIncarnation = numbersCarryIncarnation
  }

  package var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.byte(0)
    writer.blob(clusterSecret)
    writer.byte(numbersCarryIncarnation ? 1 : 0)
    writer.varint(UInt64(nodes.count))
    for node in nodes {
      writer.identifier(node.id)
      writer.identifier(node.site)
      writer.blob(node.publicKey)
      writer.blob(node.curveKey)
      writer.text(node.address)
    }
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == 0 else { throw .unknownVersion(version) }
    clusterSecret = try reader.blob(limit: 32)
    numbersCarryIncarnation = try reader.byte() == 1
    nodes = []
    for _ in 0..<(try reader.count(limit: 5_000)) {
      let id = try reader.identifier(NodeID.self)
      let site = try reader.identifier(EntityID.self)
      let publicKey = try reader.blob(limit: 32)
      let curveKey = try reader.blob(limit: 32)
      nodes.append(
        AdmittedNode(
          id: id, site: site, publicKey: publicKey, curveKey: curveKey, address: try reader.text(limit: 300)))
    }
    try reader.finish()
    guard clusterSecret.count == 32 else { throw .limitExceeded }
  }
}
