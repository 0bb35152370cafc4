import CZeroMQ

/// One report of libzmq about a socket's connections.
struct SocketReport: Equatable {
  /// ZMQ_EVENT_….
  let event: Int32
  /// What it means depends on the event: a descriptor, an errno, a ZAP status or a protocol error.
  let value: UInt32

  /// Reads the first frame of a report: 16 bits of event, 32 bits of value, in the machine's byte order.
  init?(frame: [UInt8]) {
    guard frame.count == 6 else { return nil }
    (event, value) = frame.withUnsafeBytes { bytes in
      (Int32(bytes.loadUnaligned(as: UInt16.self)), bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
    }
  }
}

/// Reads the reports of one socket; closed before it.
///
/// libzmq waits for room when it reports, so the reports are stopped before their reader is closed; the report of that
/// stop itself (ZMQ_EVENT_MONITOR_STOPPED) is never asked for, it would be made on the transport's own thread.
final class SocketMonitor {
  /// What tells how a dialled connection fares, from the first packet to the end.
  static let diallingEvents =
    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
    | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
  /// What a listener needs to know; refused keys are known from the admission request, with more detail.
  static let listeningEvents =
    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL

  let socket: ZeroMQSocket
  private let observed: ZeroMQSocket

  /// `name` must be fresh within the context.
  init(_ context: ZeroMQContext, of observed: ZeroMQSocket, name: String, events: Int32) throws(ZeroMQFailure) {
    let address = "inproc://monitor-\(name)"
    try observed.monitor(address, events: events)
    let socket = try ZeroMQSocket(context, kind: ZMQ_PAIR)
    try socket.set(ZMQ_LINGER, to: 0 as Int32)
    try socket.connect(address)
    self.socket = socket
    self.observed = observed
  }

  /// The next report, or nil when there is none.
  func next() -> SocketReport? {
    while let message = socket.receive(framesMax: 2, bytesMax: 1_024) {
      if let report = message.frames.first.flatMap(SocketReport.init(frame:)) { return report }
    }
    return nil
  }

  func close() {
    observed.stopMonitoring()
    socket.close()
  }

  deinit { close() }
}
