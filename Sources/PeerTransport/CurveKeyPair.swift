import CZeroMQ

/// A CURVE (X25519) key pair; printed, it shows its public half only.
package struct CurveKeyPair: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// What peers know this node by.
  package let publicKey: CurvePublicKey
  /// 32 raw bytes, for a file only its owner can read.
  package let secret: [UInt8]

  /// A pair nobody has yet, from the system's randomness.
  package static func generate() -> CurveKeyPair {
    var publicText = [CChar](repeating: 0, count: 41)
    var secretText = [CChar](repeating: 0, count: 41)
    guard zmq_curve_keypair(&publicText, &secretText) == 0,
      let publicKey = CurvePublicKey(Self.decoded(publicText))
    else { fatalError("this libzmq was built without CURVE; install the distribution's libzmq5 package") }
    return CurveKeyPair(publicKey: publicKey, secret: decoded(secretText))
  }

  /// Derives the public half; nil unless there are exactly 32 bytes.
  package init?(secret: [UInt8]) {
    guard secret.count == 32 else { return nil }
    var secretText = [CChar](repeating: 0, count: 41)
    var publicText = [CChar](repeating: 0, count: 41)
    guard zmq_z85_encode(&secretText, secret, 32) != nil, zmq_curve_public(&publicText, secretText) == 0,
      let publicKey = CurvePublicKey(Self.decoded(publicText))
    else { return nil }
    self.init(publicKey: publicKey, secret: secret)
  }

  private init(publicKey: CurvePublicKey, secret: [UInt8]) {
    self.publicKey = publicKey
    self.secret = secret
  }

  /// Forty characters of Z85 (ZeroMQ RFC 32) are 32 bytes.
  private static func decoded(_ text: [CChar]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    return zmq_z85_decode(&bytes, text) == nil ? [] : bytes
  }

  /// Names the pair by its public half.
  package var description: String { "CURVE key \(publicKey)" }
  /// The same: a secret must not reach a log by way of a dump.
  package var debugDescription: String { description }
}
