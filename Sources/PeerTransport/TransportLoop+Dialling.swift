import CZeroMQ
import Logging

extension TransportLoop {
  // MARK: Commands

  /// Begins to dial a neighbour; one of the same label is dropped first, unless nothing about it changed.
  func connect(_ label: String, _ endpoint: TransportEndpoint, _ serverKey: CurvePublicKey) {
    if let known = neighbours[label], known.endpoint == endpoint, known.serverKey == serverKey { return }
    disconnect(label)
    let delay = ReconnectDelay(shortest: settings.reconnectDelayMin, longest: settings.reconnectDelayMax)
    let neighbour = Neighbour(
      label: label, endpoint: endpoint, serverKey: serverKey, delay: delay, firstAttempt: .now)
    neighbours[label] = neighbour
    attempt(neighbour, .now)
  }

  /// Ends a connection and dials no more.
  func disconnect(_ label: String) {
    guard let neighbour = neighbours.removeValue(forKey: label) else { return }
    hangUp(neighbour)
  }

  /// Ends a connection and dials no more until resumed.
  func pause(_ label: String) {
    guard let neighbour = neighbours[label] else { return }
    hangUp(neighbour)
    neighbour.state = .paused
  }

  /// Dials a paused neighbour at once.
  func resume(_ label: String) {
    guard let neighbour = neighbours[label], case .paused = neighbour.state else { return }
    neighbour.delay.reset()
    attempt(neighbour, .now)
  }

  private func hangUp(_ neighbour: Neighbour) {
    let connection = neighbour.connection
    if let connection { _ = flush(connection) }
    neighbour.closeSocket()
    if let connection { end(connection) }
  }

  // MARK: Attempts

  private func attempt(_ neighbour: Neighbour, _ now: ContinuousClock.Instant) {
    neighbour.attemptCount += 1
    guard !neighbour.endpoint.isNumeric else { return dial(neighbour, neighbour.endpoint, now) }
    neighbour.state = .resolving(until: now + settings.connectTimeout)
    guard !neighbour.isResolving else { return }
    neighbour.isResolving = true
    let (label, endpoint) = (neighbour.label, neighbour.endpoint)
    resolver.resolve(endpoint) { [mailbox] addresses in
      mailbox.post(.resolved(label: label, endpoint: endpoint, addresses: addresses))
    }
  }

  func addressesArrived(_ label: String, _ endpoint: TransportEndpoint, _ addresses: [TransportEndpoint]) {
    guard let neighbour = neighbours[label], neighbour.endpoint == endpoint else { return }
    neighbour.isResolving = false
    guard case .resolving = neighbour.state else { return }
    if addresses.isEmpty {
      onEvent(.unreachable(label: label, reason: .nameUnknown))
      retryLater(neighbour)
    } else {
      dial(neighbour, addresses[neighbour.attemptCount % addresses.count], .now)
    }
  }

  private func dial(_ neighbour: Neighbour, _ address: TransportEndpoint, _ now: ContinuousClock.Instant) {
    do throws(ZeroMQFailure) {
      let socket = try dialler(to: address, serverKey: neighbour.serverKey, as: keyPair)
      let monitor = try SocketMonitor(
        context, of: socket, name: "\(nextGeneration())", events: SocketMonitor.diallingEvents)
      neighbour.socket = socket
      neighbour.monitor = monitor
      neighbour.attemptedAt = now
      neighbour.state = .dialling(
        until: now + settings.connectTimeout + settings.handshakeTimeout + .seconds(1))
      try socket.connect(address.description)
    } catch {
      logger.error("a neighbour cannot be dialled", metadata: ["label": "\(neighbour.label)", "why": "\(error)"])
      onEvent(.unreachable(label: neighbour.label, reason: .refused))
      retryLater(neighbour)
    }
  }

  /// A socket for one attempt: CURVE client, no reconnection of its own, nothing queued before the handshake.
  ///
  /// libzmq 4.3 gives a socket up silently once its key was refused (libzmq issue 3519), so it is we who dial again.
  func dialler(
    to address: TransportEndpoint, serverKey: CurvePublicKey, as keyPair: CurveKeyPair
  ) throws(ZeroMQFailure) -> ZeroMQSocket {
    let socket = try ZeroMQSocket(context, kind: ZMQ_DEALER)
    try configure(socket)
    try socket.set(ZMQ_CURVE_SERVERKEY, to: serverKey.bytes)
    try socket.set(ZMQ_CURVE_PUBLICKEY, to: keyPair.publicKey.bytes)
    try socket.set(ZMQ_CURVE_SECRETKEY, to: keyPair.secret)
    try socket.set(ZMQ_IMMEDIATE, to: 1 as Int32)
    try socket.set(ZMQ_RECONNECT_IVL, to: -1 as Int32)
    try socket.set(ZMQ_CONNECT_TIMEOUT, to: settings.connectTimeout.milliseconds)
    try socket.set(ZMQ_IPV6, to: address.isIPv6 ? 1 as Int32 : 0)
    return socket
  }

  func deadlinePassed(_ neighbour: Neighbour, _ now: ContinuousClock.Instant) {
    switch neighbour.state {
    case .paused, .connected:
      return
    case .waiting:
      attempt(neighbour, now)
    case .resolving:
      onEvent(.unreachable(label: neighbour.label, reason: .nameUnknown))
      retryLater(neighbour)
    case .dialling:
      if neighbour.reachedAt != nil {
        fail(neighbour, .timedOut)
      } else {
        onEvent(.unreachable(label: neighbour.label, reason: .timedOut))
        retryLater(neighbour)
      }
    }
  }

  private func retryLater(_ neighbour: Neighbour) {
    neighbour.closeSocket()
    neighbour.state = .waiting(until: .now + neighbour.delay.next(using: &random))
  }

  // MARK: Reports

  /// Learns from libzmq how an attempt or a connection fares.
  func readReports(of neighbour: Neighbour) {
    while let report = neighbour.monitor?.next() {
      switch report.event {
      case ZMQ_EVENT_CONNECTED:
        neighbour.reachedAt = .now
        neighbour.descriptor = Int32(exactly: report.value)
        watch(report.value)
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        handshakeSucceeded(neighbour)
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        fail(neighbour, .keyRefused)
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        fail(neighbour, HandshakeFailure(protocolError: report.value).reason)
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        fail(neighbour, hasUsedItsTime(neighbour) ? .timedOut : .closedByPeer)
      case ZMQ_EVENT_CLOSED:
        guard case .dialling = neighbour.state else { continue }
        let tookAll = neighbour.attemptedAt.map { .now - $0 >= settings.connectTimeout * 9 / 10 } ?? false
        onEvent(.unreachable(label: neighbour.label, reason: tookAll ? .timedOut : .refused))
        retryLater(neighbour)
      case ZMQ_EVENT_DISCONNECTED:
        if let descriptor = neighbour.descriptor { watches[descriptor] = nil }
        if neighbour.connection != nil { lose(neighbour) } else { fail(neighbour, .closedByPeer) }
      default:
        continue
      }
    }
  }

  /// libzmq leaves no errno that tells a timeout from a hang-up, the clock does.
  private func hasUsedItsTime(_ neighbour: Neighbour) -> Bool {
    neighbour.reachedAt.map { .now - $0 >= settings.handshakeTimeout * 9 / 10 } ?? false
  }

  private func handshakeSucceeded(_ neighbour: Neighbour) {
    guard neighbour.connection == nil else { return }
    let connection = ConnectionID.outbound(
      label: neighbour.label, key: neighbour.serverKey, generation: nextGeneration())
    neighbour.state = .connected(connection)
    neighbour.delay.reset()
    mailbox.openQueue(connection)
    logger.debug("connected", metadata: ["peer": "\(connection)"])
    onEvent(.connected(connection))
  }

  private func fail(_ neighbour: Neighbour, _ reason: HandshakeFailure.Reason) {
    logger.debug("no handshake", metadata: ["label": "\(neighbour.label)", "why": "\(reason)"])
    retryLater(neighbour)
    let key = reason == .keyRefused ? keyPair.publicKey : nil
    onEvent(
      .handshakeFailed(label: neighbour.label, HandshakeFailure(reason: reason, key: key, address: nil)))
  }

  /// A connection ended by itself or by the other side; it is dialled again.
  func lose(_ neighbour: Neighbour) {
    guard let connection = neighbour.connection else { return }
    // What it had sent before it ended is told before its end; no more than libzmq holds of one connection.
    while deliverNext(of: neighbour, connection) {}
    retryLater(neighbour)
    end(connection)
  }

  // MARK: Messages

  /// Reads what a dialled neighbour sent.
  func readMessages(of neighbour: Neighbour) {
    guard let connection = neighbour.connection else { return }
    for _ in 0..<Self.turnMessagesMax {
      guard deliverNext(of: neighbour, connection) else { return }
    }
    isDrained = false
  }

  private func deliverNext(of neighbour: Neighbour, _ connection: ConnectionID) -> Bool {
    guard
      let message = neighbour.socket?.receive(
        framesMax: settings.messageFramesMax, bytesMax: settings.messageBytesMax)
    else { return false }
    if let descriptor = neighbour.descriptor { watches[descriptor]?.noteMessage() }
    if message.isOverLimit {
      misbehaved(connection, descriptor: neighbour.descriptor)
    } else {
      onEvent(.received(connection: connection, frames: message.frames))
    }
    return true
  }
}
