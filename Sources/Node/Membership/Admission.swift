import Foundation
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Store

/// Lets new nodes in: makes invitations and answers those who present one.
struct Admission: Sendable {
  /// An invitation can be used this long.
  static let validMilliseconds: Int64 = 7 * 24 * 3600 * 1000

  let store: SiteStore
  let keys: NodeKeys
  let advertise: String
  let logger: Logger

  /// Makes a one-time token for a site, defining the site where needed. Throws `CommandRefusal` or `StoreFailure`.
  func invite(site: String, name: String?, timeZone: String?, now: Int64) async throws -> JoinToken {
    let code = site.uppercased()
    let known = try await store.sites().contains { $0.code == code }
    if !known || name != nil || timeZone != nil {
      let definition = SiteDefinition(code: code, name: name, timeZone: timeZone)
      _ = try await store.execute(Command(actor: .console, body: .defineSite(definition)))
    }
    let random = SecureRandomBytes()
    let secret = random.bytes(32)
    let bootstrap = CurveKeyPair.generate()
    let invitation = Invitation(
      id: EntryID(bytes: random.bytes(16)) ?? .zero, site: code, curveKey: bootstrap.publicKey.bytes,
      secretDigest: store.powers.hashing.sha256(secret), expiresAt: now + Self.validMilliseconds)
    try await store.addInvitation(invitation)
    return JoinToken(
      cluster: keys.cluster.description, site: code, invitation: invitation.id.description,
      secret: Hexadecimal.encode(secret), bootstrapKey: Hexadecimal.encode(bootstrap.secret),
      inviterCurveKey: keys.curve.publicKey.hexadecimal, inviterAddress: advertise, expiresAt: invitation.expiresAt)
  }

  /// Checks a request and admits the node: the answer to send, and whether it is a welcome.
  func answer(_ bytes: [UInt8], now: Int64) async -> (isAdmitted: Bool, bytes: [UInt8]) {
    do {
      let welcome = try await admit(try JoinRequest(decoding: bytes), now: now)
      return (true, welcome.bytes)
    } catch let failure as NodeFailure {
      return (false, Array(failure.description.utf8))
    } catch {
      logger.warning("a request to join was not carried out: \(error)")
      return (false, Array("The request to join could not be read: use the same version of relevo on both sides.".utf8))
    }
  }

  private func admit(_ request: JoinRequest, now: Int64) async throws -> JoinWelcome {
    let hashing = store.powers.hashing
    let open = try await store.openInvitations(now: now)
    guard let invitation = open.first(where: { $0.id == request.invitation }),
      invitation.secretDigest == hashing.sha256(request.secret)
    else {
      throw NodeFailure("The join token is used up or expired: ask for a new one with `relevo cluster invite`.")
    }
    guard
      store.powers.verifier.isValid(
        signature: request.signature, for: request.signedBytes, publicKey: request.publicKey)
    else { throw NodeFailure("The request to join is not signed by the key it names.") }
    guard try await store.useInvitation(invitation.id) else {
      throw NodeFailure("The join token was used a moment ago: ask for a new one with `relevo cluster invite`.")
    }
    let site = hashing.site(code: invitation.site)
    let nodes = try await store.nodes()
    let node = hashing.node(publicKey: request.publicKey)
    let admitted = AdmittedNode(
      id: node, site: site, publicKey: request.publicKey, curveKey: request.curveKey, address: request.address)
    _ = try await store.execute(Command(actor: .console, body: .admitNode(admitted)))
    _ = try await store.execute(
      Command(actor: .console, body: .defineSite(SiteDefinition(code: invitation.site, node: node))))
    logger.notice("admitted node \(node) for \(invitation.site)")
    return JoinWelcome(
      clusterSecret: keys.clusterSecret, nodes: nodes, numbersCarryIncarnation: nodes.contains { $0.site == site })
  }
}
