import Foundation

/// Start and memory of a node that holds the real incident log and has nothing to do.
struct IdleBench {
  static let part = "idle"
  static let starts = 5
  static let idleSeconds = 10.0

  let binary: String
  let incidents: String
  let scratch: Scratch

  func run() async throws -> [Measurement] {
    guard FileManager.default.fileExists(atPath: incidents) else {
      throw BenchFailure("\(incidents) is not here; name the incident log with --incidents")
    }
    let node = try NodeProcess("MAD", binary: binary, folder: try scratch.folder("idle-node"))
    try node.configure()
    try node.command(["cluster", "init", "--site", "MAD", "--name", "Madrid"])
    try node.start()
    let before = try Clocks.processorSeconds(of: node.processID)
    let began = Clocks.now()
    try node.command(["import", "volvo-incidents", incidents])
    let imported = Clocks.now() - began
    let used = try Clocks.processorSeconds(of: node.processID) - before
    try node.stop()

    var starts: [Double] = []
    for start in 0..<Self.starts {
      starts.append(try node.start())
      if start < Self.starts - 1 { try node.stop() }
    }
    try await Task.sleep(for: .seconds(2))
    let idleBefore = try Clocks.processorSeconds(of: node.processID)
    try await Task.sleep(for: .seconds(Self.idleSeconds))
    let idleUsed = try Clocks.processorSeconds(of: node.processID) - idleBefore
    let memory = try Clocks.residentMebibytes(of: node.processID)
    try node.stop()
    return [
      Measurement(Self.part, "import of the incident log", imported, "s", processorSeconds: used),
      Measurement(Self.part, "start to ready, median of \(Self.starts)", starts.median, "s", target: .below(2)),
      Measurement(Self.part, "start to ready, longest", starts.max() ?? 0, "s"),
      Measurement(Self.part, "resident memory, idle", memory, "MiB", target: .below(200)),
      Measurement(
        Self.part, "processors while idle", 100 * idleUsed / Self.idleSeconds, "% of one", processorSeconds: idleUsed),
    ]
  }
}
