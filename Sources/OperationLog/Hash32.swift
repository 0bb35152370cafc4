/// A SHA-256 digest as four big-endian words: compared, hashed and summed without allocating.
package struct Hash32: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var word0: UInt64
  package var word1: UInt64
  package var word2: UInt64
  package var word3: UInt64

  package init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// Reads exactly 32 bytes; nil for any other count.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    // Almost all bytes lie side by side: four loads instead of 32 steps through a collection.
    let loaded = bytes.withContiguousStorageIfAvailable { storage in Hash32(UnsafeRawBufferPointer(storage)) }
    self = loaded ?? Array(bytes).withUnsafeBytes { Hash32($0) }
  }

  /// The buffer has 32 bytes.
  private init(_ buffer: UnsafeRawBufferPointer) {
    word0 = UInt64(bigEndian: buffer.loadUnaligned(as: UInt64.self))
    word1 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    word2 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
    word3 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
  }

  /// The 32 bytes, in order.
  package var bytes: [UInt8] {
    withUnsafeBytes(of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian)) { [UInt8]($0) }
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { Hexadecimal.encode(bytes) }

  /// The first four bytes: what a reference to a dot carries so that it stays unambiguous after a fork.
  package var prefix: UInt32 { UInt32(truncatingIfNeeded: word0 >> 32) }

  /// All bytes zero: the neutral element of `adding`.
  package static let zero = Hash32(0, 0, 0, 0)

  /// Adds word by word, wrapping: a sum that does not depend on the order of its terms.
  package func adding(_ other: Hash32) -> Hash32 {
    Hash32(word0 &+ other.word0, word1 &+ other.word1, word2 &+ other.word2, word3 &+ other.word3)
  }

  /// Takes a term out of a sum made by `adding`.
  package func subtracting(_ other: Hash32) -> Hash32 {
    Hash32(word0 &- other.word0, word1 &- other.word1, word2 &- other.word2, word3 &- other.word3)
  }

  package static func < (left: Hash32, right: Hash32) -> Bool {
    if left.word0 != right.word0 { return left.word0 < right.word0 }
    if left.word1 != right.word1 { return left.word1 < right.word1 }
    if left.word2 != right.word2 { return left.word2 < right.word2 }
    return left.word3 < right.word3
  }
}

/// Lower-case hexadecimal, as shown to people and in configuration.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two digits a byte.
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = [UInt8]()
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil when the count is odd or a character is no hexadecimal digit.
  package static func decode(_ text: String) -> [UInt8]? {
    var result = [UInt8]()
    var pending: UInt8?
    for character in text.utf8 {
      let value: UInt8
      switch character {
      case 48...57: value = character - 48
      case 65...70: value = character - 55
      case 97...102: value = character - 87
      default: return nil
      }
      if let first = pending {
        result.append(first << 4 | value)
        pending = nil
      } else {
        pending = value
      }
    }
    return pending == nil ? result : nil
  }
}
