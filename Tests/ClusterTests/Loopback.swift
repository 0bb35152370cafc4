import Glibc
import Synchronization

/// Addresses of 127.0.0.1, and ports of it that nobody uses.
enum Loopback {
  /// The socket address of a port, of this machine or of an office in a network of its own.
  static func address(host: String = "127.0.0.1", port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    precondition(inet_pton(AF_INET, host, &address.sin_addr) == 1, "\(host) is no IPv4 address")
    return address
  }

  /// Ports below those the system lends to outgoing connections, so that nobody is given one while its office starts. Each
  /// is handed out once a run; runs begin at different ones.
  private static let range = 10_000..<32_000
  private static let next = Mutex(range.lowerBound + Int(getpid()) * 97 % range.count)

  /// Different ports that nobody listens on. Throws when there are none.
  static func freePorts(_ count: Int) throws -> [UInt16] {
    try (0..<count).map { _ in
      for _ in range {
        let port = next.withLock { next -> UInt16 in
          defer { next = next + 1 < range.upperBound ? next + 1 : range.lowerBound }
          return UInt16(next)
        }
        if try isFree(port) { return port }
      }
      throw LoopbackHTTP.Failure(description: "every port from \(range.lowerBound) to \(range.upperBound) is taken")
    }
  }

  private static func isFree(_ port: UInt16) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw LoopbackHTTP.Failure(description: "no socket: errno \(errno)") }
    defer { close(descriptor) }
    var address = Self.address(port: port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
