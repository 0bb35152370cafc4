/// Limits and times of the links between nodes; the defaults suit offices on thin lines, tests shorten them.
package struct TransportSettings: Sendable {
  /// All frames of one message together; a peer that sends more is cut off or its message dropped. Default 1 MiB.
  package var messageBytesMax = 1 << 20
  /// Frames of one message. Default 64.
  package var messageFramesMax = 64
  /// Messages waiting here for one connection before `send` answers `.full`. Default 2,048.
  package var queueMessagesMax = 2_048
  /// Bytes waiting here for one connection before `send` answers `.full`: a backstop behind the credits. Default 1.25 MiB.
  package var queueBytesMax = 5 << 18
  /// Messages libzmq holds for one connection beyond that (ZMQ_SNDHWM). Default 32.
  package var sendHighWaterMessages = 32
  /// Messages libzmq holds of one connection before it stops reading (ZMQ_RCVHWM). Default 32.
  package var receiveHighWaterMessages = 32
  /// How long a TCP connection may take to come about. Default 10 s.
  package var connectTimeout = Duration.seconds(10)
  /// How long the CURVE handshake may take (ZMQ_HANDSHAKE_IVL). Default 10 s.
  package var handshakeTimeout = Duration.seconds(10)
  /// How often a silent connection is probed (ZMQ_HEARTBEAT_IVL). Default 5 s.
  package var heartbeatInterval = Duration.seconds(5)
  /// How long a probe may stay unanswered before the connection counts as lost (ZMQ_HEARTBEAT_TIMEOUT). Default 20 s.
  package var heartbeatTimeout = Duration.seconds(20)
  /// How long the other side may hear nothing before it drops us (ZMQ_HEARTBEAT_TTL). Default 30 s.
  package var heartbeatTimeToLive = Duration.seconds(30)
  /// Shortest pause before dialling again. Default 1 s.
  package var reconnectDelayMin = Duration.seconds(1)
  /// Longest pause before dialling again. Default 60 s.
  package var reconnectDelayMax = Duration.seconds(60)
  /// How long what was sent may still leave after a close (ZMQ_LINGER). Default 200 ms.
  package var linger = Duration.milliseconds(200)
  /// How long the first message of a queue may wait for a reader before the queue is given up. Default 60 s.
  package var stallTimeout = Duration.seconds(60)
  /// How often connections are looked at for a message without an end. Default 500 ms.
  package var watchInterval = Duration.milliseconds(500)
  /// How long rebinding may fail before it is reported; it goes on being tried. Default 5 s.
  package var rebindTimeout = Duration.seconds(5)

  package init() {}

  /// What libzmq admits for one frame: a message's bytes plus CURVE's envelope.
  var wireFrameBytesMax: Int64 { Int64(messageBytesMax) + 64 }
}

extension Duration {
  /// Whole milliseconds, at least zero, as libzmq's options take them.
  var milliseconds: Int32 {
    let parts = components
    let total = parts.seconds.multipliedReportingOverflow(by: 1_000)
    guard !total.overflow else { return parts.seconds < 0 ? 0 : .max }
    let milliseconds = total.partialValue.addingReportingOverflow(parts.attoseconds / 1_000_000_000_000_000)
    return milliseconds.overflow ? .max : Int32(clamping: max(0, milliseconds.partialValue))
  }
}
