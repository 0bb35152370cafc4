import Dispatch
import Foundation
import Helpdesk
import OpenSSLCrypto
import OperationLog
import SiteEngine
package import Store

/// The machine's clocks.
struct SystemClock: EngineClock {
  var now: Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
  var wall: Int64 { Self.wallMilliseconds() }

  static func wallMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
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
      normaliser: FoundationNormaliser(), wallClock: { SystemClock.wallMilliseconds() }, zones: SystemZones())
  }
}
