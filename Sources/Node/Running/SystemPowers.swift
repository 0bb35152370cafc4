import Foundation
import Glibc
import Helpdesk
import OpenSSLCrypto
import OperationLog
import SiteEngine
package import Store

/// The machine's clocks.
struct SystemClock: EngineClock {
  var now: Int64 { Self.milliseconds(CLOCK_MONOTONIC) }
  var wall: Int64 { Self.milliseconds(CLOCK_REALTIME) }

  static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// Normalisation form C by Foundation; plain ASCII passes untouched.
struct FoundationNormaliser: TextNormalising {
  func normalised(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }
}

extension StorePowers {
  /// The real thing: libcrypto and the machine's clock.
  package static var system: StorePowers {
    StorePowers(
      hashing: SHA256Hashing(), verifier: Ed25519Verifier(), random: SecureRandomBytes(),
      normaliser: FoundationNormaliser(), wallClock: { SystemClock.milliseconds(CLOCK_REALTIME) })
  }
}
