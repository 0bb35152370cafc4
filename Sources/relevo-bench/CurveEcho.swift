import CZeroMQ
import Foundation
import PeerTransport

/// The round trip of a message over bare ZeroMQ sockets with CURVE on the loopback: what no replication can be faster than.
enum CurveEcho {
  static let messageBytes = 400
  static let exchanges = 2_000
  static let warmUp = 200
  private static let patienceMilliseconds: Int32 = 5_000

  /// Seconds of each round trip. Throws when libzmq refuses or an answer does not come.
  static func roundTrips() throws -> [Double] {
    guard let context = zmq_ctx_new() else { throw failure("zmq_ctx_new") }
    defer { zmq_ctx_term(context) }
    let serverKeys = CurveKeyPair.generate()
    let clientKeys = CurveKeyPair.generate()
    let server = try socket(context, ZMQ_REP)
    defer { zmq_close(server) }
    try set(server, ZMQ_CURVE_SERVER, 1)
    try set(server, ZMQ_CURVE_SECRETKEY, serverKeys.secret)
    guard zmq_bind(server, "tcp://127.0.0.1:*") == 0 else { throw failure("zmq_bind") }
    let client = try socket(context, ZMQ_REQ)
    defer { zmq_close(client) }
    try set(client, ZMQ_CURVE_SERVERKEY, serverKeys.publicKey.bytes)
    try set(client, ZMQ_CURVE_PUBLICKEY, clientKeys.publicKey.bytes)
    try set(client, ZMQ_CURVE_SECRETKEY, clientKeys.secret)
    guard zmq_connect(client, try endpoint(of: server)) == 0 else { throw failure("zmq_connect") }

    let total = exchanges + warmUp
    let echo = Echo(socket: server, count: total)
    let thread = Thread { echo.run() }
    thread.start()
    let message = [UInt8](repeating: 7, count: messageBytes)
    var answer = [UInt8](repeating: 0, count: messageBytes)
    var times: [Double] = []
    for turn in 0..<total {
      let asked = Clocks.now()
      guard zmq_send(client, message, message.count, 0) >= 0, zmq_recv(client, &answer, answer.count, 0) >= 0 else {
        throw failure("an exchange")
      }
      if turn >= warmUp { times.append(Clocks.now() - asked) }
    }
    echo.ended.wait()
    return times
  }

  /// Answers what comes, on a thread of its own, until all came or one does not.
  private final class Echo: @unchecked Sendable {
    private let socket: UnsafeMutableRawPointer
    private let count: Int
    let ended = DispatchSemaphore(value: 0)

    init(socket: UnsafeMutableRawPointer, count: Int) {
      self.socket = socket
      self.count = count
    }

    func run() {
      defer { ended.signal() }
      var message = [UInt8](repeating: 0, count: CurveEcho.messageBytes)
      for _ in 0..<count {
        let size = zmq_recv(socket, &message, message.count, 0)
        guard size >= 0, zmq_send(socket, message, Int(size), 0) >= 0 else { return }
      }
    }
  }

  private static func socket(_ context: UnsafeMutableRawPointer, _ kind: Int32) throws -> UnsafeMutableRawPointer {
    guard let socket = zmq_socket(context, kind) else { throw failure("zmq_socket") }
    try set(socket, ZMQ_LINGER, 0)
    try set(socket, ZMQ_RCVTIMEO, patienceMilliseconds)
    try set(socket, ZMQ_SNDTIMEO, patienceMilliseconds)
    return socket
  }

  private static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Int32) throws {
    var value = value
    guard zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw failure("zmq_setsockopt(\(option))")
    }
  }

  private static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ bytes: [UInt8]) throws {
    guard zmq_setsockopt(socket, option, bytes, bytes.count) == 0 else { throw failure("zmq_setsockopt(\(option))") }
  }

  private static func endpoint(of socket: UnsafeMutableRawPointer) throws -> String {
    var text = [CChar](repeating: 0, count: 256)
    var count = text.count
    guard zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &text, &count) == 0 else { throw failure("zmq_getsockopt") }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func failure(_ what: String) -> BenchFailure {
    BenchFailure("\(what) failed: \(String(cString: zmq_strerror(zmq_errno())))")
  }
}
