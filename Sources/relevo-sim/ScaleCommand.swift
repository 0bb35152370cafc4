import ArgumentParser
import Foundation
import Simulator

/// `relevo-sim scale`: a large cluster after weeks without any link.
struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale", abstract: "Heals a large cluster after weeks apart and prints frames and bytes.",
    discussion: "Example: relevo-sim scale --nodes 1000 --operations 2000 --absence-days 30")

  @Option(help: "Nodes in the cluster.") var nodes = 1_000
  @Option(help: "Operations written while apart.") var operations = 2_000
  @Option(help: "Days apart.") var absenceDays = 30
  @Option(help: "mesh, hub or chain.") var topology = "hub"
  @Option(help: "The seed.") var seed: UInt64 = 1

  func run() throws {
    var scale = ScaleRun()
    scale.seed = seed
    scale.nodeCount = nodes
    scale.operations = operations
    scale.absenceDays = absenceDays
    guard let known = Topology(rawValue: topology) else {
      throw ValidationError(
        "--topology \(topology) is none of \(Topology.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    scale.topology = known
    let began = Date()
    let result = try scale.run { stage in
      Output.line("\(String(format: "%7.1f", Date().timeIntervalSince(began))) s  \(stage)")
    }
    Output.line(
      """
      \(result.isHealed ? "healed" : "NOT HEALED") after \(result.healingMilliseconds) ms of virtual time, \
      \(String(format: "%.1f", Date().timeIntervalSince(began))) s of real time
      operations \(result.operations) in \(result.streams) streams at each of \(nodes) nodes
      healing: frames \(result.healing.frames), bytes \(result.healing.bytes), connections \(result.healing.connections)
      joining: frames \(result.setUp.frames), bytes \(result.setUp.bytes)
      events \(result.events), trace \(String(result.traceHash, radix: 16))
      processor time \(String(format: "%.0f", usage.seconds)) s, highest memory \(usage.mebibytes) MiB
      """)
    if !result.isHealed { throw ExitCode.failure }
  }

  /// Processor time of this process, user and system, and the most memory it ever had resident (`getrusage`).
  private var usage: (seconds: Double, mebibytes: Int) {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let seconds = [usage.ru_utime, usage.ru_stime].reduce(0.0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    return (seconds, usage.ru_maxrss / 1024)
  }
}
