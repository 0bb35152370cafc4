import Foundation
import FoundationNetworking
import Glibc
import Helpdesk
import Logging
import OpenSSLCrypto
import OperationLog
import Status
import Store
import Testing

@testable import WebServer

/// Runs a real server on a free port over a furnished office, hands both to the test, and stops it.
func withServer(
  settings: WebServerSettings = WebServerSettings(host: "127.0.0.1", port: 0),
  _ test: (WebClient, WebOffice, WebServer) async throws -> Void
) async throws {
  let office = try await WebOffice.open()
  var logger = Logger(label: "relevo.tests")
  logger.logLevel = .critical
  let server = WebServer(services: office, settings: settings, logger: logger)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run() }
    let port = try #require(await server.port(), "the server did not start")
    let client = WebClient(port: port)
    defer {
      client.session.invalidateAndCancel()
      group.cancelAll()
    }
    try await test(client, office, server)
  }
}

/// Speaks to one server as programs and browsers do.
struct WebClient {
  let port: Int
  let session: URLSession

  init(port: Int) {
    self.port = port
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    configuration.timeoutIntervalForRequest = 20
    session = URLSession(configuration: configuration)
  }

  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { get throws { try JSONReader.read(body) } }

    func header(_ name: String) -> String? { headers[name.lowercased()] }

    /// The end of a problem document's type.
    var problem: String? {
      guard header("content-type") == "application/problem+json" else { return nil }
      return (try? json)?["type"]?.text?.split(separator: ":").last.map(String.init)
    }

    /// The pointers, parameters and headers a problem document names.
    var places: [String] {
      ((try? json)?["errors"]?.elements ?? []).compactMap {
        ($0["pointer"] ?? $0["parameter"] ?? $0["header"])?.text
      }
    }
  }

  /// Sends a request as somebody ("ana" has the token "ana-token"; nil is nobody).
  func send(
    _ method: String, _ path: String, as name: String? = "ana", _ body: String? = nil, bytes: [UInt8]? = nil,
    headers: [String: String] = [:]
  ) async throws -> Answer {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
    var request = URLRequest(url: url)
    request.httpMethod = method
    if let name { request.setValue("Bearer \(name)-token", forHTTPHeaderField: "Authorization") }
    if let content = bytes ?? body.map({ Array($0.utf8) }) {
      request.httpBody = Data(content)
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await session.data(for: request)
    let http = try #require(response as? HTTPURLResponse)
    var fields: [String: String] = [:]
    for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
    return Answer(status: http.statusCode, headers: fields, body: [UInt8](data))
  }

  func get(_ path: String, as name: String? = "ana", headers: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, as: name, headers: headers)
  }

  func post(
    _ path: String, as name: String? = "ana", _ body: String? = nil, headers: [String: String] = [:]
  ) async throws -> Answer {
    try await send("POST", path, as: name, body, headers: headers)
  }

  /// Opens a ticket for eva and answers its number.
  func open(_ subject: String = "VPN fails", as name: String = "eva") async throws -> String {
    let answer = try await post(
      "/api/v1/tickets", as: name, #"{"subject": "\#(subject)", "description": "Since this morning"}"#)
    return try #require(try answer.json["number"]?.text)
  }

  /// Writes bytes to a connection of its own and reads until the text fits, the server closes, or ten seconds pass.
  func raw(_ request: String, until isEnough: @escaping @Sendable (String) -> Bool) async -> String {
    let port = port
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Self.exchange(port, Array(request.utf8), isEnough))
      }
    }
  }

  private static func exchange(_ port: Int, _ request: [UInt8], _ isEnough: (String) -> Bool) -> String {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected, Glibc.send(socket, request, request.count, 0) == request.count else { return "" }
    var timeout = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let deadline = Date().addingTimeInterval(10)
    while Date() < deadline {
      let count = recv(socket, &buffer, buffer.count, 0)
      if count == 0 { break }
      if count > 0 { received.append(contentsOf: buffer[..<count]) }
      if isEnough(String(decoding: received, as: UTF8.self)) { break }
    }
    return String(decoding: received, as: UTF8.self)
  }
}

extension JSONValue {
  subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }
  var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
  /// The texts of one member of every element.
  func column(_ name: String) -> [String] { elements.compactMap { $0[name]?.text } }
  var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }
}
