import Glibc

/// One connection to a Unix socket, with one deadline for everything that happens on it.
final class ControlSocket {
  /// Where the socket is, for messages.
  let path: String
  private let descriptor: Int32
  private let timeoutSeconds: Double
  private let deadline: ContinuousClock.Instant

  /// Connects. Throws `.notRunning` when nobody listens, `.noPermission` when the system refuses.
  init(path: String, timeoutSeconds: Double) throws(ControlFailure) {
    self.path = path
    self.timeoutSeconds = timeoutSeconds
    deadline = ContinuousClock.now + .seconds(timeoutSeconds)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room, !bytes.contains(0) else { throw .pathTooLong(path: path, bytesMax: room - 1) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system("opening a socket", errno) }
    self.descriptor = descriptor
    do {
      try connect(address)
    } catch {
      close()
      throw error
    }
  }

  private func connect(_ address: sockaddr_un) throws(ControlFailure) {
    let flags = fcntl(descriptor, F_GETFL, 0)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw .system("preparing a socket", errno)
    }
    while true {
      var address = address
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // The node's queue of new connections is full; Linux has no event for room in it.
        guard ContinuousClock.now < deadline else { throw .timedOut(path: path, seconds: timeoutSeconds) }
        usleep(10_000)
      case ENOENT, ECONNREFUSED, ENOTDIR: throw .notRunning(path: path)
      case EACCES, EPERM: throw .noPermission(path: path)
      default: throw .system("connecting to \(path)", errno)
      }
    }
  }

  /// Writes everything.
  func write(_ bytes: [UInt8]) throws(ControlFailure) {
    var position = 0
    while position < bytes.count {
      // Without MSG_NOSIGNAL a node that ends meanwhile would end this process too.
      let count = bytes[position...].withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        position += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(for: Int16(POLLOUT))
      // The node may have answered and closed before it read everything, e.g. a body that is too long.
      case EPIPE, ECONNRESET: return
      default: throw .system("writing to \(path)", errno)
      }
    }
  }

  /// The next bytes; empty when the node has closed the connection.
  func read() throws(ControlFailure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count >= 0 { return Array(buffer.prefix(count)) }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(for: Int16(POLLIN))
      case ECONNRESET: return []
      default: throw .system("reading from \(path)", errno)
      }
    }
  }

  private func wait(for events: Int16) throws(ControlFailure) {
    while true {
      let left = deadline - ContinuousClock.now
      guard left > .zero else { throw .timedOut(path: path, seconds: timeoutSeconds) }
      let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Int32(clamping: milliseconds + 1))
      if count > 0 { return }
      if count < 0, errno != EINTR { throw .system("waiting for \(path)", errno) }
    }
  }

  func close() {
    _ = Glibc.close(descriptor)
  }
}
