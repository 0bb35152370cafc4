import Glibc

/// A request whose answer stays open, as a browser that listens to events holds one; closed when nobody holds it.
final class HeldConnection: Sendable {
  private let descriptor: Int32

  /// Takes over a socket that already received the beginning of an answer.
  init(descriptor: Int32) { self.descriptor = descriptor }

  /// True when the node closed its side, or does within the socket's time limit.
  func isClosedByNode() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      // What still comes before the end does not matter; a reset is an end as well.
      if count <= 0 { return count == 0 || errno == ECONNRESET }
    }
  }

  deinit { close(descriptor) }
}
