/// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), injected so that this module stays free of any library.
package protocol Hashing: Sendable {
  /// Digest of the parts one after the other, as if joined.
  func sha256(_ parts: [UInt8]...) -> Hash32
  /// Keyed digest of one message.
  func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> Hash32
}

/// Makes Ed25519 signatures (RFC 8032) with a node's long-term key.
package protocol Signing: Sendable {
  /// The 32 raw bytes of the public key.
  var publicKey: [UInt8] { get }
  /// 64 bytes.
  func signature(for message: [UInt8]) -> [UInt8]
}

/// Checks Ed25519 signatures (RFC 8032).
package protocol Verifying: Sendable {
  /// False also for keys and signatures of the wrong length.
  func isValid(signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool
}

/// A source of unguessable bytes.
package protocol RandomBytes: Sendable {
  /// `count` fresh bytes.
  func bytes(_ count: Int) -> [UInt8]
}

extension Hashing {
  /// An entity named by who caused it and their idempotency key: a retry names the same entity.
  package func entity(actor: EntityID, key: String) -> EntityID {
    EntityID(prefixOf: sha256(Array("entity/actor".utf8), actor.bytes, Array(key.utf8)))
  }

  /// An entity named by where it came from, e.g. an import: the same at whichever site it is imported.
  package func entity(source: String, id: String) -> EntityID {
    EntityID(prefixOf: sha256(Array("entity/source".utf8), lengthPrefixed(source), lengthPrefixed(id)))
  }

  /// An entry named by who caused it and their idempotency key.
  package func entry(actor: EntityID, key: String) -> EntryID {
    EntryID(prefixOf: sha256(Array("entry/actor".utf8), actor.bytes, Array(key.utf8)))
  }

  /// An entry named by where it came from.
  package func entry(source: String, id: String) -> EntryID {
    EntryID(prefixOf: sha256(Array("entry/source".utf8), lengthPrefixed(source), lengthPrefixed(id)))
  }

  /// An automatic action named by its rule, its ticket and its cause: a repetition is the same operation.
  package func entry(rule: String, ticket: EntityID, cause: [UInt8]) -> EntryID {
    EntryID(prefixOf: sha256(Array("entry/rule".utf8), lengthPrefixed(rule), ticket.bytes, cause))
  }

  /// A node is named by its public key.
  package func node(publicKey: [UInt8]) -> NodeID {
    NodeID(prefixOf: sha256(publicKey))
  }

  /// A stream is named by its node and sixteen random bytes that its first operation discloses.
  package func stream(node: NodeID, nonce: [UInt8]) -> StreamID {
    StreamID(prefixOf: sha256(Array("stream".utf8), node.bytes, nonce))
  }

  private func lengthPrefixed(_ text: String) -> [UInt8] {
    var writer = ByteWriter()
    writer.text(text)
    return writer.bytes
  }
}
