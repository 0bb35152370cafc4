import Foundation
import Glibc

/// An HTTP client for the loopback and the networks of tests: one connection a request, blocking, with a time limit.
struct LoopbackHTTP: Sendable {
  /// What a node answered.
  struct Answer {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; throws with the answer's text where the status is another one.
    func decode<Value: Decodable>(_ type: Value.Type, status expected: Int = 200) throws -> Value {
      guard status == expected else {
        throw Failure(description: "the answer was \(status) instead of \(expected): \(text.prefix(600))")
      }
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: body)
    }
  }

  /// No whole answer came.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// A person's access, or nil for none.
  var token: String?
  var host = "127.0.0.1"
  let port: UInt16
  /// For each wait on the socket.
  var patienceSeconds = 10

  /// Sends one request and reads the whole answer. Throws `Failure`.
  func send(
    _ method: String, _ target: String, json: (any Encodable)? = nil, headers: [String: String] = [:]
  ) throws -> Answer {
    let descriptor = try connected()
    defer { close(descriptor) }
    try Self.write(try request(method, target, json: json, headers: headers), to: descriptor)
    var answer: [UInt8] = []
    while true {
      let bytes = try Self.read(descriptor)
      if bytes.isEmpty { return try Self.parse(answer) }
      answer += bytes
    }
  }

  /// Asks for something that never ends, and waits for its beginning. Throws `Failure`.
  func hold(_ target: String) throws -> HeldConnection {
    let descriptor = try connected()
    let held = HeldConnection(descriptor: descriptor)
    try Self.write(try request("GET", target), to: descriptor)
    let start = String(decoding: try Self.read(descriptor), as: UTF8.self)
    guard start.hasPrefix("HTTP/1.1 200") else { throw Failure(description: "\(target) was answered \(start)") }
    return held
  }

  private func request(
    _ method: String, _ target: String, json: (any Encodable)? = nil, headers: [String: String] = [:]
  ) throws -> [UInt8] {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n"
    if let token { head += "Authorization: Bearer \(token)\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    var body = Data()
    if let json {
      body = try JSONEncoder().encode(json)
      head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
    }
    return Array((head + "\r\n").utf8) + Array(body)
  }

  // MARK: Sockets

  private func connected() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Self.failure("no socket") }
    var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    var address = Loopback.address(host: host, port: port)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let failure = Self.failure("nobody answers on port \(port)")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw failure("the request could not be sent") }
      sent += count
    }
  }

  /// The next bytes; none at the end.
  private static func read(_ descriptor: Int32) throws -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw failure("the answer broke off") }
    return buffer[..<count]
  }

  private static func failure(_ what: String) -> Failure {
    Failure(description: "\(what) (\(String(cString: strerror(errno))))")
  }

  private static func parse(_ bytes: [UInt8]) throws -> Answer {
    let all = Data(bytes)
    guard let end = all.range(of: Data([13, 10, 13, 10])) else {
      throw Failure(description: "the node closed the connection before the head of an answer")
    }
    let lines = String(decoding: all[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count >= 2, let status = Int(words[1]) else {
      throw Failure(description: "an answer begins with \(lines.first ?? "nothing")")
    }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      headers[line[..<colon].lowercased()] = value
    }
    let body = Data(all[end.upperBound...])
    // A node killed in the middle of an answer leaves a shorter one: that acknowledges nothing.
    if let length = headers["content-length"].flatMap({ Int($0) }), length != body.count {
      throw Failure(description: "an answer of \(length) bytes broke off after \(body.count)")
    }
    return Answer(status: status, headers: headers, body: body)
  }
}
