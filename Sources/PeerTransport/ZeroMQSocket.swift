import CZeroMQ
import Glibc

/// The libzmq context of one transport: its I/O thread and its inproc names; closed after its last socket.
final class ZeroMQContext {
  fileprivate let handle: UnsafeMutableRawPointer
  private var isClosed = false

  init() throws(ZeroMQFailure) {
    guard let made = zmq_ctx_new() else { throw .latest(during: "zmq_ctx_new") }
    handle = made
    // Closing must end after LINGER, not wait for a peer that is away.
    guard zmq_ctx_set(made, ZMQ_BLOCKY, 0) == 0 else { throw .latest(during: "zmq_ctx_set") }
  }

  /// Ends the I/O thread; blocks for at most LINGER once all sockets are closed.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    // The only error a valid context gives is a signal's interruption, after which the call has to be made again.
    while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
  }

  deinit { close() }
}

/// What became of an attempt to hand a message to libzmq.
enum SendAttempt: Equatable {
  case sent
  /// The peer's pipe is full (EAGAIN).
  case wouldBlock
  /// There is no such peer (EHOSTUNREACH).
  case unreachable
  case failed(ZeroMQFailure)
}

/// A whole message as libzmq gave it, with what it knows of the sender.
struct ReceivedMessage {
  var frames: [[UInt8]] = []
  /// What ZAP attached (`PeerProperty`); nil where no ZAP handler was asked.
  var userID: String?
  /// The sender's file descriptor, by which monitor events name the connection.
  var descriptor: Int32?
  /// More frames or bytes than allowed; the frames beyond are missing.
  var isOverLimit = false
}

/// One ZeroMQ socket; belongs to one thread at a time.
final class ZeroMQSocket {
  private(set) var handle: UnsafeMutableRawPointer?
  private let part: UnsafeMutablePointer<zmq_msg_t>
  /// Kept, because a context can only be closed after its last socket.
  private let context: ZeroMQContext

  init(_ context: ZeroMQContext, kind: Int32) throws(ZeroMQFailure) {
    guard let made = zmq_socket(context.handle, kind) else { throw .latest(during: "zmq_socket") }
    handle = made
    self.context = context
    part = .allocate(capacity: 1)
    part.initialize(to: zmq_msg_t())
  }

  deinit {
    close()
    part.deallocate()
  }

  /// Closes at once; what was sent leaves within LINGER. Closing twice changes nothing.
  func close() {
    guard let open = handle else { return }
    handle = nil
    // The only error is a handle that is no socket, which the line above excludes.
    zmq_close(open)
  }

  // MARK: Options

  func set(_ option: Int32, to value: Int32) throws(ZeroMQFailure) {
    var value = value
    try check(zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size), "zmq_setsockopt(\(option))")
  }

  func set(_ option: Int32, to value: Int64) throws(ZeroMQFailure) {
    var value = value
    try check(zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size), "zmq_setsockopt(\(option))")
  }

  func set(_ option: Int32, to bytes: [UInt8]) throws(ZeroMQFailure) {
    try check(zmq_setsockopt(handle, option, bytes, bytes.count), "zmq_setsockopt(\(option))")
  }

  /// Where the socket really listens, with the port the system chose.
  func lastEndpoint() throws(ZeroMQFailure) -> String {
    var text = [CChar](repeating: 0, count: 256)
    var count = text.count
    try check(zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &count), "zmq_getsockopt(ZMQ_LAST_ENDPOINT)")
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Whether a message would be taken now.
  var isWritable: Bool {
    var events: Int32 = 0
    var count = MemoryLayout<Int32>.size
    return zmq_getsockopt(handle, ZMQ_EVENTS, &events, &count) == 0 && events & ZMQ_POLLOUT != 0
  }

  // MARK: Addresses

  func bind(_ address: String) throws(ZeroMQFailure) { try check(zmq_bind(handle, address), "zmq_bind") }

  func connect(_ address: String) throws(ZeroMQFailure) { try check(zmq_connect(handle, address), "zmq_connect") }

  /// Has libzmq report the given events at an inproc address.
  func monitor(_ address: String, events: Int32) throws(ZeroMQFailure) {
    try check(zmq_socket_monitor(handle, address, events), "zmq_socket_monitor")
  }

  /// Ends the reports, before the socket that reads them is closed.
  func stopMonitoring() {
    // Fails only where there is no monitor, which is what is wanted.
    if handle != nil { _ = zmq_socket_monitor(handle, nil, 0) }
  }

  // MARK: Messages

  /// Hands one message over without waiting; a ROUTER takes the peer's routing id as the first frame.
  func send(_ frames: [[UInt8]], to routingID: [UInt8]? = nil) -> SendAttempt {
    if let routingID {
      let attempt = sendPart(routingID, isLast: frames.isEmpty)
      guard attempt == .sent else { return attempt }
    } else if !isWritable {
      // Asked first, so that a full pipe does not cost a copy of the frame.
      return .wouldBlock
    }
    for (index, frame) in frames.enumerated() {
      let attempt = sendPart(frame, isLast: index == frames.count - 1)
      guard attempt == .sent else { return attempt }
    }
    return .sent
  }

  private func sendPart(_ bytes: [UInt8], isLast: Bool) -> SendAttempt {
    let flags = isLast ? ZMQ_DONTWAIT : ZMQ_DONTWAIT | ZMQ_SNDMORE
    while true {
      if zmq_send(handle, bytes, bytes.count, flags) >= 0 { return .sent }
      switch zmq_errno() {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case EHOSTUNREACH: return .unreachable
      default: return .failed(.latest(during: "zmq_send"))
      }
    }
  }

  /// The next whole message, or nil when none is there; keeps at most the given frames and bytes of it.
  func receive(framesMax: Int, bytesMax: Int) -> ReceivedMessage? {
    var message = ReceivedMessage()
    var byteCount = 0
    repeat {
      // Cannot fail: it only clears the structure.
      zmq_msg_init(part)
      defer { zmq_msg_close(part) }
      guard receivePart() else { return nil }
      let size = zmq_msg_size(part)
      byteCount += size
      if message.frames.count >= framesMax || byteCount > bytesMax {
        message.isOverLimit = true
      } else {
        message.frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(part), count: size)))
      }
      if zmq_msg_more(part) == 0 {
        message.userID = zmq_msg_gets(part, "User-Id").map { String(cString: $0) }
        let descriptor = zmq_msg_get(part, ZMQ_SRCFD)
        message.descriptor = descriptor >= 0 ? descriptor : nil
        return message
      }
    } while true
  }

  private func receivePart() -> Bool {
    while zmq_msg_recv(part, handle, ZMQ_DONTWAIT) < 0 {
      if zmq_errno() != EINTR { return false }
    }
    return true
  }

  private func check(_ result: Int32, _ call: @autoclosure () -> String) throws(ZeroMQFailure) {
    guard result == 0 else { throw .latest(during: call()) }
  }
}
