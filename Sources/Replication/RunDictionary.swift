import OperationLog

/// The dictionary for compressed runs. It is part of the wire: both sides must have it to the byte, so a changed one gets a
/// new number and a new feature bit, and the old one stays (docs/wire.md). `scripts/train-dictionary` makes one.
enum RunDictionary {
  /// The dictionary itself; empty, and so never used, should the text below be damaged.
  static let bytes: [UInt8] = decoded(base64) ?? []

  /// Reads base64 (RFC 4648, no padding, line ends ignored); nil for anything else.
  static func decoded(_ text: StaticString) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8CodeUnitCount / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    let isWhole = text.withUTF8Buffer { characters in
      for character in characters where character != UInt8(ascii: "\n") {
        guard let value = value(of: character) else { return false }
        bits = bits << 6 | UInt32(value)
        count += 6
        guard count >= 8 else { continue }
        count -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
      return true
    }
    return isWhole ? result : nil
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
