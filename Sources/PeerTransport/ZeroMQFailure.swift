import CZeroMQ

/// A libzmq call that failed, with its errno.
struct ZeroMQFailure: Error, Hashable, Sendable, CustomStringConvertible {
  let call: String
  let code: Int32

  /// Takes the errno the calling thread's latest call left.
  static func latest(during call: String) -> ZeroMQFailure { ZeroMQFailure(call: call, code: zmq_errno()) }

  var description: String { "\(call): \(String(cString: zmq_strerror(code))) (errno \(code))" }
}
