/// The public half of a CURVE (X25519) key: 32 bytes by which a peer is known on the wire.
package struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
  private let word0: UInt64
  private let word1: UInt64
  private let word2: UInt64
  private let word3: UInt64

  /// Reads exactly 32 raw bytes; nil for any other count.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { words[index >> 3] = words[index >> 3] << 8 | UInt64(byte) }
    word0 = words[0]
    word1 = words[1]
    word2 = words[2]
    word3 = words[3]
  }

  /// Reads 64 hexadecimal digits in either case; nil for anything else.
  package init?(hexadecimal: some StringProtocol) {
    var bytes = [UInt8]()
    var pending: UInt8?
    for digit in hexadecimal.utf8 {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = pending {
        bytes.append(first << 4 | value)
        pending = nil
      } else {
        pending = value
      }
    }
    guard pending == nil else { return nil }
    self.init(bytes)
  }

  /// The 32 raw bytes, as certificates carry them.
  package var bytes: [UInt8] {
    [word0, word1, word2, word3].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The first sixteen digits: enough to recognise a key in a log.
  package var description: String { String(hexadecimal.prefix(16)) }
}
