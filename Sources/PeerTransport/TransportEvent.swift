/// What happened on the links, told on the transport's thread in the order it happened.
package enum TransportEvent: Sendable {
  /// A whole message. The first one of an inbound connection is also the first news of that connection.
  case received(connection: ConnectionID, frames: [[UInt8]])
  /// A dialled neighbour proved its key and accepted ours; messages can be sent from now on.
  case connected(ConnectionID)
  /// The connection ended; nothing more comes from it, what waited for it was dropped.
  case disconnected(ConnectionID)
  /// A neighbour could not be reached at all: "down". It goes on being dialled.
  case unreachable(label: String, reason: UnreachableReason)
  /// Somebody was reached and no trust came about. `label` is the neighbour dialled, nil when it was they who dialled.
  case handshakeFailed(label: String?, HandshakeFailure)
  /// More frames or bytes came than one message may have, or a message without an end; `.disconnected` follows.
  case misbehaved(ConnectionID)
  /// What waited for this connection could not be delivered and was dropped; `.disconnected` follows.
  case sendFailed(ConnectionID, SendFailure)
  /// After `recycle()` the address could not be listened on again; it goes on being tried.
  case bindFailed(TransportStartError)
}

/// Why a neighbour counts as down.
package enum UnreachableReason: Hashable, Sendable {
  /// The host has no address, or no name server answered.
  case nameUnknown
  /// The connection was refused, or its host or network is away.
  case refused
  /// Nothing answered in time.
  case timedOut
}

/// A handshake that came to nothing.
package struct HandshakeFailure: Hashable, Sendable {
  /// What went wrong, as far as this side can know.
  package enum Reason: Hashable, Sendable {
    /// The listening side does not list the dialling side's key.
    case keyRefused
    /// The dialling side expects another server key than the listening side has; only the listening side learns this.
    case serverKeyWrong
    /// The other side hung up: most often it refuses our key, or has another server key than configured here.
    case closedByPeer
    /// The other side was silent for the whole handshake time.
    case timedOut
    /// What came was no CURVE handshake; the code is libzmq's ZMQ_PROTOCOL_ERROR_….
    case protocolError(code: Int)
  }

  package let reason: Reason
  /// The key that was refused; nil where it is not known.
  package let key: CurvePublicKey?
  /// The other side's IP address; nil where it is not known.
  package let address: String?
}

/// Why queued messages were dropped.
package enum SendFailure: Hashable, Sendable {
  /// The peer is gone (EHOSTUNREACH).
  case gone
  /// The peer took nothing for the whole stall time.
  case stalled
  /// Libzmq refused with this errno.
  case refused(errno: Int32)
}

/// What became of a message given to `send`.
package enum SendOutcome: Hashable, Sendable {
  /// It waits for the transport thread; whether it arrives only the peer's acknowledgement tells.
  case queued
  /// The connection's queue is full; nothing was taken, try again when the peer has read.
  case full
  /// More frames or bytes than one message may have; nothing was taken.
  case tooLarge
  /// There is no such connection any more.
  case notConnected
}
