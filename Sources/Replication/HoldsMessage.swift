package import OperationLog

/// What a HOLDS frame carries: a statement that crosses third sites, or what a peer knows of such statements.
package enum HoldsMessage: Hashable, Sendable {
  /// What a node holds durably, in its own words and under its own signature.
  case statement(HoldsStatement)
  /// The statements the sender knows; the receiver answers with those it knows newer ones of.
  case summary([KnownStatement])

  private enum Kind {
    static let statement: UInt8 = 0
    static let summary: UInt8 = 1
  }

  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    let kind = try reader.byte()
    switch kind {
    case Kind.statement: self = .statement(try HoldsStatement(from: &reader))
    case Kind.summary:
      var known: [KnownStatement] = []
      for _ in 0..<(try reader.count(limit: Frame.Limit.holdsSummary)) {
        let node = try reader.identifier(NodeID.self)
        if let last = known.last, last.node >= node { throw .notCanonical }
        let base = try reader.fixed64()
        let number = try reader.fixed64()
        guard base <= number else { throw .notCanonical }
        known.append(KnownStatement(node: node, base: base, number: number))
      }
      self = .summary(known)
    default: throw .unknownTag(kind)
    }
  }

  func encode(into writer: inout ByteWriter) {
    switch self {
    case .statement(let statement):
      writer.byte(Kind.statement)
      statement.encode(into: &writer)
    case .summary(let known):
      writer.byte(Kind.summary)
      writer.varint(UInt64(known.count))
      for entry in known {
        writer.identifier(entry.node)
        writer.fixed64(entry.base)
        writer.fixed64(entry.number)
      }
    }
  }
}

/// Which statement of a node is known.
package struct KnownStatement: Hashable, Sendable {
  package var node: NodeID
  /// The full statement that is known.
  package var base: UInt64
  /// The newest addition to it; the base's own number when there is none.
  package var number: UInt64
}

/// A node says what it holds durably: everything, or what changed since a full statement. Whoever passes it on can neither
/// alter nor invent it, and an old one is told by its number.
package struct HoldsStatement: Hashable, Sendable {
  /// The holder's long-term Ed25519 key; its NodeID follows from it.
  package var publicKey: [UInt8]
  /// Grows with every statement of the holder.
  package var number: UInt64
  /// The holder's wall clock, milliseconds UTC.
  package var wall: Int64
  /// The full statement this one adds to; its own number when it is a full one.
  package var base: UInt64
  /// SHA-256 of the holder's whole version vector: whoever knows all of it can tell.
  package var vectorDigest: Hash32
  /// The whole vector, or the entries that changed since the base.
  package var held: VersionVector
  /// 64 bytes.
  package var signature: [UInt8]

  var isFull: Bool { base == number }

  private static let keyBytes = 32

  init(
    number: UInt64, wall: Int64, base: UInt64, vectorDigest: Hash32, held: VersionVector, cluster: ClusterID,
    signer: any Signing
  ) {
    publicKey = signer.publicKey
    self.number = number
    self.wall = wall
    self.base = base
    self.vectorDigest = vectorDigest
    self.held = held
    signature = []
    signature = signer.signature(for: message(cluster: cluster))
  }

  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    publicKey = try reader.raw(Self.keyBytes)
    number = try reader.fixed64()
    wall = try reader.wall()
    base = try reader.fixed64()
    guard base > 0, base <= number else { throw .notCanonical }
    vectorDigest = try reader.hash()
    held = try VersionVector(from: &reader, streamsMax: Frame.Limit.holdsEntries)
    signature = try reader.raw(Frame.Limit.signatureBytes)
  }

  func encode(into writer: inout ByteWriter) {
    encodeUnsigned(into: &writer)
    writer.raw(signature)
  }

  private func encodeUnsigned(into writer: inout ByteWriter) {
    writer.raw(publicKey)
    writer.fixed64(number)
    writer.fixed64(UInt64(clamping: wall))
    writer.fixed64(base)
    writer.hash(vectorDigest)
    held.encode(into: &writer)
  }

  /// The bytes under the signature: domain tag, cluster, and all that stands before the signature.
  private func message(cluster: ClusterID) -> [UInt8] {
    var writer = ByteWriter(reserving: 160)
    writer.raw(Array("relevo/holds/0".utf8))
    writer.identifier(cluster)
    encodeUnsigned(into: &writer)
    return writer.bytes
  }

  /// True when the node that the key belongs to said so in this cluster.
  func isValid(cluster: ClusterID, verifier: any Verifying) -> Bool {
    verifier.isValid(signature: signature, for: message(cluster: cluster), publicKey: publicKey)
  }
}
