import OpenSSLCrypto
package import OperationLog

/// Checks signatures for real, each only once however many nodes receive it, and none that a node of the simulation made.
///
/// Confined to the thread of its simulation.
final class RememberingVerifier: Verifying, @unchecked Sendable {
  private let verifier = Ed25519Verifier()
  private var known: [[UInt8]: Bool] = [:]

  func isValid(signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) -> Bool {
    let question = publicKey + signature + message
    if let answer = known[question] { return answer }
    let answer = verifier.isValid(signature: signature, for: message, publicKey: publicKey)
    remember(question, answer)
    return answer
  }

  /// A key of the simulation has just made this signature.
  func noteMade(_ signature: [UInt8], for message: [UInt8], publicKey: [UInt8]) {
    remember(publicKey + signature + message, true)
  }

  private func remember(_ question: [UInt8], _ answer: Bool) {
    if known.count > 200_000 { known = [:] }
    known[question] = answer
  }
}

/// A node's key at work: what it signs need not be checked by the nodes of the same simulation, byte for byte the same.
struct NotedSigning: Signing {
  let key: Ed25519SigningKey
  let verifier: RememberingVerifier

  var publicKey: [UInt8] { key.publicKey }

  func signature(for message: [UInt8]) -> [UInt8] {
    let signature = key.signature(for: message)
    verifier.noteMade(signature, for: message, publicKey: key.publicKey)
    return signature
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
