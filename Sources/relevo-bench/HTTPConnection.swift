import Glibc

/// One keep-alive connection with blocking reads and writes: as little work as a client can do.
final class HTTPConnection {
  struct Answer {
    let status: Int
    /// The body as it came.
    let body: ArraySlice<UInt8>
  }

  /// The socket, for waiting on many at once.
  let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
  /// Bytes of the present answer that are here.
  private var filled = 0
  private var head: (end: Int, status: Int, length: Int)?

  /// Connects to the loopback; throws when nobody listens.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw BenchFailure("no socket can be made (errno \(errno))") }
    var address = Loopback.address(port: port)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let code = errno
      close(descriptor)
      throw BenchFailure("nobody answers on port \(port) (errno \(code))")
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The bytes of a request.
  static func request(_ method: String, _ path: String, port: Int, token: String? = nil, json: String? = nil) -> [UInt8]
  {
    var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
    if let token { text += "Authorization: Bearer \(token)\r\n" }
    if let json { text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n" }
    return Array((text + "\r\n" + (json ?? "")).utf8)
  }

  /// Sends a request and waits for the whole answer.
  func exchange(_ request: [UInt8]) throws -> Answer {
    try send(request)
    while true {
      if let answer = try receive() { return answer }
    }
  }

  /// Sends a request whole.
  func send(_ request: [UInt8]) throws {
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, request.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw BenchFailure("a request could not be sent (errno \(errno))") }
      sent += count
    }
    filled = 0
    head = nil
  }

  /// Waits for the next bytes; the answer once it is whole, nil while more has to come.
  func receive() throws -> Answer? {
    if filled == buffer.count { buffer.append(contentsOf: [UInt8](repeating: 0, count: buffer.count)) }
    let count = buffer.withUnsafeMutableBytes { bytes in
      recv(descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled, 0)
    }
    guard count > 0 else { throw BenchFailure("the node closed the connection or did not answer (errno \(errno))") }
    filled += count
    if head == nil, let end = headEnd(filled) { head = (end, try status(), try bodyLength(end)) }
    guard let head, filled >= head.end + head.length else { return nil }
    return Answer(status: head.status, body: buffer[head.end..<head.end + head.length])
  }

  /// Where the body begins; nil while the head is not complete.
  private func headEnd(_ filled: Int) -> Int? {
    guard filled >= 4 else { return nil }
    return (4...filled).first { end in
      buffer[end - 1] == 10 && buffer[end - 2] == 13 && buffer[end - 3] == 10 && buffer[end - 4] == 13
    }
  }

  private func status() throws -> Int {
    guard buffer.starts(with: Array("HTTP/1.1 ".utf8)),
      let status = Int(String(decoding: buffer[9..<12], as: UTF8.self))
    else { throw BenchFailure("an answer has no HTTP status line") }
    return status
  }

  /// Reads `Content-Length` byte by byte: the client shares its processors with the node it measures.
  private func bodyLength(_ end: Int) throws -> Int {
    let name = Self.lengthName
    var start = 0
    while start + name.count < end {
      var matched = 0
      while matched < name.count, buffer[start + matched] | 0x20 == name[matched] { matched += 1 }
      if matched == name.count {
        var length = 0
        for byte in buffer[(start + matched)..<end] {
          if byte == 13 { return length }
          if (48...57).contains(byte), length < 1 << 30 { length = length * 10 + Int(byte - 48) }
        }
      }
      start += 1
    }
    throw BenchFailure("an answer does not say how long its body is")
  }

  /// In lower case; the colon, the hyphen and the line feed keep their place under `| 0x20`.
  private static let lengthName = Array("content-length:".utf8)
}
