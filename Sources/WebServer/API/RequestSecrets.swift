import OperationLog
import OpenSSLCrypto
import Synchronization

/// Secrets made for a request, made again the same when the request is repeated with its idempotency key.
///
/// Without this a retry of "create a token" would carry another secret, and be another request. They are derived from a
/// key this process draws at its start; a repetition after a restart is refused as another request.
final class RequestSecrets: Sendable {
  /// Password hashes remembered at most.
  static let hashesMax = 256

  private let services: any NodeServices
  private let key: [UInt8]
  private let hashing = SHA256Hashing()
  private let hashes = Mutex<[Hash32: String]>([:])

  /// Draws the key.
  init(services: any NodeServices) {
    self.services = services
    key = services.randomBytes(32)
  }

  /// A token's secret: fresh, or for a repeated request the same.
  func token(actor: EntityID, request: String?, name: String, person: EntityID) -> String {
    let bytes: [UInt8]
    if let request {
      bytes = mark("token", actor.bytes, person.bytes, Array(request.utf8), Array(name.utf8)).bytes
    } else {
      bytes = services.randomBytes(32)
    }
    return "relevo_" + Base64URL.encode(bytes)
  }

  /// A password's hash; for a repeated request the same. Throws when too many wait to be hashed.
  func hash(_ password: String, actor: EntityID, request: String?) async throws -> String {
    guard let request else { return try await services.hashPassword(password) }
    let mark = mark("password", actor.bytes, [], Array(request.utf8), Array(password.utf8))
    if let known = hashes.withLock({ $0[mark] }) { return known }
    let hash = try await services.hashPassword(password)
    return hashes.withLock { hashes in
      // Two copies of the request at once: both carry what the first one got.
      if let known = hashes[mark] { return known }
      if hashes.count >= Self.hashesMax { hashes.removeAll() }
      hashes[mark] = hash
      return hash
    }
  }

  private func mark(_ purpose: String, _ parts: [UInt8]...) -> Hash32 {
    var writer = ByteWriter()
    writer.text(purpose)
    for part in parts { writer.blob(part) }
    return hashing.hmacSHA256(key: key, writer.bytes)
  }
}
