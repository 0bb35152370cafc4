import CZeroMQ

/// A neighbour this node dials: where, with which key, and how far it got. Belongs to the transport's thread.
final class Neighbour {
  /// Where dialling stands; each state names what ends it.
  enum State {
    /// Until somebody resumes it.
    case paused
    /// Until the next attempt is due.
    case waiting(until: ContinuousClock.Instant)
    /// Until the host name's addresses arrive or the time is over.
    case resolving(until: ContinuousClock.Instant)
    /// Until the handshake succeeds, fails or takes too long.
    case dialling(until: ContinuousClock.Instant)
    /// Until libzmq reports the end of the connection.
    case connected(ConnectionID)
  }

  let label: String
  let endpoint: TransportEndpoint
  let serverKey: CurvePublicKey
  var state: State
  var delay: ReconnectDelay
  /// One per attempt: a socket is never used for a second connection, so nothing of the first can leak into it.
  var socket: ZeroMQSocket?
  var monitor: SocketMonitor?
  /// The connection's descriptor; nil before TCP was through.
  var descriptor: Int32?
  /// When this attempt began, and when TCP was through; nil before.
  var attemptedAt: ContinuousClock.Instant?
  var reachedAt: ContinuousClock.Instant?
  /// A look-up of the name is under way; a second one is not started.
  var isResolving = false
  /// Counts attempts, to try a host's addresses in turn.
  var attemptCount = 0
  /// libzmq took nothing last time: wake when it does.
  var isBlocked = false

  init(
    label: String, endpoint: TransportEndpoint, serverKey: CurvePublicKey, delay: ReconnectDelay,
    firstAttempt: ContinuousClock.Instant
  ) {
    self.label = label
    self.endpoint = endpoint
    self.serverKey = serverKey
    self.delay = delay
    state = .waiting(until: firstAttempt)
  }

  /// The live connection, if there is one.
  var connection: ConnectionID? {
    if case .connected(let connection) = state { connection } else { nil }
  }

  /// When the thread must look again even if nothing arrives.
  var deadline: ContinuousClock.Instant? {
    switch state {
    case .paused, .connected: nil
    case .waiting(let until), .resolving(let until), .dialling(let until): until
    }
  }

  func closeSocket() {
    monitor?.close()
    monitor = nil
    socket?.close()
    socket = nil
    attemptedAt = nil
    reachedAt = nil
    descriptor = nil
    isBlocked = false
  }
}
