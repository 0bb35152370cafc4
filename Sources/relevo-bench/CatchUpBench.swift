import Foundation

/// An office that was away catches up with the whole incident log of another: two real nodes, one link.
///
/// Beside it stands the same log taken in without a link, run by run, by a store of this process.
struct CatchUpBench {
  static let part = "catchup"
  static let secondsMax = 1_800.0

  let binary: String
  let incidents: String
  let scratch: Scratch

  func run() async throws -> [Measurement] {
    guard FileManager.default.fileExists(atPath: incidents) else {
      throw BenchFailure("\(incidents) is not here; name the incident log with --incidents")
    }
    let madrid = try NodeProcess("MAD", binary: binary, folder: try scratch.folder("catchup-mad"))
    let lyon = try NodeProcess("LYO", binary: binary, folder: try scratch.folder("catchup-lyo"))
    try madrid.configure(neighbours: [lyon])
    try lyon.configure(neighbours: [madrid])
    try madrid.command(["cluster", "init", "--site", "MAD", "--name", "Madrid"])
    try madrid.start()
    let invitation = try madrid.command(["cluster", "invite", "--site", "LYO", "--name", "Lyon"])
    try lyon.command(["join"], input: invitation)
    try madrid.command(["import", "volvo-incidents", incidents])

    let before = try Clocks.processorSeconds(of: madrid.processID)
    let sentBefore = try PeerTraffic(of: madrid)
    let began = Clocks.now()
    // A node that has just joined is ready once it holds what its neighbour holds.
    try lyon.start(timeoutSeconds: Self.secondsMax)
    var seen = try PeerTraffic(of: lyon)
    while seen.operationsIn > 0 || !seen.isSynced {
      guard Clocks.now() - began < Self.secondsMax else {
        throw BenchFailure("Lyon still lacks \(seen.operationsIn) operations after \(Int(Self.secondsMax)) s")
      }
      usleep(50_000)
      seen = try PeerTraffic(of: lyon)
    }
    let seconds = Clocks.now() - began
    let sent = try PeerTraffic(of: madrid)
    let operations = Double(sent.operationsSent - sentBefore.operationsSent)
    let bytes = Double(sent.bytesSent - sentBefore.bytesSent)
    let sender = try Clocks.processorSeconds(of: madrid.processID) - before
    let receiver = try Clocks.processorSeconds(of: lyon.processID)
    let memory = try Clocks.highestMebibytes(of: madrid.processID)
    let peak = try Clocks.highestMebibytes(of: lyon.processID)
    try lyon.stop()
    try madrid.stop()
    return [
      Measurement(Self.part, "operations of the incident log", operations, ""),
      Measurement(
        Self.part, "caught up over a link", operations / seconds, "operations/s", processorSeconds: sender + receiver),
      Measurement(
        Self.part, "bytes on the wire per operation", bytes / max(1, operations), "bytes", target: .atMost(140)),
      Measurement(Self.part, "resident memory of the sender, highest", memory, "MiB"),
      Measurement(Self.part, "resident memory of the receiver, highest", peak, "MiB", target: .atMost(128)),
    ]
  }
}
