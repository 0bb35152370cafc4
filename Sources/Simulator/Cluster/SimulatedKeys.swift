import OpenSSLCrypto
package import OperationLog

/// Checks signatures for real, each only once however many nodes receive it.
///
/// Confined to the thread of its simulation.
final class RememberingVerifier: Verifying, @unchecked Sendable {
  private let verifier = Ed25519Verifier()
  private var known: [[UInt8]: Bool] = [:]

  func isValid(signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool {
    let question = publicKey + signature + message
    if let answer = known[question] { return answer }
    let answer = verifier.isValid(signature: signature, for: message, publicKey: publicKey)
    if known.count > 200_000 { known = [:] }
    known[question] = answer
    return answer
  }
}

/// What is the same for all nodes of a simulated cluster.
package struct ClusterSecrets: Sendable {
  package let cluster: ClusterID
  package let secret: [UInt8]

  init(seed: UInt64) {
    let random = SeededBytes(Dice(seed: seed, "cluster"))
    cluster = ClusterID(bytes: random.bytes(16)) ?? .zero
    secret = random.bytes(32)
  }
}
