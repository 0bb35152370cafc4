import Foundation
import Glibc

/// Speaks to the running node of this machine: HTTP/1.1 over the Unix socket in its data directory, one request a connection.
///
/// Blocking, with a deadline over the whole exchange. The node trusts whoever may open the socket.
package struct ControlClient: Sendable {
  /// The socket's name inside the data directory.
  package static let socketName = "control.sock"
  /// Longer answers are refused, so that a broken peer cannot fill the memory.
  package static let answerBytesMax = 64 * 1024 * 1024

  /// Path of the socket.
  package let path: String
  /// E-mail of the person on whose behalf the node acts; nil means the console, an administrator without a name.
  package var person: String?
  /// The language of the node's sentences, a BCP 47 tag.
  package var language: String

  package init(dataDirectory: String, person: String? = nil, language: String = "en") {
    path = dataDirectory + "/" + Self.socketName
    self.person = person
    self.language = language
  }

  /// One answer, read completely.
  package struct Answer: Sendable {
    package var status: Int
    /// Names in lower case; of a repeated header, the last.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String], body: [UInt8]) {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }

  /// Sends a request and reads the answer, whatever its status. `target` is a path with its query, already encoded.
  package func send(
    _ method: String, _ target: String, json: [UInt8]? = nil, headers: [(String, String)] = [],
    timeoutSeconds: Double = 30
  ) throws(ControlFailure) -> Answer {
    var request = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json\r\n"
    request += "Accept-Language: \(language)\r\n"
    var fields = headers
    if let person { fields.append(("X-Relevo-As", person)) }
    if let json {
      if !headers.contains(where: { $0.0 == "Content-Type" }) {
        fields.append(("Content-Type", "application/json"))
      }
      fields.append(("Content-Length", String(json.count)))
    } else if method != "GET" {
      fields.append(("Content-Length", "0"))
    }
    for (name, value) in fields {
      // A line break would end the header and begin another.
      guard !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
        throw .notSendable("\(name) ‘\(value.filter { !$0.isNewline }.prefix(60))’ has a control character in it")
      }
      request += "\(name): \(value)\r\n"
    }
    let socket = try ControlSocket(path: path, timeoutSeconds: timeoutSeconds)
    defer { socket.close() }
    try socket.write(Array((request + "\r\n").utf8) + (json ?? []))
    return try Self.answer(from: socket)
  }

  // MARK: Reading

  private static func answer(from socket: ControlSocket) throws(ControlFailure) -> Answer {
    var reader = AnswerReader(socket: socket)
    while true {
      let answer = try reader.next()
      // 1xx announces the answer proper (RFC 9110 §15.2).
      if answer.status >= 200 { return answer }
    }
  }

  private struct AnswerReader {
    let socket: ControlSocket
    private var buffer: [UInt8] = []
    private var position = 0
    private var total = 0

    init(socket: ControlSocket) {
      self.socket = socket
    }

    mutating func next() throws(ControlFailure) -> Answer {
      let words = try line().split(separator: " ", maxSplits: 2)
      guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status)
      else { throw .garbled("its first line is no HTTP status line") }
      var headers: [String: String] = [:]
      while case let field = try line(), !field.isEmpty {
        guard let colon = field.firstIndex(of: ":") else { throw .garbled("a header line has no colon") }
        let value = field[field.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        headers[field[..<colon].lowercased()] = String(value)
        guard headers.count <= 100 else { throw .garbled("it has more than 100 headers") }
      }
      return Answer(status: status, headers: headers, body: try body(status: status, headers))
    }

    private mutating func body(status: Int, _ headers: [String: String]) throws(ControlFailure) -> [UInt8] {
      if status < 200 || status == 204 || status == 304 { return [] }
      if headers["transfer-encoding"]?.lowercased() == "chunked" { return try chunks() }
      if let text = headers["content-length"] {
        guard let count = Int(text), count >= 0 else { throw .garbled("its length ‘\(text.prefix(20))’ is no number") }
        return try bytes(count)
      }
      while try fill() {}
      return Array(buffer[position...])
    }

    private mutating func chunks() throws(ControlFailure) -> [UInt8] {
      var body: [UInt8] = []
      while true {
        let digits = try line().prefix { $0 != ";" }
        guard let count = Int(digits, radix: 16), count >= 0 else { throw .garbled("a chunk's length is no number") }
        if count == 0 { break }
        body += try bytes(count)
        guard try line().isEmpty else { throw .garbled("a chunk is longer than announced") }
      }
      while try !line().isEmpty {}
      return body
    }

    private mutating func line() throws(ControlFailure) -> String {
      var end = position
      while true {
        while end < buffer.count {
          if buffer[end] == UInt8(ascii: "\n") {
            var line = buffer[position..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            position = end + 1
            return String(decoding: line, as: UTF8.self)
          }
          end += 1
        }
        guard end - position < 64 * 1024 else { throw .garbled("a line of it is longer than 64 KiB") }
        guard try fill() else { throw .brokenOff(path: socket.path) }
      }
    }

    private mutating func bytes(_ count: Int) throws(ControlFailure) -> [UInt8] {
      guard count <= answerBytesMax else { throw .garbled("it is longer than \(answerBytesMax) bytes") }
      while buffer.count - position < count {
        guard try fill() else { throw .brokenOff(path: socket.path) }
      }
      defer { position += count }
      return Array(buffer[position..<position + count])
    }

    /// False when the node has closed the connection.
    private mutating func fill() throws(ControlFailure) -> Bool {
      let more = try socket.read()
      guard !more.isEmpty else { return false }
      total += more.count
      guard total <= answerBytesMax + 1024 * 1024 else { throw .garbled("it is longer than \(answerBytesMax) bytes") }
      buffer += more
      return true
    }
  }
}
