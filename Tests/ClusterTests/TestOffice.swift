import Foundation
import Glibc
import Synchronization

/// One office of a test cluster: its configuration, its node's process, and what is asked of it.
final class TestOffice: Sendable {
  /// How a command of `relevo` ended and what it said.
  struct CommandResult {
    let ending: ChildProcess.Ending
    let output: String
    let errors: String
  }

  /// A command or a node did something else than it should.
  struct Unexpected: Error, CustomStringConvertible {
    let description: String
  }

  let code: String
  let name: String
  let timeZone: String
  /// Where the node listens, IPv4.
  let host: String
  let httpPort: UInt16
  let peerPort: UInt16
  /// Words before each command that put it into the office's own network; none on the loopback.
  private let launcher: [String]
  private let folder: String
  private let binary: String
  private let server = Mutex<ChildProcess?>(nil)
  private let commandCount = Mutex(0)
  private let secret = Mutex<String?>(nil)

  init(
    _ code: String, name: String, timeZone: String, host: String = "127.0.0.1", ports: (http: UInt16, peers: UInt16),
    launcher: [String] = [], folder: String, binary: String
  ) {
    self.code = code
    self.name = name
    self.timeZone = timeZone
    self.host = host
    self.launcher = launcher
    httpPort = ports.http
    peerPort = ports.peers
    self.folder = folder
    self.binary = binary
  }

  /// Where the node keeps its database and what stands beside it.
  var dataDirectory: String { folder + "/data" }
  private var configuration: String { folder + "/relevo.yaml" }
  private var logPath: String { folder + "/relevo.log" }

  /// Writes the configuration file, with the neighbours and the ports where they are dialled.
  /// `settings` are lines of sections of their own.
  func configure(neighbours: [(code: String, host: String, port: UInt16)], settings: String = "") throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var text = """
      site: \(code)
      data_directory: \(folder)/data
      http:
        host: \(host)
        port: \(httpPort)
        public_url: http://\(host):\(httpPort)
      replication:
        bind: tcp://\(host):\(peerPort)
        advertise: tcp://\(host):\(peerPort)

      """
    if !neighbours.isEmpty { text += "  neighbours:\n" }
    for office in neighbours {
      text += "    - site: \(office.code)\n      address: tcp://\(office.host):\(office.port)\n"
    }
    text += "log:\n  level: info\n  format: text\n" + settings
    try text.write(toFile: configuration, atomically: true, encoding: .utf8)
  }

  // MARK: Commands

  /// Runs `relevo` with this office's configuration to its end, whatever that is.
  func relevo(_ arguments: [String], within limit: Duration = .seconds(60)) async throws -> CommandResult {
    let count = commandCount.withLock { count in
      count += 1
      return count
    }
    let output = "\(folder)/command-\(count).out"
    let errors = "\(folder)/command-\(count).err"
    let process = try launch(arguments, output: output, errors: errors)
    let ending = try await eventually("relevo \(arguments.joined(separator: " ")) at \(code) ends", within: limit) {
      process.ending()
    }
    return CommandResult(
      ending: ending, output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  private func launch(_ arguments: [String], output: String, errors: String) throws -> ChildProcess {
    let words = launcher + [binary, "--config", configuration] + arguments
    return try ChildProcess(words[0], Array(words.dropFirst()), output: output, errors: errors)
  }

  /// Runs a command that must end with code 0; its standard output without the last line break.
  @discardableResult
  func run(_ arguments: String...) async throws -> String {
    let result = try await relevo(arguments)
    guard result.ending == .code(0) else {
      let command = arguments.joined(separator: " ")
      throw Unexpected(description: "relevo \(command) at \(code) ended with \(result.ending): \(result.errors)")
    }
    return result.output.trimmingCharacters(in: .newlines)
  }

  /// `relevo status --format json` with how it ended.
  func status() async throws -> (ending: ChildProcess.Ending, report: StatusAnswer) {
    let result = try await relevo(["status", "--format", "json"])
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (result.ending, try decoder.decode(StatusAnswer.self, from: Data(result.output.utf8)))
  }

  // MARK: The node

  /// The running node; nil before the first start and after its end was waited for.
  var node: ChildProcess? { server.withLock { $0 } }

  /// Starts the node and waits until it is ready; the time that took.
  @discardableResult
  func serve(within limit: Duration = .seconds(60)) async throws -> Duration {
    let start = ContinuousClock.now
    let process = try launch(["serve"], output: logPath, errors: logPath)
    server.withLock { $0 = process }
    let isReady = try await eventually("the node of \(code) is ready", within: limit) { () -> Bool? in
      if process.ending() != nil { return false }
      return try http().send("GET", "/readyz").status == 200 ? true : nil
    }
    guard isReady else {
      throw Unexpected(
        description: "The node of \(code) ended instead of starting: \(String(describing: process.ending()))")
    }
    return ContinuousClock.now - start
  }

  /// Sends the node a signal and waits for its end.
  func end(_ signal: Int32, within limit: Duration = .seconds(30)) async throws -> ChildProcess.Ending {
    guard let process = node else { throw Unexpected(description: "The node of \(code) does not run.") }
    process.send(signal)
    let ending = try await eventually("the node of \(code) ends", within: limit) { process.ending() }
    server.withLock { $0 = nil }
    return ending
  }

  /// Kills the node where it still runs.
  func abandon() { server.withLock { $0 = nil } }

  /// The end of the node's log.
  func logTail() -> String {
    guard let bytes = FileManager.default.contents(atPath: logPath) else { return "(no log)" }
    return String(decoding: bytes.suffix(6_000), as: UTF8.self)
  }

  // MARK: The API

  /// From now on requests are an agent's of this office.
  func use(token: String) { secret.withLock { $0 = token } }

  /// The client that asks this node.
  func http() -> LoopbackHTTP { LoopbackHTTP(token: secret.withLock { $0 }, host: host, port: httpPort) }

  /// Opens a ticket; throws unless the answer is 201.
  @discardableResult
  func open(_ subject: String) throws -> TicketAnswer {
    try http().send("POST", "/api/v1/tickets", json: ["subject": subject, "description": "Opened by a test."])
      .decode(TicketAnswer.self, status: 201)
  }

  /// A ticket by number; nil where this office does not know it.
  func ticket(_ number: String) throws -> TicketAnswer? {
    let answer = try http().send("GET", "/api/v1/tickets/\(number)")
    return answer.status == 404 ? nil : try answer.decode(TicketAnswer.self)
  }

  /// Changes a ticket's subject as somebody who sees it as it is here now.
  func changeSubject(of number: String, to subject: String) async throws {
    _ = try await eventually("the subject of \(number) is changed at \(code)") { () -> Bool? in
      let shown = try http().send("GET", "/api/v1/tickets/\(number)")
      guard let tag = shown.headers["etag"] else {
        throw Unexpected(description: "\(number) at \(code) was answered \(shown.status) without an ETag")
      }
      let answer = try http().send(
        "PATCH", "/api/v1/tickets/\(number)", json: ["subject": subject], headers: ["If-Match": tag])
      // Automatic assignment may have come in between; whoever sees 412 looks again.
      if answer.status == 412 { return nil }
      return try answer.decode(TicketAnswer.self).subject == subject
    }
  }

  /// The open conflicts.
  func conflicts() throws -> [ConflictAnswer] {
    try http().send("GET", "/api/v1/conflicts?limit=200").decode(ListAnswer<ConflictAnswer>.self).items
  }

  /// Decides a conflict; throws unless it was accepted.
  func resolve(_ field: String, of number: String, as value: String) throws {
    _ = try http().send("POST", "/api/v1/tickets/\(number)/conflicts/\(field)", json: ["value": value])
      .decode(TicketAnswer.self)
  }

  /// Subjects of all tickets by number, read page by page.
  func allTickets() throws -> [String: String] {
    var subjects: [String: String] = [:]
    var after: String?
    repeat {
      let target = "/api/v1/tickets?limit=200" + (after.map { "&after=\($0)" } ?? "")
      let page = try http().send("GET", target).decode(ListAnswer<TicketAnswer>.self)
      for ticket in page.items { subjects[ticket.number] = ticket.subject }
      after = page.next
    } while after != nil
    return subjects
  }
}
