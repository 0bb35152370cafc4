import CZeroMQ
import Glibc
import Logging

/// A peer that dialled us and has sent something.
struct InboundPeer {
  let connection: ConnectionID
  /// What ZAP attached to its messages, compared with every further one.
  let propertyText: String
  let descriptor: Int32?
}

/// A listener on its way back to its port.
struct Rebinding {
  let endpoint: TransportEndpoint
  /// When it counts as failed; nil once that was said.
  var reportAt: ContinuousClock.Instant?
  var nextAttempt: ContinuousClock.Instant
}

extension TransportLoop {
  // MARK: The socket

  /// Listens for peers: CURVE server, everybody asked of the allow-list.
  func listen(on endpoint: TransportEndpoint) throws(ZeroMQFailure) {
    let socket = try ZeroMQSocket(context, kind: ZMQ_ROUTER)
    try configure(socket)
    try socket.set(ZMQ_CURVE_SERVER, to: 1 as Int32)
    try socket.set(ZMQ_CURVE_SECRETKEY, to: keyPair.secret)
    try socket.set(ZMQ_ZAP_DOMAIN, to: Array(AdmissionRequest.domain.utf8))
    try socket.set(relevo_zap_enforce_domain, to: 1 as Int32)
    try socket.set(ZMQ_ROUTER_MANDATORY, to: 1 as Int32)
    try socket.set(ZMQ_IPV6, to: endpoint.isIPv6 ? 1 as Int32 : 0)
    let monitor = try SocketMonitor(
      context, of: socket, name: "\(nextGeneration())", events: SocketMonitor.listeningEvents)
    try socket.bind(endpoint.description)
    let actual = try socket.lastEndpoint()
    do throws(EndpointError) {
      boundEndpoint = try TransportEndpoint(actual)
    } catch {
      // libzmq always names a numeric address; if it ever does not, the configured one serves.
      logger.warning("the listening address has an unexpected form", metadata: ["endpoint": "\(actual)"])
      boundEndpoint = endpoint
    }
    listener = socket
    listenerMonitor = monitor
  }

  /// The options every link has, dialled or listened for.
  func configure(_ socket: ZeroMQSocket) throws(ZeroMQFailure) {
    try socket.set(ZMQ_LINGER, to: settings.linger.milliseconds)
    try socket.set(ZMQ_MAXMSGSIZE, to: settings.wireFrameBytesMax)
    try socket.set(ZMQ_HANDSHAKE_IVL, to: settings.handshakeTimeout.milliseconds)
    try socket.set(ZMQ_HEARTBEAT_IVL, to: settings.heartbeatInterval.milliseconds)
    try socket.set(ZMQ_HEARTBEAT_TIMEOUT, to: settings.heartbeatTimeout.milliseconds)
    try socket.set(ZMQ_HEARTBEAT_TTL, to: settings.heartbeatTimeToLive.milliseconds)
    try socket.set(ZMQ_SNDHWM, to: Int32(clamping: settings.sendHighWaterMessages))
    try socket.set(ZMQ_RCVHWM, to: Int32(clamping: settings.receiveHighWaterMessages))
  }

  /// Cuts every peer that dialled us and listens afresh: who is no longer listed does not come back.
  func recycleListener() {
    guard let endpoint = boundEndpoint else { return }
    readListener()
    listenerMonitor?.close()
    listenerMonitor = nil
    listener?.close()
    listener = nil
    let lost = inbound.values.map(\.connection)
    inbound = [:]
    inboundByDescriptor = [:]
    for connection in lost { end(connection) }
    let now = ContinuousClock.now
    rebinding = Rebinding(endpoint: endpoint, reportAt: now + settings.rebindTimeout, nextAttempt: now)
    rebind(now)
  }

  /// Tries for the port; libzmq gives the old one back a moment after the close.
  func rebind(_ now: ContinuousClock.Instant) {
    guard var state = rebinding else { return }
    do throws(ZeroMQFailure) {
      try listen(on: state.endpoint)
      rebinding = nil
      logger.info("listening for peers again", metadata: ["endpoint": "\(state.endpoint)"])
    } catch {
      var pause = Duration.milliseconds(20)
      if let reportAt = state.reportAt {
        if reportAt <= now {
          state.reportAt = nil
          let failure = TransportStartError(error, endpoint: state.endpoint)
          logger.error("\(failure)")
          onEvent(.bindFailed(failure))
        }
      } else {
        pause = .seconds(1)
      }
      state.nextAttempt = now + pause
      rebinding = state
    }
  }

  // MARK: Admission

  /// Answers libzmq's questions whether a key may come in.
  func serveAdmissions() {
    for _ in 0..<Self.turnMessagesMax {
      guard let message = admissions.receive(framesMax: 16, bytesMax: 4_096) else { return }
      guard let request = AdmissionRequest(frames: message.frames) else {
        logger.warning("an admission request of an unknown form was refused")
        if let refusal = AdmissionRequest.refusal(ofUnreadable: message.frames) { answerAdmission(refusal) }
        continue
      }
      if let user = mailbox.user(of: request.key) {
        answerAdmission(request.admission(PeerProperty(key: request.key, user: user)))
        continue
      }
      answerAdmission(request.refusal())
      if let index = probes.firstIndex(where: { $0.key == request.key }) {
        probes[index].wasRefusedByList = true
      } else {
        logger.debug("a key was refused", metadata: ["key": "\(request.key)", "address": "\(request.address)"])
        let failure = HandshakeFailure(reason: .keyRefused, key: request.key, address: request.address)
        onEvent(.handshakeFailed(label: nil, failure))
      }
    }
  }

  private func answerAdmission(_ frames: [[UInt8]]) {
    let attempt = admissions.send(Array(frames.dropFirst()), to: frames[0])
    // The asking session may have ended meanwhile; then nobody waits for the answer and nobody comes in.
    if attempt != .sent { logger.debug("an admission answer found no session", metadata: ["why": "\(attempt)"]) }
  }

  // MARK: Connections

  /// Learns from libzmq which connections ended and which never came about.
  func readListenerReports() {
    while let report = listenerMonitor?.next() {
      switch report.event {
      case ZMQ_EVENT_ACCEPTED:
        watch(report.value)
      case ZMQ_EVENT_DISCONNECTED:
        if let descriptor = Int32(exactly: report.value) { watches[descriptor] = nil }
        guard let descriptor = Int32(exactly: report.value), inboundByDescriptor[descriptor] != nil else { continue }
        // What it had sent before it ended is told before its end.
        readListener(messagesMax: 4_096)
        if let routingID = inboundByDescriptor[descriptor] { forget(routingID) }
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        onEvent(.handshakeFailed(label: nil, HandshakeFailure(protocolError: report.value)))
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        let failure = HandshakeFailure(reason: .closedByPeer, key: nil, address: nil)
        onEvent(.handshakeFailed(label: nil, failure))
      default:
        continue
      }
    }
  }

  /// Reads what peers sent that dialled us.
  func readListener(messagesMax: Int = TransportLoop.turnMessagesMax) {
    for _ in 0..<messagesMax {
      guard
        let message = listener?.receive(
          framesMax: settings.messageFramesMax + 1, bytesMax: settings.messageBytesMax + 256)
      else { return }
      receive(message)
    }
    isDrained = false
  }

  private func receive(_ message: ReceivedMessage) {
    if let descriptor = message.descriptor { watches[descriptor]?.noteMessage() }
    guard let routingID = message.frames.first, let propertyText = message.userID,
      let property = PeerProperty(text: propertyText)
    else {
      // Enforced admission makes this impossible; should it ever not, such a message has no sender to believe.
      logger.error("a message without an authenticated sender was dropped")
      return
    }
    guard mailbox.user(of: property.key) != nil else {
      logger.notice("a message of a key no longer listed was dropped", metadata: ["key": "\(property.key)"])
      return
    }
    guard message.frames.count > 1 else {
      logger.warning("an oversized or empty message was dropped", metadata: ["user": "\(property.user)"])
      // There is nothing in it to answer, and nothing good comes of such a sender.
      if let descriptor = message.descriptor { watches.removeValue(forKey: descriptor)?.cut() }
      return
    }
    if let known = inbound[routingID], known.propertyText != propertyText { forget(routingID) }
    let connection = inbound[routingID]?.connection ?? admit(property, routingID, message.descriptor)
    guard !message.isOverLimit else { return misbehaved(connection, descriptor: message.descriptor) }
    onEvent(.received(connection: connection, frames: Array(message.frames.dropFirst())))
  }

  private func admit(_ property: PeerProperty, _ routingID: [UInt8], _ descriptor: Int32?) -> ConnectionID {
    // A descriptor is used again after its connection ended, and libzmq reports the end before it closes it:
    // whoever still stands under this one is gone.
    if let descriptor, let former = inboundByDescriptor[descriptor] { forget(former) }
    let connection = ConnectionID.inbound(user: property.user, key: property.key, routingID: routingID)
    inbound[routingID] = InboundPeer(connection: connection, propertyText: property.text, descriptor: descriptor)
    if let descriptor { inboundByDescriptor[descriptor] = routingID }
    mailbox.openQueue(connection)
    return connection
  }

  /// A peer that dialled us is gone.
  func forget(_ routingID: [UInt8]) {
    guard let peer = inbound.removeValue(forKey: routingID) else { return }
    if let descriptor = peer.descriptor, inboundByDescriptor[descriptor] == routingID {
      inboundByDescriptor[descriptor] = nil
    }
    end(peer.connection)
  }

  /// Drops what waits for a connection and tells that it ended.
  func end(_ connection: ConnectionID) {
    mailbox.closeQueue(connection)
    stalledSince[connection] = nil
    onEvent(.disconnected(connection))
  }
}

extension HandshakeFailure {
  /// What libzmq's ZMQ_PROTOCOL_ERROR_… means for us: what cannot be decrypted was meant for another key.
  init(protocolError code: UInt32) {
    let reason: Reason =
      code == UInt32(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC) ? .serverKeyWrong : .protocolError(code: Int(code))
    self.init(reason: reason, key: nil, address: nil)
  }
}
