import CLibCrypto
package import OperationLog

/// SHA-256 and HMAC-SHA-256 by libcrypto (FIPS 180-4, RFC 2104); free to copy, safe from any thread.
package struct SHA256Hashing: Hashing {
  package init() {}

  /// Digest of the parts one after the other, as if joined.
  package func sha256(_ parts: [UInt8]...) -> Hash32 {
    let context = DigestContext.started()
    for part in parts { part.withUnsafeBytes { context.update($0) } }
    return Hash32(words: context.finish())
  }

  /// Digest of bytes that lie in memory already, so that nothing is copied.
  package func sha256(of bytes: UnsafeRawBufferPointer) -> Hash32 {
    let context = DigestContext.started()
    context.update(bytes)
    return Hash32(words: context.finish())
  }

  /// Keyed digest of one message; keys longer than 64 bytes are digested first, as RFC 2104 says.
  package func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> Hash32 {
    var block = [UInt8](repeating: 0, count: 64)
    if key.count > 64 {
      block.replaceSubrange(0..<32, with: sha256(key).bytes)
    } else {
      block.replaceSubrange(0..<key.count, with: key)
    }
    let inner = sha256(block.map { $0 ^ 0x36 }, message)
    return sha256(block.map { $0 ^ 0x5c }, inner.bytes)
  }
}

extension Hash32 {
  fileprivate init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.init(words.0, words.1, words.2, words.3)
  }
}
