import Glibc

/// Why the running node could not be asked; says what is wrong, why, and what to do.
package enum ControlFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nobody listens on the socket.
  case notRunning(path: String)
  case noPermission(path: String)
  /// A node listens but did not answer in time.
  case timedOut(path: String, seconds: Double)
  /// The node closed the connection before its answer was complete.
  case brokenOff(path: String)
  /// The operating system limits a socket's path.
  case pathTooLong(path: String, bytesMax: Int)
  /// What came back is no HTTP answer; the text says why.
  case garbled(String)
  /// A value that cannot stand in a request; the text says which.
  case notSendable(String)
  /// A call of the operating system failed: what was done, and errno.
  case system(String, Int32)

  package var description: String {
    switch self {
    case .notRunning(let path):
      "The node is not running: nobody listens on \(path). Start it with 'relevo serve', or name another node's "
        + "configuration with --config FILE."
    case .noPermission(let path):
      "This account may not open \(path). Run the command as the user the node runs as, e.g. with 'sudo -u relevo'."
    case .timedOut(let path, let seconds):
      "The node listens on \(path) but did not answer within \(Self.text(seconds)) s. See 'relevo status' and the node's log; "
        + "what was asked may still be carried out."
    case .brokenOff(let path):
      "The node closed the connection on \(path) before it had answered: it was stopped or ended meanwhile. See its log; "
        + "what was asked may have been carried out."
    case .pathTooLong(let path, let bytesMax):
      "The socket's path \(path) has \(path.utf8.count) bytes, and the system takes at most \(bytesMax). Choose a shorter "
        + "data_directory."
    case .garbled(let reason):
      "The node's answer could not be read: \(reason). Do this program and the node have the same version?"
    case .notSendable(let reason): "This cannot be sent to the node: \(reason)."
    case .system(let action, let number):
      "\(action.prefix(1).uppercased())\(action.dropFirst()) failed: \(String(cString: strerror(number)))."
    }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int64(seconds)) : String(seconds)
  }
}
