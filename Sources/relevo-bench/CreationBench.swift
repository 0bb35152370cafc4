import Foundation
import Helpdesk
import OperationLog
import Store

/// Durable creation of tickets through HTTP by 32 clients, beside the bare writer in groups of 32.
struct CreationBench {
  static let part = "creation"
  static let clients = 32
  /// Requests made before the clock runs; after the last comes the first again, as a new ticket.
  static let distinctRequests = 8_192
  /// Tickets the bare writer writes a turn: about as many as the node makes in its ten seconds, because trees, search index and
  /// checkpoints cost more the more there is.
  static let bareTickets = 25_600
  static let bareTurns = 2

  let binary: String
  let seconds: Int
  let scratch: Scratch

  func run() async throws -> [Measurement] {
    let recording = try await record()
    // Before and after, so that a machine that grows busy meanwhile harms both alike.
    var bare = Timings()
    let rows = try turns(recording, "before", &bare)
    let node = try NodeProcess("MAD", binary: binary, folder: try scratch.folder("creation-node"))
    let load = try await create(node)
    _ = try turns(recording, "after", &bare)
    var alone = Timings()
    for turn in 0..<Self.bareTurns { try await createAlone(turn, &alone) }

    let count = Double(recording.operations.count)
    let limit = count / bare.median
    let rate = Double(load.outcome.answers) / load.outcome.seconds
    let target = Measurement.Target.atLeast(25)
    return [
      Measurement(
        Self.part, "bare writer, groups of \(Self.clients)", limit, "tickets/s", processorSeconds: bare.processorMedian),
      Measurement(
        Self.part, "through HTTP, \(Self.clients) clients", rate, "tickets/s", processorSeconds: load.nodeSeconds),
      Measurement(
        Self.part, "share of the bare writer", 100 * rate / limit, "%", target: target,
        processorSeconds: load.clientSeconds),
      Measurement(
        Self.part, "without HTTP, \(Self.clients) tasks", count / alone.median, "tickets/s",
        processorSeconds: alone.processorMedian),
      Measurement(Self.part, "latency, median", load.outcome.latencies.percentile(50) * 1000, "ms"),
      Measurement(Self.part, "latency, 99 of 100", load.outcome.latencies.percentile(99) * 1000, "ms"),
      Measurement(
        Self.part, "node, per ticket", load.nodeSeconds / Double(max(1, load.outcome.answers)) * 1e6, "µs CPU"),
      Measurement(Self.part, "rows written per ticket", rows.written, "rows"),
      Measurement(Self.part, "index entries per ticket", rows.indexed, "entries"),
    ]
  }

  // MARK: The limit

  /// Creates tickets in a store of this process, to know which rows they are.
  private func record() async throws -> Recording {
    let office = try await office("creation-source")
    let recorder = try await Recorder(office.store)
    try await create(in: office) { try await recorder.note($0) }
    let recording = try await recorder.recording()
    scratch.discard("creation-source")
    return recording
  }

  /// The same in a store of its own, to tell what HTTP and JSON cost.
  private func createAlone(_ turn: Int, _ timings: inout Timings) async throws {
    let folder = "creation-alone-\(turn)"
    let office = try await office(folder)
    try await timings.time { try await create(in: office) { _ in } }
    scratch.discard(folder)
  }

  private func office(_ folder: String) async throws -> BenchOffice {
    let office = try BenchOffice("MAD", cluster: ClusterID(high: 1, low: 2), folder: try scratch.folder(folder))
    try await office.found()
    return office
  }

  /// As many tasks as there are clients, each creating one ticket after the other.
  private func create(
    in office: BenchOffice, _ note: @escaping @Sendable (CommandOutcome) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<Self.clients {
        group.addTask {
          for turn in 0..<Self.bareTickets / Self.clients {
            let ticket = Self.ticket(client, turn)
            let outcome = try await office.execute(
              .openTicket(OpenTicket(subject: ticket.subject, description: ticket.description, channel: .api)),
              by: BenchOffice.employee)
            try await note(outcome)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func turns(
    _ recording: Recording, _ name: String, _ timings: inout Timings
  ) throws -> (written: Double, indexed: Double) {
    let count = recording.operations.count
    let plans = BareWriter.plans(recording, groups: Array(repeating: Self.clients, count: count / Self.clients))
    var rows = (written: 0.0, indexed: 0.0)
    for turn in 0..<Self.bareTurns {
      let folder = "creation-\(name)-\(turn)"
      let writer = try BareWriter(recording, path: try scratch.folder(folder) + "/bare.sqlite")
      try timings.time { try writer.write(plans) }
      rows = (Double(writer.rowCount) / Double(count), Double(try writer.indexEntryCount()) / Double(count))
      scratch.discard(folder)
    }
    return rows
  }

  // MARK: The node

  private struct Load {
    var outcome: LoadGenerator.Outcome
    var nodeSeconds: Double
    var clientSeconds: Double
  }

  private func create(_ node: NodeProcess) async throws -> Load {
    try node.configure()
    try node.command(["cluster", "init", "--site", node.code, "--name", "Bench"])
    try node.start()
    let token = try node.makeToken()
    let port = node.httpPort
    let requests = (0..<Self.distinctRequests).map { turn in
      let ticket = Self.ticket(Self.clients, turn)
      // The words are plain ASCII and Latin letters: nothing in them needs escaping.
      let json = "{\"subject\":\"\(ticket.subject)\",\"description\":\"\(ticket.description)\"}"
      return HTTPConnection.request("POST", "/api/v1/tickets", port: port, token: token, json: json)
    }
    let generator = LoadGenerator(port: port, clients: Self.clients, requests: requests, expectedStatus: 201)
    _ = try generator.run(seconds: 1)
    let nodeBefore = try Clocks.processorSeconds(of: node.processID)
    let clientBefore = Clocks.processorSeconds()
    let outcome = try generator.run(seconds: Double(seconds))
    let load = Load(
      outcome: outcome, nodeSeconds: try Clocks.processorSeconds(of: node.processID) - nodeBefore,
      clientSeconds: Clocks.processorSeconds() - clientBefore)
    try node.stop()
    return load
  }

  private static func ticket(_ client: Int, _ turn: Int) -> (subject: String, description: String) {
    var words = Workload(seed: UInt64(client) << 32 | UInt64(turn))
    return (words.subject(), words.description())
  }
}
