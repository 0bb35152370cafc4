/// Sixteen bytes that name one thing for ever; each kind of thing has its own struct so that they cannot be mixed up.
///
/// Ordered by their bytes, so sorting identifiers gives the same order on every node.
package protocol SixteenByteIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first eight bytes, big-endian.
  var high: UInt64 { get }
  /// The last eight bytes, big-endian.
  var low: UInt64 { get }
  init(high: UInt64, low: UInt64)
}

extension SixteenByteIdentifier {
  /// Takes the first sixteen bytes of a digest.
  package init(prefixOf hash: Hash32) {
    self.init(high: hash.word0, low: hash.word1)
  }

  /// Reads exactly sixteen bytes; nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    // Almost all bytes lie side by side: two loads instead of sixteen steps through a collection.
    let loaded = bytes.withContiguousStorageIfAvailable { storage in Self(UnsafeRawBufferPointer(storage)) }
    self = loaded ?? Array(bytes).withUnsafeBytes { Self($0) }
  }

  /// The buffer has sixteen bytes.
  private init(_ buffer: UnsafeRawBufferPointer) {
    self.init(
      high: UInt64(bigEndian: buffer.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  /// Reads 32 hexadecimal digits in either case; nil for anything else.
  package init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex) else { return nil }
    self.init(bytes: bytes)
  }

  /// The sixteen bytes, in order.
  package var bytes: [UInt8] {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
  }

  /// 32 lower-case hexadecimal digits.
  package var description: String { Hexadecimal.encode(bytes) }

  package static func < (left: Self, right: Self) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// All sixteen bytes zero: used on the wire where a field is absent.
  package static var zero: Self { Self(high: 0, low: 0) }
}

/// A node: first 16 bytes of SHA-256(Ed25519 public key).
package struct NodeID: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// One incarnation of a node: first 16 bytes of SHA-256("stream" ‖ NodeID ‖ 16 random bytes).
package struct StreamID: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A ticket, person, site or any other replicated thing: a hash of its cause, so that a retry names the same entity.
package struct EntityID: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// An appended thing (reply, history step, automatic action): a hash of its cause, folded in once wherever it is written.
package struct EntryID: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// One cluster of offices; signatures are bound to it, so an operation of one cluster is worthless in another.
package struct ClusterID: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// Whom a text concerns: first 16 bytes of HMAC-SHA-256(cluster secret, normalised e-mail), which nobody outside can guess.
package struct PersonMark: SixteenByteIdentifier {
  package let high: UInt64
  package let low: UInt64
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}
