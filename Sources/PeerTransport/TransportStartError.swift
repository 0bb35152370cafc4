import CZeroMQ
import Glibc

/// Why a node cannot listen for its peers.
package struct TransportStartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What stood in the way.
  package enum Cause: Hashable, Sendable {
    case addressInUse
    case addressNotOnThisMachine
    case portNeedsPrivilege
    case curveMissing
    case system(errno: Int32)
  }

  package let cause: Cause
  /// The address to listen on; nil when the failure has nothing to do with one.
  package let endpoint: String?
  /// The libzmq call that failed.
  package let call: String

  init(_ failure: ZeroMQFailure, endpoint: TransportEndpoint?) {
    cause =
      switch failure.code {
      case EADDRINUSE: .addressInUse
      case EADDRNOTAVAIL, ENODEV: .addressNotOnThisMachine
      case EACCES: .portNeedsPrivilege
      default: .system(errno: failure.code)
      }
    self.endpoint = endpoint?.description
    call = failure.call
  }

  init(cause: Cause, call: String) {
    self.cause = cause
    endpoint = nil
    self.call = call
  }

  /// What is wrong, why, and what to do.
  package var description: String {
    let place = endpoint ?? "its address"
    switch cause {
    case .addressInUse:
      return "Cannot listen for peers on \(place): another program holds that port. "
        + "Stop it (ss -ltnp shows which one it is) or configure another port here and at every neighbour."
    case .addressNotOnThisMachine:
      return "Cannot listen for peers on \(place): no network interface of this machine has that address. "
        + "Configure one that `ip address` lists, or * for all of them."
    case .portNeedsPrivilege:
      return "Cannot listen for peers on \(place): ports below 1024 need a privilege this process lacks. "
        + "Configure a port from 1024 upwards."
    case .curveMissing:
      return "Cannot encrypt the links between sites: this libzmq was built without CURVE. "
        + "Install the distribution's libzmq5 package."
    case .system(let code):
      let text = String(cString: zmq_strerror(code))
      return "Cannot set up the links between sites\(endpoint.map { " on \($0)" } ?? ""): \(call) failed with "
        + "\"\(text)\" (errno \(code)). Check the limits on open files and memory, then start again."
    }
  }
}
