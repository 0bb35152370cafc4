/// One operation as it is stored and forwarded: header bytes verbatim, and the text that can be detached from it.
package struct OperationRecord: Hashable, Sendable {
  /// Canonical bytes, frozen at birth; nobody re-encodes them.
  package var header: [UInt8]
  /// Sixteen random bytes under the commitment; empty when there is no text or it was erased.
  package var salt: [UInt8]
  /// UTF-8 in the domain's framing; nil when there is none or it was erased.
  package var text: [UInt8]?

  package static let saltBytes = 16

  package init(header: [UInt8], salt: [UInt8] = [], text: [UInt8]? = nil) {
    self.header = header
    self.salt = salt
    self.text = text
  }

  /// Bytes it takes on the wire before compression, roughly.
  package var byteCount: Int { header.count + salt.count + (text?.count ?? 0) + 8 }
}

/// Contiguous operations of one stream that end at a signed head: what travels between nodes.
package struct OperationRun: Hashable, Sendable {
  package var stream: StreamID
  /// Sequence of the first record.
  package var first: UInt64
  /// In order, without gaps.
  package var records: [OperationRecord]
  /// Signs the last record's chain hash, and with it every one before.
  package var head: SignedHead

  package init(stream: StreamID, first: UInt64, records: [OperationRecord], head: SignedHead) {
    self.stream = stream
    self.first = first
    self.records = records
    self.head = head
  }

  /// Sequence of the last record.
  package var last: UInt64 { first + UInt64(records.count) - 1 }
}

/// A node's signature over how far its stream goes and what it holds up to there; covers all before it.
package struct SignedHead: Hashable, Sendable {
  package var stream: StreamID
  package var sequence: UInt64
  /// Chain hash at that sequence.
  package var hash: Hash32
  /// 64 bytes, Ed25519 by the stream's node.
  package var signature: [UInt8]

  package init(stream: StreamID, sequence: UInt64, hash: Hash32, signature: [UInt8]) {
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
    self.signature = signature
  }

  /// The bytes under the signature: domain tag, cluster, stream, sequence, hash.
  package static func message(cluster: ClusterID, stream: StreamID, sequence: UInt64, hash: Hash32) -> [UInt8] {
    var writer = ByteWriter(reserving: 96)
    writer.raw(Array("relevo/head/0".utf8))
    writer.identifier(cluster)
    writer.identifier(stream)
    writer.fixed64(sequence)
    writer.hash(hash)
    return writer.bytes
  }

  /// Signs a head.
  package init(cluster: ClusterID, stream: StreamID, sequence: UInt64, hash: Hash32, signer: any Signing) {
    let message = Self.message(cluster: cluster, stream: stream, sequence: sequence, hash: hash)
    self.init(stream: stream, sequence: sequence, hash: hash, signature: signer.signature(for: message))
  }

  /// True when the node with this public key signed it for this cluster.
  package func isValid(cluster: ClusterID, publicKey: [UInt8], verifier: any Verifying) -> Bool {
    let message = Self.message(cluster: cluster, stream: stream, sequence: sequence, hash: hash)
    return verifier.isValid(signature: signature, for: message, publicKey: publicKey)
  }
}
