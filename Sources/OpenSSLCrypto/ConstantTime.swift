import CLibCrypto

/// Comparisons whose duration says nothing about where two secrets differ.
package enum ConstantTime {
  /// True when both have the same bytes; only the lengths may show in the time it takes.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return left.isEmpty || CRYPTO_memcmp(left, right, left.count) == 0
  }
}
