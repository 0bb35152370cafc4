import CLibCrypto
import OperationLog

/// Unguessable bytes from libcrypto's generator, which the kernel seeds; safe from any thread.
package struct SecureRandomBytes: RandomBytes {
  package init() {}

  /// `count` fresh bytes. Ends the process when the system has no randomness to give: nothing may go on without it.
  package func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "cannot draw \(count) random bytes")
    guard count > 0 else { return [] }
    var result = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&result, Int32(count)) == 1 else {
      fatalError(LibCryptoFailure.latest(during: "RAND_bytes").description)
    }
    return result
  }
}
