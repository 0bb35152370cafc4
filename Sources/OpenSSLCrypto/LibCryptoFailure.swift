import CLibCrypto

/// What libcrypto could not do, with its own explanation: a broken installation or no memory, never a wrong password.
package struct LibCryptoFailure: Error, Sendable, CustomStringConvertible {
  /// The call that failed, as libcrypto names it.
  package let call: String
  /// Code of the latest entry of the thread's error queue; 0 when libcrypto gave no reason.
  package let code: UInt
  /// Libcrypto's text for the code, for logs.
  package let reason: String

  /// Takes the latest reason of this thread and empties its queue.
  static func latest(during call: String) -> LibCryptoFailure {
    let code = ERR_peek_last_error()
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    ERR_clear_error()
    let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return LibCryptoFailure(call: call, code: code, reason: code == 0 ? "no reason given" : reason)
  }

  /// Safe to show: names no key and no password.
  package var description: String {
    "libcrypto failed in \(call): \(reason). "
      + "Check that the system's libssl3 package is whole and that memory is left, then start again."
  }
}
