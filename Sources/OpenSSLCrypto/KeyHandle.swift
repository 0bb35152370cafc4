import CLibCrypto

/// Owns one libcrypto key and frees it with its last reference; libcrypto only reads it, so threads may share it.
final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// An Ed25519 private key from its 32-byte seed; nil when libcrypto refuses it.
  init?(ed25519Seed seed: [UInt8]) {
    guard seed.count == 32, let made = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
      ERR_clear_error()
      return nil
    }
    pointer = made
  }

  /// An Ed25519 public key from its 32 bytes; nil when libcrypto refuses it.
  init?(ed25519PublicKey bytes: [UInt8]) {
    guard bytes.count == 32, let made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) else {
      ERR_clear_error()
      return nil
    }
    pointer = made
  }

  deinit { EVP_PKEY_free(pointer) }
}
