import HTTPTypes
import Hummingbird
import OperationLog

/// Versions as HTTP carries them: `"…"` around base64url, opaque to everybody else.
enum EntityTag {
  /// The tag of a version.
  static func text(_ bytes: [UInt8]) -> String { "\"" + Base64URL.encode(bytes) + "\"" }

  /// A ticket's version without the quotes, as forms carry it.
  static func tag(_ version: ObservedVector) -> String { Base64URL.encode(version.bytes) }

  /// What `If-Match` asks for.
  enum Condition {
    case absent
    /// `*`: whatever is there.
    case any
    /// The tags, without their quotes, that would fit.
    case tags([String])
    /// Neither `*` nor tags in quotes.
    case malformed
  }

  /// Reads `If-Match`; weak tags fit nothing (RFC 9110, 13.1.1).
  static func condition(_ request: Request) -> Condition {
    guard let header = request.headers[.ifMatch] else { return .absent }
    let trimmed = header.trimmingPrefix { $0 == " " }
    if trimmed == "*" { return .any }
    var tags: [String] = []
    for part in trimmed.split(separator: ",", omittingEmptySubsequences: false) {
      var tag = part.drop { $0 == " " }
      while tag.last == " " { tag.removeLast() }
      let isWeak = tag.hasPrefix("W/")
      if isWeak { tag.removeFirst(2) }
      guard tag.utf8.count >= 2, tag.first == "\"", tag.last == "\"" else { return .malformed }
      if !isWeak { tags.append(String(tag.dropFirst().dropLast())) }
    }
    return .tags(tags)
  }

  /// The version a ticket's tag stands for; nil when it is none of ours.
  static func version(_ tag: String) -> ObservedVector? {
    guard let bytes = Base64URL.decode(tag) else { return nil }
    // A tag that does not decode is simply not ours.
    return try? ObservedVector(bytes: bytes)
  }
}

/// Base64 for addresses and headers, without padding (RFC 4648, section 5).
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The text of the bytes.
  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 2)
    var pending: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[Int(pending >> bits & 63)])
      }
      pending &= (1 << bits) - 1
    }
    if bits > 0 { text.append(alphabet[Int(pending << (6 - bits) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for a foreign character, an impossible length or bits left over that are not zero.
  static func decode(_ text: String) -> [UInt8]? {
    guard text.utf8.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var bits: UInt32 = 0
    for character in text.utf8 {
      let value: UInt8
      switch character {
      case 0x41...0x5a: value = character - 0x41
      case 0x61...0x7a: value = character - 0x61 + 26
      case 0x30...0x39: value = character - 0x30 + 52
      case UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "_"): value = 63
      default: return nil
      }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
        pending &= (1 << bits) - 1
      }
    }
    return pending == 0 ? bytes : nil
  }
}
