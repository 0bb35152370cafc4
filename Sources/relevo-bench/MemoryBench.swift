import Foundation
import Helpdesk
import Logging
import Node
import OperationLog
import PeerTransport
import Store

/// Real nodes with a thousand streams and a million operations: their memory, and how a neighbour catches up with all of it,
/// beside the same operations taken in without a link by a store that grows as large.
struct MemoryBench {
  static let part = "memory"
  /// The part of the figures that are about time.
  static let catchUpPart = "catchup"
  static let peers = 41
  static let waitSecondsMax = 1_800.0
  static let restSeconds = 10.0
  /// How long all peers read, and how long half of them have read nothing when the highest memory is asked for.
  static let readingSeconds = 5.0
  static let trafficSeconds = 10.0
  /// Streams that are written before the clock runs, so that the whole log is never in memory.
  private static let streamsAtOnce = 20

  let binary: String
  let streams: Int
  let scratch: Scratch

  /// What was made before the nodes began.
  private struct Filling {
    var operations = 0.0
    var applied = Clocks.Span()
    /// Nodes of the directory that write nothing.
    var guests: [LargeLog.Office] = []
  }

  func run() async throws -> [Measurement] {
    let madrid = try NodeProcess("MAD", binary: binary, folder: try scratch.folder("memory-mad"))
    let (lyon, zurich) = (try receiver("LYO"), try receiver("ZRH"))
    try madrid.configure(neighbours: [lyon, zurich])
    try madrid.command(["cluster", "init", "--site", "MAD", "--name", "Madrid"])
    let filling = try await fill(madrid)
    let spent = String(
      format: "%.1f s of the clock, %.1f s of the processors", filling.applied.wall, filling.applied.processor)
    Console.say("  \(Int(filling.operations)) operations taken in within \(spent)")
    let ready = try madrid.start(timeoutSeconds: Self.waitSecondsMax)
    var figures = [
      Measurement(Self.part, "operations in the store", filling.operations, ""),
      Measurement(Self.part, "streams in the store", Double(streams + 1), ""),
      Measurement(Self.part, "start to ready", ready, "s"),
      Measurement(
        Self.part, "highest after the start", try Clocks.highestMebibytes(of: madrid.processID), "MiB",
        target: .atMost(128)),
    ]
    try join(lyon, to: madrid)
    figures += try await catchUp(lyon, from: madrid, filling)
    try join(zurich, to: madrid)
    figures += try await resume(zurich, from: madrid, filling)
    try madrid.stop()
    figures += try await measurePeers(of: madrid, filling)
    return figures
  }

  // MARK: Filling the store

  private func fill(_ node: NodeProcess) async throws -> Filling {
    guard let file = try NodeIdentityFile.read(directory: node.folder + "/data") else {
      throw BenchFailure("there is no node in \(node.folder)")
    }
    let powers = StorePowers.system
    var logger = Logger(label: "relevo-bench")
    logger.logLevel = .error
    let store = try SiteStore.open(
      directory: node.folder + "/data", identity: try file.storeIdentity(), powers: powers, logger: logger)
    let offices = (0..<streams).map { LargeLog.Office("S\($0)", powers: powers) }
    var filling = Filling()
    filling.guests = (0..<Self.peers).map { LargeLog.Office("P\($0)", powers: powers) }
    for body in (offices + filling.guests).flatMap({ $0.admission(powers.hashing) }) {
      _ = try await store.execute(Command(actor: .console, body: body))
    }
    let log = try await LargeLog(cluster: try file.keys().cluster, folder: try scratch.folder("memory-template"))
    scratch.discard("memory-template")
    for first in stride(from: 0, to: offices.count, by: Self.streamsAtOnce) {
      let runs = offices[first..<min(first + Self.streamsAtOnce, offices.count)].flatMap(log.runs)
      try await filling.applied.time { try await ApplyBench.ingest(runs, into: store) }
    }
    filling.operations = Double(try await store.vector().operationCount)
    try await store.close()
    return filling
  }

  // MARK: Catching up

  private func receiver(_ code: String) throws -> NodeProcess {
    try NodeProcess(code, binary: binary, folder: try scratch.folder("memory-\(code.lowercased())"))
  }

  private func join(_ node: NodeProcess, to madrid: NodeProcess) throws {
    try node.configure(neighbours: [madrid])
    let invitation = try madrid.command(["cluster", "invite", "--site", node.code, "--name", node.code])
    try node.command(["join"], input: invitation)
  }

  /// Waits until the node lacks at most so many operations; 0: until both hold the same.
  private func wait(_ node: NodeProcess, lacksAtMost operations: Int) throws {
    let deadline = Clocks.now() + Self.waitSecondsMax
    while Clocks.now() < deadline {
      // A node that does not listen yet lacks whatever it lacked.
      if let seen = try? PeerTraffic(of: node), seen.operationsReceived + seen.bytesReceived > 0,
        seen.operationsIn <= operations, operations > 0 || seen.isSynced
      {
        return
      }
      usleep(50_000)
    }
    throw BenchFailure("\(node.code) did not catch up within \(Int(Self.waitSecondsMax)) s")
  }

  private func catchUp(
    _ lyon: NodeProcess, from madrid: NodeProcess, _ filling: Filling
  ) async throws -> [Measurement] {
    let before = try Clocks.processorSeconds(of: madrid.processID)
    let began = Clocks.now()
    try lyon.start(timeoutSeconds: Self.waitSecondsMax)
    try wait(lyon, lacksAtMost: 0)
    let seconds = Clocks.now() - began
    let sender = try Clocks.processorSeconds(of: madrid.processID) - before
    let receiver = try Clocks.processorSeconds(of: lyon.processID)
    let sent = try PeerTraffic(of: madrid, peer: "LYO")
    let (highest, received) = (
      try Clocks.highestMebibytes(of: madrid.processID), try Clocks.highestMebibytes(of: lyon.processID)
    )
    try await Task.sleep(for: .seconds(Self.restSeconds))
    let count = Double(sent.operationsSent)
    let applied = filling.applied
    var figures = [
      Measurement(
        Self.catchUpPart, "taken in without a link, \(Int(filling.operations)) operations",
        filling.operations / applied.wall, "operations/s", processorSeconds: applied.processor),
      Measurement(
        Self.catchUpPart, "caught up over a link, with the node's start", count / seconds, "operations/s",
        processorSeconds: sender + receiver),
      Measurement(
        Self.catchUpPart, "time beside the time without a link", seconds / applied.wall, "×", target: .atMost(1.5)),
      Measurement(
        Self.catchUpPart, "receiver's processor time beside that without a link", receiver / applied.processor, "×",
        processorSeconds: receiver),
      Measurement(
        Self.catchUpPart, "sender's processor time beside that without a link", sender / applied.processor, "×",
        processorSeconds: sender),
      Measurement(
        Self.catchUpPart, "bytes on the wire per operation", Double(sent.bytesSent) / max(1, count), "bytes",
        target: .atMost(140)),
      Measurement(Self.part, "sender, highest", highest, "MiB", target: .atMost(128)),
      Measurement(
        Self.part, "sender, at rest", try Clocks.residentMebibytes(of: madrid.processID), "MiB", target: .atMost(128)),
      Measurement(Self.part, "receiver, highest", received, "MiB", target: .atMost(128)),
      Measurement(
        Self.part, "receiver, at rest", try Clocks.residentMebibytes(of: lyon.processID), "MiB", target: .atMost(128)),
    ]
    figures.append(try await greetAgain(lyon))
    try lyon.stop()
    scratch.discard("memory-lyo")
    return figures
  }

  /// Two nodes that hold the same greet one another: every byte of every frame in both directions.
  private func greetAgain(_ lyon: NodeProcess) async throws -> Measurement {
    try lyon.stop()
    try lyon.start(timeoutSeconds: Self.waitSecondsMax)
    let deadline = Clocks.now() + 30
    while try PeerTraffic(of: lyon).bytesReceived == 0 {
      guard Clocks.now() < deadline else { throw BenchFailure("Lyon did not greet Madrid again within 30 s") }
      usleep(20_000)
    }
    // Both greetings and the first ping with its answer; the next ping comes five seconds later.
    try await Task.sleep(for: .seconds(2))
    let seen = try PeerTraffic(of: lyon)
    guard seen.operationsReceived + seen.operationsSent == 0 else {
      throw BenchFailure("the nodes that were to be equal exchanged operations")
    }
    return Measurement(
      Self.catchUpPart, "equal nodes greet again, \(streams + 1) streams, both directions",
      Double(seen.bytesReceived + seen.bytesSent), "bytes", target: .atMost(500))
  }

  /// The receiver is killed in the middle, and later the link is cut for a while: it goes on from where it was.
  private func resume(
    _ zurich: NodeProcess, from madrid: NodeProcess, _ filling: Filling
  ) async throws -> [Measurement] {
    try zurich.launch()
    try wait(zurich, lacksAtMost: Int(filling.operations * 2 / 3))
    zurich.kill()
    try zurich.launch()
    try wait(zurich, lacksAtMost: Int(filling.operations / 3))
    try zurich.command(["peer", "pause", madrid.code])
    try await Task.sleep(for: .seconds(2))
    try zurich.command(["peer", "resume", madrid.code])
    try wait(zurich, lacksAtMost: 0)
    let sent = Double(try PeerTraffic(of: madrid, peer: "ZRH").operationsSent)
    let held = Double(try PeerTraffic(of: zurich).operationsReceived)
    try zurich.stop()
    scratch.discard("memory-zrh")
    return [
      Measurement(
        Self.catchUpPart, "sent in all, killed and cut once each in the middle", 100 * sent / filling.operations,
        "% of the log", target: .atMost(105)),
      Measurement(
        Self.catchUpPart, "of it after the kill", 100 * held / filling.operations, "% of the log"),
    ]
  }

  // MARK: Peers

  private func measurePeers(of madrid: NodeProcess, _ filling: Filling) async throws -> [Measurement] {
    let alone = try await highest(of: madrid, with: Array(filling.guests.prefix(1)))
    let many = try await highest(of: madrid, with: filling.guests)
    return [
      Measurement(Self.part, "highest with one peer and tickets being opened", alone, "MiB", target: .atMost(128)),
      Measurement(Self.part, "highest with \(filling.guests.count) peers, half of them frozen", many, "MiB"),
      Measurement(
        Self.part, "for each peer more", (many - alone) / Double(max(1, filling.guests.count - 1)), "MiB",
        target: .atMost(2.5)),
    ]
  }

  /// Every peer asks for the whole log; then half of them stop reading while tickets are opened.
  private func highest(of madrid: NodeProcess, with guests: [LargeLog.Office]) async throws -> Double {
    guard let keys = try NodeIdentityFile.read(directory: madrid.folder + "/data")?.keys() else {
      throw BenchFailure("there is no node in \(madrid.folder)")
    }
    try madrid.start(timeoutSeconds: Self.waitSecondsMax)
    let token = try madrid.makeToken()
    let server = LightPeer.Server(
      cluster: keys.cluster, node: keys.node, key: keys.curve.publicKey,
      endpoint: try TransportEndpoint("tcp://127.0.0.1:\(madrid.peerPort)"))
    let peers = try guests.map { try LightPeer($0, server: server) }
    let deadline = Clocks.now() + 60
    while !peers.allSatisfy({ $0.operationsIn > 0 }) {
      guard Clocks.now() < deadline else { throw BenchFailure("not every peer got operations within 60 s") }
      usleep(20_000)
    }
    try await Task.sleep(for: .seconds(Self.readingSeconds))
    for (place, peer) in peers.enumerated() where place % 2 == 1 { peer.freeze() }
    let requests = (0..<256).map { turn in
      var words = Workload(seed: UInt64(turn))
      let json = "{\"subject\":\"\(words.subject())\",\"description\":\"\(words.description())\"}"
      return HTTPConnection.request("POST", "/api/v1/tickets", port: madrid.httpPort, token: token, json: json)
    }
    _ = try LoadGenerator(port: madrid.httpPort, clients: 8, requests: requests, expectedStatus: 201)
      .run(seconds: Self.trafficSeconds)
    let highest = try Clocks.highestMebibytes(of: madrid.processID)
    for peer in peers { await peer.stop() }
    try madrid.stop()
    return highest
  }
}
