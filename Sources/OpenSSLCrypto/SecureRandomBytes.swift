import CLibCrypto
import OperationLog
import Synchronization

/// Unguessable bytes from libcrypto's generator, which the kernel seeds; safe from any thread.
///
/// Salts and keys are 16 bytes and every write needs some, while one call of the generator costs as much as a kilobyte: short
/// draws share a call. What was given out is wiped at once, so that memory tells nothing of earlier draws.
package struct SecureRandomBytes: RandomBytes {
  /// Longer draws go to the generator themselves.
  private static let sharedDrawMax = 32
  private static let reservoir = Mutex(Reservoir())

  private struct Reservoir {
    var bytes = [UInt8](repeating: 0, count: 1_024)
    /// Those before it were given out.
    var used = 1_024
  }

  package init() {}

  /// `count` fresh bytes. Ends the process when the system has no randomness to give: nothing may go on without it.
  package func bytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "cannot draw \(count) random bytes")
    guard count > 0 else { return [] }
    if count <= Self.sharedDrawMax { return Self.sharedDraw(count) }
    var result = [UInt8](repeating: 0, count: count)
    Self.fill(&result)
    return result
  }

  private static func sharedDraw(_ count: Int) -> [UInt8] {
    reservoir.withLock { reservoir in
      if reservoir.used + count > reservoir.bytes.count {
        fill(&reservoir.bytes)
        reservoir.used = 0
      }
      let range = reservoir.used..<reservoir.used + count
      let drawn = Array(reservoir.bytes[range])
      for place in range { reservoir.bytes[place] = 0 }
      reservoir.used += count
      return drawn
    }
  }

  private static func fill(_ bytes: inout [UInt8]) {
    guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else {
      fatalError(LibCryptoFailure.latest(during: "RAND_bytes").description)
    }
  }
}
