import Dispatch
import Glibc

/// Looks host names up on threads of its own: an office whose name server is away must not stall the links that work.
struct NameResolver: Sendable {
  /// As many look-ups run at once as neighbours are dialled, each at most once at a time.
  private let queue = DispatchQueue(label: "relevo.names", attributes: .concurrent)

  /// Every address of the host, in the order the system prefers; empty when there is none or nobody answers.
  func resolve(_ endpoint: TransportEndpoint, then answer: @escaping @Sendable ([TransportEndpoint]) -> Void) {
    queue.async { answer(Self.addresses(of: endpoint)) }
  }

  static func addresses(of endpoint: TransportEndpoint) -> [TransportEndpoint] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(endpoint.host, nil, &hints, &first) == 0 else { return [] }
    defer { freeaddrinfo(first) }
    var found: [TransportEndpoint] = []
    var next = first
    while let entry = next?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(
        entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      {
        let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        found.append(TransportEndpoint(host: host, port: endpoint.port))
      }
      next = entry.ai_next
    }
    return found
  }
}
