import Helpdesk
package import Hummingbird
package import OperationLog
import OpenSSLCrypto
import Store
import Synchronization

/// Finds out who asks, from a bearer token or a session cookie; both are known only by their SHA-256.
package final class Credentials: Sendable {
  /// The session cookie's name.
  package static let cookieName = "relevo_session"
  /// How long a browser stays signed in, in seconds: 30 days.
  package static let sessionSeconds: Int64 = 30 * 24 * 3600
  /// Token holders remembered at most, so that a token costs one digest and no query.
  static let cacheMax = 1024

  private let services: any NodeServices
  private let isSecure: Bool
  private let hashing = SHA256Hashing()
  private let cache = Mutex(Cache())

  private struct Cache {
    var viewers: [Hash32: Viewer] = [:]
    /// Raised when the directory changes, so that what was read before it is not remembered after it.
    var generation: UInt64 = 0
  }

  /// Forgets what it remembers whenever the directory changes.
  init(services: any NodeServices, isSecure: Bool) {
    self.services = services
    self.isSecure = isSecure
    services.store.onCommit { [weak self] change in
      if change.directoryChanged { self?.forget() }
    }
  }

  private func forget() {
    cache.withLock { cache in
      cache.viewers.removeAll(keepingCapacity: true)
      cache.generation &+= 1
    }
  }

  // MARK: Tokens

  /// The digest a token is stored and looked up by.
  package func digest(ofToken secret: String) -> Hash32 { hashing.sha256(Array(secret.utf8)) }

  /// The holder of a bearer token; nil when it is unknown, revoked or the holder deactivated.
  package func viewer(bearer secret: some StringProtocol) async throws -> Viewer? {
    let digest = hashing.sha256(Array(secret.utf8))
    let (known, generation) = cache.withLock { ($0.viewers[digest], $0.generation) }
    if let known { return known }
    guard let holder = try await services.store.holder(ofTokenDigest: digest) else { return nil }
    let viewer = Viewer(person: holder.person, proof: .token(holder.token.id))
    cache.withLock { cache in
      guard cache.generation == generation else { return }
      if cache.viewers.count >= Self.cacheMax { cache.viewers.removeAll(keepingCapacity: true) }
      cache.viewers[digest] = viewer
    }
    return viewer
  }

  // MARK: Sessions

  /// The person signed in with this cookie; nil when it is unknown or older than 30 days.
  package func viewer(cookie: String) async throws -> Viewer? {
    guard let secret = Hexadecimal.decode(cookie), secret.count == 32 else { return nil }
    let digest = hashing.sha256(secret)
    let store = services.store
    let person = try await store.webSession(
      digest: digest, now: store.powers.wallClock(), maxAge: Self.sessionSeconds * 1000)
    return person.map { Viewer(person: $0, proof: .session(digest: digest, csrf: csrfToken(of: secret))) }
  }

  /// Signs a browser in; answers the `Set-Cookie` header to send.
  package func openSession(for person: EntityID) async throws -> Cookie {
    let secret = services.randomBytes(32)
    let store = services.store
    try await store.addWebSession(
      digest: hashing.sha256(secret), person: person, at: store.powers.wallClock())
    return cookie(Hexadecimal.encode(secret), maxAge: Int(Self.sessionSeconds))
  }

  /// Signs the browser out; answers the cookie that makes it forget. Harmless for token holders.
  package func closeSession(of viewer: Viewer) async throws -> Cookie {
    if case .session(let digest, _) = viewer.proof { try await services.store.removeWebSession(digest: digest) }
    return cookie("", maxAge: 0)
  }

  private func cookie(_ value: String, maxAge: Int) -> Cookie {
    Cookie(
      name: Self.cookieName, value: value, maxAge: maxAge, path: "/", secure: isSecure, httpOnly: true, sameSite: .lax)
  }

  /// What the session's forms carry back: nobody who lacks the cookie can make it.
  private func csrfToken(of secret: [UInt8]) -> String {
    Hexadecimal.encode(hashing.hmacSHA256(key: secret, Array("csrf".utf8)).bytes.prefix(16))
  }

  /// True when the token a form or script sent back is the session's; compared in constant time.
  package func isCSRF(_ token: String?, of viewer: Viewer) -> Bool {
    guard case .session(_, let csrf) = viewer.proof, let token else { return false }
    return ConstantTime.areEqual(Array(token.utf8), Array(csrf.utf8))
  }
}
