import Foundation
import HTTPTypes
import Helpdesk
import Hummingbird
import Logging
import NIOCore
import OperationLog
import Replication
import SiteEngine
import Status
import Store
import Synchronization
import WebServer

/// What only the node's own command line may ask, beside the JSON API: membership, links, backup, verification.
struct ControlRoutes: Sendable {
  /// Bodies of these requests are small.
  static let bodyBytesMax = 64 * 1024

  let node: RunningNode

  func add(to router: Router<RelevoRequestContext>) {
    let control = router.group("control/v1")
    control.post("invitations") { request, _ in try await self.invite(request) }
    addPeers(to: control)
    control.post("backup") { request, _ in try await self.backup(request) }
    control.post("verify") { request, _ in try await self.verify(request) }
    control.post("users/password") { request, _ in try await self.setPassword(request) }
    addIdentity(to: control)
    addImportRoutes(to: control, store: node.store)
  }

  // MARK: Membership

  private struct InvitationRequest: Decodable {
    var site: String
    var name: String?
    var time_zone: String?
  }

  private func invite(_ request: Request) async throws -> Response {
    let body: InvitationRequest = try await decode(request)
    let token = try await node.admission.invite(
      site: body.site, name: body.name, timeZone: body.time_zone, now: node.clock.wall)
    try await node.refreshDirectory()
    return try Self.json(["token": token.text, "expires_at": UTCMoment(milliseconds: token.expiresAt).text])
  }

  static func unknownPeer(_ site: String) -> CommandRefusal {
    .referenceUnknown(field: "site", value: String(site.prefix(20)))
  }

  // MARK: Backup and verification

  private struct BackupRequest: Decodable { var file: String }

  private func backup(_ request: Request) async throws -> Response {
    let body: BackupRequest = try await decode(request)
    guard body.file.hasPrefix("/") else {
      throw StoreFailure(code: .other, description: "Name the backup file by its whole path, beginning with /.")
    }
    try await node.store.backup(to: body.file)
    let now = node.clock.wall
    try await node.store.setLocalSetting(RunningNode.lastBackup, Array(String(now).utf8))
    // Only shown.
    let size = (try? FileManager.default.attributesOfItem(atPath: body.file)[.size] as? NSNumber)?.int64Value
    return try Self.json(["file": body.file, "bytes": size.map { String($0) } ?? ""])
  }

  private struct VerifyRequest: Decodable { var peer: String? }

  private struct VerifyAnswer: Encodable {
    struct Peer: Encodable {
      var site: String
      var digest: String?
      var comparable: Bool
    }
    var ok: Bool
    var problems: [String]
    var digest: String
    var vector_digest: String
    var peer: Peer?
  }

  private func verify(_ request: Request) async throws -> Response {
    let body: VerifyRequest = try await decode(request)
    var problems = try await node.store.findProblems()
    let state = try await node.store.digest()
    var compared: VerifyAnswer.Peer?
    if let site = body.peer {
      guard let peer = node.neighbour(site) else { throw Self.unknownPeer(site) }
      let answer = try await compare(with: peer)
      compared = answer.peer
      if let problem = answer.problem { problems.append(problem) }
    }
    let vectorDigest = node.engine.vectorDigest()
    return try Self.encoded(
      VerifyAnswer(
        ok: problems.isEmpty, problems: problems, digest: state.digest.description,
        vector_digest: vectorDigest.description, peer: compared))
  }

  /// Compares with what the peer last said of itself; only equal vectors can be compared.
  private func compare(with peer: NodeID) async throws -> (peer: VerifyAnswer.Peer, problem: String?) {
    let state = try await node.store.digest()
    let code = node.code(of: peer)
    guard let figures = node.engine.peerFigures().first(where: { $0.node == peer }), let digest = figures.stateDigest,
      figures.vectorDigest == node.engine.vectorDigest(), node.engine.heldVector() == state.vector
    else {
      return (VerifyAnswer.Peer(site: code, digest: nil, comparable: false), nil)
    }
    let problem =
      digest == state.digest
      ? nil : "\(code) holds the same operations but another state digest: see docs/runbooks/digest-differs.md"
    return (VerifyAnswer.Peer(site: code, digest: digest.description, comparable: true), problem)
  }

  // MARK: Passwords

  private struct PasswordRequest: Decodable {
    var email: String
    var password: String
  }

  private func setPassword(_ request: Request) async throws -> Response {
    let body: PasswordRequest = try await decode(request)
    if let fault = PasswordRule.fault(body.password) {
      throw Problem.unprocessable([Problem.Fault(.body("/password"), fault)])
    }
    guard try await node.store.person(email: body.email) != nil else {
      throw CommandRefusal.referenceUnknown(field: "email", value: body.email)
    }
    let hash = try await node.hashPassword(body.password)
    _ = try await node.store.execute(
      Command(actor: .console, body: .definePerson(PersonDefinition(email: body.email, passwordHash: hash))))
    return try Self.json(["email": body.email])
  }

  // MARK: JSON

  private func decode<Body: Decodable>(_ request: Request) async throws -> Body {
    let buffer = try await request.body.collect(upTo: Self.bodyBytesMax)
    do {
      return try JSONDecoder().decode(Body.self, from: Data(buffer.readableBytesView))
    } catch {
      throw StoreFailure(
        code: .other, description: "The request is no JSON of the expected form: use the same version on both sides.")
    }
  }

  static func json(_ fields: [String: String]) throws -> Response { try encoded(fields) }

  static func encoded(_ value: some Encodable) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = try encoder.encode(value)
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
