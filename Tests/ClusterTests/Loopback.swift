import Glibc

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

  /// Different free ports, all held at once while they are looked for. Throws when the system gives none.
  static func freePorts(_ count: Int) throws -> [UInt16] {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    return try (0..<count).map { _ in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { throw LoopbackHTTP.Failure(description: "no socket: errno \(errno)") }
      descriptors.append(descriptor)
      var address = Self.address(port: 0)
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
        }
      }
      guard result == 0 else { throw LoopbackHTTP.Failure(description: "no free port: errno \(errno)") }
      return UInt16(bigEndian: address.sin_port)
    }
  }
}
