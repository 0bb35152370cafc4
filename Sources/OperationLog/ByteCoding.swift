/// What is wrong with bytes that should hold a known structure; never shown to people, but counted and logged.
package enum ByteDecodingFailure: Error, Equatable, Sendable {
  /// The bytes end before the structure does.
  case truncated
  /// Bytes remain behind the structure.
  case trailing
  /// A number is longer or larger than its field allows.
  case numberTooLarge
  /// A count or length is above its stated limit.
  case limitExceeded
  /// A tag or flag has a value this version does not know.
  case unknownTag(UInt8)
  /// The structure has a version this program does not know.
  case unknownVersion(UInt8)
  /// Text that is no UTF-8.
  case notUTF8
  /// A canonical order is broken (unsorted or repeated elements), so the bytes are not the one form of their value.
  case notCanonical
}

/// Appends fields to a byte array; the one way canonical bytes are made.
package struct ByteWriter: Sendable {
  package var bytes: [UInt8]

  @inlinable
  package init(reserving count: Int = 0) {
    bytes = []
    if count > 0 { bytes.reserveCapacity(count) }
  }

  @inlinable
  package mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Two bytes, big-endian.
  @inlinable
  package mutating func fixed16(_ value: UInt16) {
    bytes.append(UInt8(value >> 8))
    bytes.append(UInt8(value & 0xff))
  }

  /// Four bytes, big-endian.
  @inlinable
  package mutating func fixed32(_ value: UInt32) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Eight bytes, big-endian.
  @inlinable
  package mutating func fixed64(_ value: UInt64) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Unsigned LEB128, one to ten bytes.
  @inlinable
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Zigzag over LEB128: small magnitudes of either sign stay short.
  @inlinable
  package mutating func signedVarint(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  @inlinable
  package mutating func identifier(_ value: some SixteenByteIdentifier) {
    fixed64(value.high)
    fixed64(value.low)
  }

  @inlinable
  package mutating func hash(_ value: Hash32) {
    fixed64(value.word0)
    fixed64(value.word1)
    fixed64(value.word2)
    fixed64(value.word3)
  }

  @inlinable
  package mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

  /// A length as varint, then the bytes.
  @inlinable
  package mutating func blob(_ value: [UInt8]) {
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// A length in bytes as varint, then UTF-8.
  @inlinable
  package mutating func text(_ value: String) {
    var value = value
    value.withUTF8 { utf8 in
      varint(UInt64(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }
}

/// Reads fields in the order they were written; every read checks the bounds and throws instead of trapping.
package struct ByteReader: Sendable {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var position: Int
  @usableFromInline let end: Int

  @inlinable
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// How many bytes are left.
  @inlinable package var remaining: Int { end - position }
  @inlinable package var isAtEnd: Bool { position == end }

  @inlinable
  package mutating func byte() throws(ByteDecodingFailure) -> UInt8 {
    guard position < end else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }

  @inlinable
  package mutating func fixed16() throws(ByteDecodingFailure) -> UInt16 {
    UInt16(try byte()) << 8 | UInt16(try byte())
  }

  @inlinable
  package mutating func fixed32() throws(ByteDecodingFailure) -> UInt32 {
    guard remaining >= 4 else { throw .truncated }
    let start = position
    position += 4
    return bytes.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self)) }
  }

  @inlinable
  package mutating func fixed64() throws(ByteDecodingFailure) -> UInt64 {
    guard remaining >= 8 else { throw .truncated }
    let start = position
    position += 8
    return bytes.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
  }

  /// Refuses more than ten bytes, values above 2^64 and forms longer than needed.
  @inlinable
  package mutating func varint() throws(ByteDecodingFailure) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      if shift == 63, next > 1 { throw .numberTooLarge }
      value |= UInt64(next & 0x7f) << shift
      if next & 0x80 == 0 {
        if next == 0, shift > 0 { throw .notCanonical }
        return value
      }
      shift += 7
      if shift > 63 { throw .numberTooLarge }
    }
  }

  @inlinable
  package mutating func signedVarint() throws(ByteDecodingFailure) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A count or length that must not be above `limit`.
  @inlinable
  package mutating func count(limit: Int) throws(ByteDecodingFailure) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw .limitExceeded }
    return Int(value)
  }

  @inlinable
  package mutating func identifier<ID: SixteenByteIdentifier>(_ type: ID.Type = ID.self) throws(ByteDecodingFailure)
    -> ID
  {
    let high = try fixed64()
    return ID(high: high, low: try fixed64())
  }

  @inlinable
  package mutating func hash() throws(ByteDecodingFailure) -> Hash32 {
    let word0 = try fixed64()
    let word1 = try fixed64()
    let word2 = try fixed64()
    return Hash32(word0, word1, word2, try fixed64())
  }

  @inlinable
  package mutating func raw(_ count: Int) throws(ByteDecodingFailure) -> [UInt8] {
    guard count >= 0, remaining >= count else { throw .truncated }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  @inlinable
  package mutating func blob(limit: Int) throws(ByteDecodingFailure) -> [UInt8] {
    try raw(try count(limit: limit))
  }

  @inlinable
  package mutating func text(limit: Int) throws(ByteDecodingFailure) -> String {
    let utf8 = try blob(limit: limit)
    guard let text = String(validating: utf8, as: UTF8.self) else { throw .notUTF8 }
    return text
  }

  /// Throws when bytes remain: a structure has exactly one byte form.
  @inlinable
  package func finish() throws(ByteDecodingFailure) {
    guard isAtEnd else { throw .trailing }
  }
}
