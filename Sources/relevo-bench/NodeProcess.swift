import Foundation
import Glibc
import Node

/// A real `relevo serve` in a folder of its own, started and stopped by the benchmark.
final class NodeProcess {
  let code: String
  let folder: String
  let httpPort: Int
  let peerPort: Int

  private let binary: String
  private var process: Process?

  init(_ code: String, binary: String, folder: String) throws {
    self.code = code
    self.binary = binary
    self.folder = folder
    httpPort = try FreePort.find()
    peerPort = try FreePort.find()
  }

  var processID: Int32 { process?.processIdentifier ?? 0 }
  private var configuration: String { folder + "/relevo.yaml" }

  /// Writes the configuration; such neighbours may be nodes that have not joined yet.
  func configure(neighbours: [NodeProcess] = []) throws {
    let entries = neighbours.map { "    - site: \($0.code)\n      address: tcp://127.0.0.1:\($0.peerPort)\n" }
    let list = entries.isEmpty ? "" : "  neighbours:\n" + entries.joined()
    let text = """
      site: \(code)
      data_directory: \(folder)/data
      http:
        host: 127.0.0.1
        port: \(httpPort)
        public_url: http://127.0.0.1:\(httpPort)
      replication:
        bind: tcp://127.0.0.1:\(peerPort)
        advertise: tcp://127.0.0.1:\(peerPort)
      \(list)log:
        level: warning
        format: text

      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
  }

  /// Runs one command of the node's program to its end. Throws with what it said when it fails.
  @discardableResult
  func command(_ arguments: [String], input: String? = nil) throws -> String {
    let command = Process()
    command.executableURL = URL(fileURLWithPath: binary)
    command.arguments = ["--config", configuration] + arguments
    let output = folder + "/command.out"
    let errors = folder + "/command.err"
    command.standardOutput = try Self.file(output)
    command.standardError = try Self.file(errors)
    let pipe = Pipe()
    command.standardInput = pipe
    try command.run()
    if let input { pipe.fileHandleForWriting.write(Data(input.utf8)) }
    try pipe.fileHandleForWriting.close()
    command.waitUntilExit()
    guard command.terminationStatus == 0 else {
      let said = try String(contentsOfFile: errors, encoding: .utf8).suffix(600)
      throw BenchFailure("relevo \(arguments.joined(separator: " ")) ended with \(command.terminationStatus): \(said)")
    }
    return try String(contentsOfFile: output, encoding: .utf8)
  }

  /// Starts the node and waits until it is ready; gives the seconds that took.
  @discardableResult
  func start(timeoutSeconds: Double = 60) throws -> Double {
    let started = Clocks.now()
    try launch()
    while Clocks.now() - started < timeoutSeconds {
      if isReady() { return Clocks.now() - started }
      guard process?.isRunning == true else { break }
      // A start takes a tenth of a second; what takes longer is not to be disturbed by being asked.
      usleep(Clocks.now() - started < 1 ? 2_000 : 50_000)
    }
    let log = try String(contentsOfFile: folder + "/relevo.log", encoding: .utf8).suffix(600)
    throw BenchFailure("the node of \(code) did not become ready: \(log)")
  }

  /// Starts the node and waits for nothing.
  func launch() throws {
    let server = Process()
    server.executableURL = URL(fileURLWithPath: binary)
    server.arguments = ["--config", configuration, "serve"]
    server.standardOutput = FileHandle.nullDevice
    server.standardError = try Self.file(folder + "/relevo.log")
    try server.run()
    process = server
  }

  /// Ends the node as a power cut would.
  func kill() {
    guard let process, process.isRunning else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  private func isReady() -> Bool {
    // Refused connections are what a node that is not there yet looks like.
    guard let connection = try? HTTPConnection(port: httpPort) else { return false }
    // As above.
    return (try? connection.exchange(HTTPConnection.request("GET", "/readyz", port: httpPort)))?.status == 200
  }

  /// Asks the node through its console; answers the fields of a JSON object. Throws unless the status is 2xx.
  func console(_ method: String, _ path: String, _ body: [String: String]) throws -> [String: Any] {
    let client = ControlClient(dataDirectory: folder + "/data")
    let answer = try client.send(method, path, json: [UInt8](try JSONSerialization.data(withJSONObject: body)))
    guard (200..<300).contains(answer.status) else {
      throw BenchFailure(
        "\(method) \(path) was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
    }
    return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
  }

  /// An employee who may open tickets, and a token of theirs.
  func makeToken() throws -> String {
    _ = try console(
      "POST", "/api/v1/users",
      ["email": BenchOffice.employee, "name": "Eva", "role": "employee", "site": code, "language": "en"])
    let answer = try console("POST", "/api/v1/tokens", ["person": BenchOffice.employee, "name": "bench"])
    guard let secret = answer["secret"] as? String else { throw BenchFailure("the node gave no token") }
    return secret
  }

  /// Ends the node as an operator does; throws when it does not go within the deadline.
  func stop(timeoutSeconds: Double = 30) throws {
    guard let process, process.isRunning else { return }
    process.terminate()
    let deadline = Clocks.now() + timeoutSeconds
    while process.isRunning, Clocks.now() < deadline { usleep(10_000) }
    if process.isRunning {
      Glibc.kill(process.processIdentifier, SIGKILL)
      throw BenchFailure("the node of \(code) did not stop within \(Int(timeoutSeconds)) s and was killed")
    }
    self.process = nil
  }

  deinit {
    if let process, process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
  }

  private static func file(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw BenchFailure("\(path) cannot be written") }
    return handle
  }
}

/// A TCP port of the loopback that nobody listens on.
enum FreePort {
  static func find() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw BenchFailure("no socket can be made (errno \(errno))") }
    defer { close(descriptor) }
    var address = Loopback.address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) + getsockname(descriptor, $0, &length)
      }
    }
    guard result == 0 else { throw BenchFailure("no free port of the loopback could be found (errno \(errno))") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// Addresses of 127.0.0.1.
enum Loopback {
  static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(clamping: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
