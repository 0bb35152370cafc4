import Foundation
import Glibc
import Node
import Synchronization
import Testing

/// Answers one connection on a Unix socket with what a test wants, and keeps what was asked.
private final class OneAnswer: Sendable {
  let directory: String
  private let asked = Mutex<[UInt8]>([])
  private let listener: Int32

  /// `pieces` are written one after the other; after them the connection is closed unless `staysOpen`.
  init(_ pieces: [String], staysOpen: Bool = false) throws {
    directory = "/tmp/relevo-control-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    listener = try Self.listen(directory + "/" + ControlClient.socketName)
    let thread = Thread { [self] in
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(connection, &buffer, buffer.count, 0)
      asked.withLock { $0 = Array(buffer.prefix(max(0, count))) }
      for piece in pieces {
        let bytes = Array(piece.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        usleep(2_000)  // So that the pieces arrive apart; the outcome must not depend on it.
      }
      if staysOpen { _ = recv(connection, &buffer, 1, 0) }
      close(connection)
    }
    thread.start()
  }

  static func listen(_ path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    try #require(Glibc.listen(descriptor, 8) == 0)
    return descriptor
  }

  var request: String { String(decoding: asked.withLock { $0 }, as: UTF8.self) }

  deinit {
    close(listener)
    // What cannot be removed stays in the system's temporary directory.
    try? FileManager.default.removeItem(atPath: directory)
  }
}

@Suite("Speaking to the running node")
struct ControlClientTests {
  private func body(_ answer: ControlClient.Answer) -> String { String(decoding: answer.body, as: UTF8.self) }

  @Test("A request carries method, target, person, language and body; the answer comes back with status and headers")
  func exchange() throws {
    let node = try OneAnswer(["HTTP/1.1 201 Created\r\nContent-Length: 4\r\nETag: \"x:y\"\r\n\r\n", "done, and more"])
    let client = ControlClient(dataDirectory: node.directory, person: "ana@example.org", language: "es")
    let answer = try client.send("POST", "/api/v1/tickets", json: Array("{}".utf8))
    #expect(answer.status == 201)
    #expect(answer.headers["etag"] == "\"x:y\"")
    #expect(body(answer) == "done")
    #expect(node.request.hasPrefix("POST /api/v1/tickets HTTP/1.1\r\n"))
    #expect(node.request.contains("X-Relevo-As: ana@example.org\r\n"))
    #expect(node.request.contains("Accept-Language: es\r\n"))
    #expect(node.request.contains("Content-Length: 2\r\n"))
    #expect(node.request.hasSuffix("\r\n\r\n{}"))
  }

  @Test("Chunked answers are put together wherever they were cut")
  func chunked() throws {
    let node = try OneAnswer([
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Enc", "oding: chunked\r\n\r\n5\r\nhel",
      "lo\r\n6;x=y\r\n, you",
      "!\r\n0\r\nTrailer: 1\r\n\r\n",
    ])
    #expect(body(try ControlClient(dataDirectory: node.directory).send("GET", "/x")) == "hello, you!")
  }

  @Test("Without a length the answer ends with the connection")
  func untilClosed() throws {
    let node = try OneAnswer(["HTTP/1.1 200 OK\r\n\r\nall of", " it"])
    #expect(body(try ControlClient(dataDirectory: node.directory).send("GET", "/x")) == "all of it")
  }

  @Test("204 has no body, also on a connection that stays open")
  func noContent() throws {
    let node = try OneAnswer(["HTTP/1.1 204 No Content\r\n\r\n"], staysOpen: true)
    let answer = try ControlClient(dataDirectory: node.directory).send("DELETE", "/x", timeoutSeconds: 10)
    #expect(answer.status == 204)
    #expect(answer.body.isEmpty)
  }

  @Test(
    "What is no HTTP answer is refused",
    arguments: [
      "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
  func garbled(_ text: String) throws {
    let node = try OneAnswer([text])
    let failure = #expect(throws: ControlFailure.self) {
      try ControlClient(dataDirectory: node.directory).send("GET", "/x", timeoutSeconds: 10)
    }
    guard case .garbled = failure else {
      Issue.record("expected .garbled, got \(String(describing: failure))")
      return
    }
  }

  @Test(
    "An answer that ends too early is told as a node that ended",
    arguments: ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
  func brokenOff(_ text: String) throws {
    let node = try OneAnswer([text])
    let client = ControlClient(dataDirectory: node.directory)
    #expect(throws: ControlFailure.brokenOff(path: client.path)) { try client.send("GET", "/x", timeoutSeconds: 10) }
  }

  @Test("A node that does not answer is given up on at the deadline, and the message says that it may still act")
  func silent() throws {
    let node = try OneAnswer(["HTTP/1.1 200 OK\r\n"], staysOpen: true)
    let client = ControlClient(dataDirectory: node.directory)
    let start = ContinuousClock.now
    let failure = #expect(throws: ControlFailure.self) { try client.send("GET", "/x", timeoutSeconds: 0.3) }
    #expect(failure == .timedOut(path: client.path, seconds: 0.3))
    #expect(failure?.description.contains("may still be carried out") == true)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("With no socket, and with one nobody listens on, the message says how to start the node")
  func notRunning() throws {
    let client = ControlClient(dataDirectory: "/tmp/relevo-no-\(UUID().uuidString)")
    let failure = #expect(throws: ControlFailure.self) { try client.send("GET", "/x") }
    #expect(failure == .notRunning(path: client.path))
    #expect(failure?.description.contains("relevo serve") == true)

    let directory = "/tmp/relevo-dead-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer {
      // What cannot be removed stays in the system's temporary directory.
      try? FileManager.default.removeItem(atPath: directory)
    }
    let left = ControlClient(dataDirectory: directory)
    close(try OneAnswer.listen(left.path))
    #expect(throws: ControlFailure.notRunning(path: left.path)) { try left.send("GET", "/x") }
  }

  @Test("A path the system cannot take is named with its limit")
  func longPath() {
    let client = ControlClient(dataDirectory: "/tmp/" + String(repeating: "x", count: 120))
    #expect(throws: ControlFailure.pathTooLong(path: client.path, bytesMax: 107)) { try client.send("GET", "/x") }
  }

  @Test("A line break in a header value is refused before anything is sent")
  func headerInjection() {
    let client = ControlClient(dataDirectory: "/tmp/none", person: "a@b\r\nX-Evil: 1")
    let failure = #expect(throws: ControlFailure.self) { try client.send("GET", "/x") }
    guard case .notSendable = failure else {
      Issue.record("expected .notSendable, got \(String(describing: failure))")
      return
    }
  }
}
