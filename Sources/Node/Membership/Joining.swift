import Foundation
import Helpdesk
package import Logging
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Replication
package import Store
import Synchronization

/// Makes this machine's data directory a node of an existing cluster: `relevo join`.
package enum Joining {
  /// Long enough for a slow line; the inviter answers at once.
  static let answerSecondsMax = 60

  /// Asks the inviter, writes the keys and the first store; then takes in what a backup of another office holds, where one is
  /// named. Returns how many operations that were. Throws `NodeFailure`, and `StoreFailure` for a file that is no backup,
  /// which is looked at before the token is used.
  @discardableResult
  package static func join(
    _ configuration: NodeConfiguration, token: JoinToken, backup: String? = nil, logger: Logger
  ) async throws -> UInt64 {
    guard token.site == configuration.site else {
      throw NodeFailure(
        "The token is for \(token.site), the configuration for \(configuration.site): use a token made for it.")
    }
    let directory = try DataDirectory(configuration.dataDirectory)
    guard try NodeIdentityFile.read(directory: directory.path) == nil else {
      throw NodeFailure("\(directory.path) already holds a node; start it with `relevo serve`.")
    }
    guard let cluster = ClusterID(hex: token.cluster), let invitation = EntryID(hex: token.invitation),
      let secret = Hexadecimal.decode(token.secret),
      let bootstrap = Hexadecimal.decode(token.bootstrapKey).flatMap({ CurveKeyPair(secret: $0) }),
      let inviterKey = CurvePublicKey(hexadecimal: token.inviterCurveKey)
    else { throw NodeFailure("The join token is damaged: ask for a new one with `relevo cluster invite`.") }
    let endpoint = try TransportEndpoint(token.inviterAddress)
    if let backup { try await SiteStore.examine(backup: backup) }

    var file = NodeIdentityFile.make(
      cluster: cluster, clusterSecret: [UInt8](repeating: 0, count: 32), site: configuration.site,
      numbersCarryIncarnation: false)
    let keys = try file.keys()
    var request = JoinRequest(
      invitation: invitation, secret: secret, publicKey: keys.signing.publicKey,
      curveKey: keys.curve.publicKey.bytes, address: configuration.replication.advertise, signature: [])
    request.signature = keys.signing.signature(for: request.signedBytes)

    let answer = try await ask(
      request.bytes, bootstrap: bootstrap, endpoint: endpoint, inviterKey: inviterKey, logger: logger)
    let welcome = try JoinWelcome(decoding: answer)
    file.clusterSecret = Hexadecimal.encode(welcome.clusterSecret)
    file.numbersCarryIncarnation = welcome.numbersCarryIncarnation
    try file.write(directory: directory.path)
    let store = try SiteStore.open(
      directory: directory.path, identity: try file.storeIdentity(), powers: .system,
      surroundings: try .system(directory: directory.path), logger: logger)
    try await store.addBootstrapNodes(welcome.nodes)
    try await store.setLocalSetting(RunningNode.awaitingCatchUp, [1])
    guard let backup else { return 0 }
    let taken = try await store.takeIn(backup: backup)
    try await store.close()
    return taken
  }

  /// Sends one JOIN and waits for its answer.
  private static func ask(
    _ bytes: [UInt8], bootstrap: CurveKeyPair, endpoint: TransportEndpoint, inviterKey: CurvePublicKey, logger: Logger
  ) async throws -> [UInt8] {
    let hashing = SHA256Hashing()
    let (events, told) = AsyncStream.makeStream(of: TransportEvent.self, bufferingPolicy: .bufferingOldest(100))
    let configuration = TransportConfiguration(keyPair: bootstrap, bind: nil, logger: logger)
    let transport = try PeerTransport(configuration) { told.yield($0) }
    transport.connect("inviter", to: endpoint, serverKey: inviterKey)
    let deadline = Task {
      try await Task.sleep(for: .seconds(answerSecondsMax))
      told.finish()
    }
    defer { deadline.cancel() }
    var failure = NodeFailure(
      "\(endpoint) did not answer within \(answerSecondsMax) s: is the inviting node running and its port open?")
    var answer: [UInt8]?
    listening: for await event in events {
      switch event {
      case .connected(let connection):
        _ = transport.send([Frame.join(bytes).encoded(hashing: hashing)], to: connection)
      case .received(_, let frames):
        guard let first = frames.first else { continue }
        switch try? Frame(decoding: first, hashing: hashing) {  // Anything unreadable is not the answer.
        case .welcome(let bytes)?:
          answer = bytes
          break listening
        case .refuse(let bytes)?:
          failure = NodeFailure(String(decoding: bytes, as: UTF8.self))
          break listening
        default: continue
        }
      case .handshakeFailed(_, let handshake):
        failure = refusal(handshake.reason, at: endpoint)
        // Only a refused key is final; everything else is dialled again until the time is over.
        if handshake.reason == .keyRefused { break listening }
      case .unreachable(_, let reason): failure = unreachable(reason, endpoint)
      default: continue
      }
    }
    _ = await transport.stop()
    guard let answer else { throw failure }
    return answer
  }

  /// Why the handshake with the inviting node failed, and what to do about it.
  static func refusal(_ reason: HandshakeFailure.Reason, at endpoint: TransportEndpoint) -> NodeFailure {
    switch reason {
    case .keyRefused:
      NodeFailure(
        "\(endpoint) refused the token: it is used up or expired. Ask for a new one with `relevo cluster invite`.")
    case .serverKeyWrong, .closedByPeer:
      NodeFailure(
        "\(endpoint) hung up during the handshake: another node than the inviting one may listen there, or the token is "
          + "no longer known. Compare the address with `replication.advertise` of the inviting node.")
    case .timedOut:
      NodeFailure(
        "\(endpoint) took the connection but was silent: is it the replication port of the inviting node, and does the "
          + "line carry more than the connection itself? The token is still good; try again.")
    case .protocolError(let code):
      NodeFailure(
        "\(endpoint) answered with something that is no handshake of ours (code \(code)): is it the replication port of "
          + "the inviting node? The token is still good.")
    }
  }

  private static func unreachable(_ reason: UnreachableReason, _ endpoint: TransportEndpoint) -> NodeFailure {
    switch reason {
    case .nameUnknown:
      NodeFailure(
        "The name in \(endpoint) has no address here: check it with the inviting office. The token is still good.")
    case .refused:
      NodeFailure(
        "\(endpoint) refuses connections: is the inviting node running and its port open? The token is still good.")
    case .timedOut:
      NodeFailure(
        "\(endpoint) did not answer: is the inviting node running and its port open in the firewall? The token is still "
          + "good.")
    }
  }
}

extension NodeIdentityFile {
  /// What the store needs of it.
  package func storeIdentity() throws -> StoreIdentity {
    let keys = try keys()
    return StoreIdentity(
      cluster: keys.cluster, clusterSecret: keys.clusterSecret, node: keys.node, siteCode: site, signer: keys.signing,
      numbersCarryIncarnation: numbersCarryIncarnation)
  }
}
