/// The 64-bit Fowler–Noll–Vo hash, variant 1a (RFC 9923): equal on every machine, unlike Swift's own hashing.
enum FNV {
  static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes {
      hash ^= UInt64(byte)
      hash = hash &* 0x0000_0100_0000_01b3
    }
    return hash
  }

  /// Sixteen hexadecimal digits.
  static func digits(_ bytes: some Sequence<UInt8>) -> String {
    let text = String(hash(bytes), radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
