import CLibCrypto
import OperationLog
import Synchronization

/// Checks Ed25519 signatures (RFC 8032) and remembers the keys it was asked about lately; safe from any thread.
package final class Ed25519Verifier: Verifying {
  /// Keys remembered; when one more comes all are forgotten, which costs a microsecond each to undo.
  private static let keysRememberedMax = 256

  private let known = Mutex<[[UInt8]: KeyHandle]>([:])

  package init() {}

  /// False also for keys and signatures of the wrong length.
  package func isValid(signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool {
    guard signature.count == 64, let handle = handle(for: publicKey) else { return false }
    guard let context = EVP_MD_CTX_new() else {
      fatalError(LibCryptoFailure.latest(during: "EVP_MD_CTX_new").description)
    }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, handle.pointer) == 1 else {
      fatalError(LibCryptoFailure.latest(during: "EVP_DigestVerifyInit").description)
    }
    let isValid = EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    // A refused signature may leave its reason in this thread's queue, where a later failure would show it.
    if !isValid { ERR_clear_error() }
    return isValid
  }

  private func handle(for publicKey: [UInt8]) -> KeyHandle? {
    guard publicKey.count == 32 else { return nil }
    return known.withLock { known in
      if let handle = known[publicKey] { return handle }
      guard let handle = KeyHandle(ed25519PublicKey: publicKey) else { return nil }
      if known.count >= Self.keysRememberedMax { known.removeAll(keepingCapacity: true) }
      known[publicKey] = handle
      return handle
    }
  }
}
