import CLibCrypto
package import OperationLog

/// A long-term Ed25519 key that signs (RFC 8032); safe from any thread, its printed form shows the public half only.
package final class Ed25519SigningKey: Signing, CustomStringConvertible {
  /// The 32 secret bytes everything is derived from: to be written to a file only its owner can read, never to a log.
  package let seed: [UInt8]
  /// The 32 raw bytes of the public key.
  package let publicKey: [UInt8]
  private let handle: KeyHandle

  /// Nil unless there are exactly 32 bytes.
  package init?(seed: [UInt8]) {
    guard let handle = KeyHandle(ed25519Seed: seed) else { return nil }
    var publicKey = [UInt8](repeating: 0, count: 32)
    var count = 32
    guard EVP_PKEY_get_raw_public_key(handle.pointer, &publicKey, &count) == 1, count == 32 else {
      ERR_clear_error()
      return nil
    }
    self.seed = seed
    self.publicKey = publicKey
    self.handle = handle
  }

  /// A key nobody has yet.
  package static func generate(random: any RandomBytes = SecureRandomBytes()) -> Ed25519SigningKey {
    guard let key = Ed25519SigningKey(seed: random.bytes(32)) else {
      fatalError(LibCryptoFailure.latest(during: "EVP_PKEY_new_raw_private_key").description)
    }
    return key
  }

  /// 64 bytes; the same message always gives the same signature.
  package func signature(for message: [UInt8]) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else {
      fatalError(LibCryptoFailure.latest(during: "EVP_MD_CTX_new").description)
    }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = 64
    guard EVP_DigestSignInit(context, nil, nil, nil, handle.pointer) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == 64
    else { fatalError(LibCryptoFailure.latest(during: "EVP_DigestSign").description) }
    return signature
  }

  /// Names the key by its public half.
  package var description: String { "Ed25519 key \(Hexadecimal.encode(publicKey))" }
}
