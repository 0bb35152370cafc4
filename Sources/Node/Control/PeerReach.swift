import Glibc
import PeerTransport

/// Names and TCP connections, tried once with the system's own calls; every function blocks.
enum PeerReach {
  /// One address of a host.
  struct Address: Sendable {
    /// As people write it.
    let text: String
    fileprivate let family: Int32
    fileprivate let bytes: [UInt8]
  }

  /// What came of dialling.
  enum Outcome: Sendable {
    /// `greets` is true when the first bytes are those of ZMTP (RFC 37, signature).
    case connected(address: String, milliseconds: Double, greets: Bool)
    case refused(address: String)
    case timedOut(address: String)
    case failed(address: String, reason: String)
  }

  /// Every address in the order the system prefers; empty when there is none or nobody answers.
  static func addresses(of endpoint: TransportEndpoint) -> [Address] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(endpoint.host, String(endpoint.port), &hints, &first) == 0 else { return [] }
    defer { freeaddrinfo(first) }
    var found: [Address] = []
    var next = first
    while let entry = next?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0,
        let address = entry.ai_addr
      {
        let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
        found.append(Address(text: host, family: entry.ai_family, bytes: bytes))
      }
      next = entry.ai_next
    }
    return found
  }

  /// Tries the addresses one after the other; the first that connects, else what the last one answered.
  static func connect(to addresses: [Address], secondsMax: Int64) -> Outcome {
    var last = Outcome.failed(address: "", reason: "there is no address")
    for address in addresses {
      last = connect(to: address, secondsMax: secondsMax)
      if case .connected = last { return last }
    }
    return last
  }

  private static func connect(to address: Address, secondsMax: Int64) -> Outcome {
    let start = ContinuousClock.now
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return .failed(address: address.text, reason: reason(errno)) }
    defer { close(descriptor) }
    let result = address.bytes.withUnsafeBytes { bytes -> Int32 in
      guard let base = bytes.baseAddress else { return -1 }
      return Glibc.connect(
        descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
    if result != 0 {
      guard errno == EINPROGRESS else { return outcome(errno, address.text) }
      guard wait(descriptor, POLLOUT, milliseconds: secondsMax * 1000) else { return .timedOut(address: address.text) }
      var failure: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 else {
        return .failed(address: address.text, reason: reason(errno))
      }
      if failure != 0 { return outcome(failure, address.text) }
    }
    let took = milliseconds(.now - start)
    return .connected(address: address.text, milliseconds: took, greets: isGreeted(descriptor))
  }

  /// ZMTP begins with FF, eight bytes of padding, 7F; a listener sends it unasked.
  private static func isGreeted(_ descriptor: Int32) -> Bool {
    var greeting = [UInt8](repeating: 0, count: 10)
    guard wait(descriptor, POLLIN, milliseconds: 2_000) else { return false }
    let count = greeting.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    return count >= 1 && greeting[0] == 0xFF && (count < 10 || greeting[9] & 1 == 1)
  }

  private static func wait(_ descriptor: Int32, _ event: Int32, milliseconds: Int64) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      let left = Self.milliseconds(deadline - .now)
      guard left > 0 else { return false }
      let count = poll(&entry, 1, Int32(left.rounded(.up)))
      if count > 0 { return true }
      if count == 0 || errno != EINTR { return false }
    }
  }

  private static func outcome(_ code: Int32, _ address: String) -> Outcome {
    switch code {
    case ECONNREFUSED: .refused(address: address)
    case ETIMEDOUT: .timedOut(address: address)
    default: .failed(address: address, reason: reason(code))
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// With fractions.
  static func milliseconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
  }

  /// `0.4 ms`, `12 ms`.
  static func text(_ duration: Duration) -> String {
    let tenths = Int64((milliseconds(duration) * 10).rounded())
    return tenths < 100 ? "\(tenths / 10).\(tenths % 10) ms" : "\(tenths / 10) ms"
  }
}
