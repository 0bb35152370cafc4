import ArgumentParser
import Foundation
import Simulator

/// `relevo-sim run`: many seeds, each a whole life of a cluster.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs seeds and checks every promise of replication.",
    discussion: "Example: relevo-sim run --seed 1 --seeds 300 --nodes 5 --steps 2000")

  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "How many seeds.") var seeds = 1
  @Option(help: "Nodes in the cluster, 3 to 1,000.") var nodes = 5
  @Option(help: "Steps in which somebody does something or something goes wrong.") var steps = 2_000
  @Option(help: "Kinds of faults, separated by commas; \"all\" or \"none\".") var faults = "standard"
  @Option(help: "mesh, hub or chain; without it the seed chooses.") var topology: String?
  @Option(help: "yes or no: every office assigns by itself; without it every eighth seed does.") var desks: String?
  @Option(help: "Simulations at a time; without it one for each processor.") var workers: Int?
  @Flag(help: "Print the trace of the last steps.") var trace = false
  @Option(help: "With --trace: so many lines of it.") var traceLines = 400
  @Flag(help: "With --trace: a line for each frame too.") var traceFrames = false
  @Flag(help: "Do not shrink a failing seed.") var whole = false
  @Option(help: "A directory for the databases of the first failing seed.") var keep: String?

  func validate() throws {
    guard (3...1_000).contains(nodes) else { throw ValidationError("--nodes \(nodes) is not within 3 and 1000") }
    guard seeds >= 1, steps >= 1, workers ?? 1 >= 1, traceLines >= 0 else {
      throw ValidationError("--seeds, --steps and --workers are at least 1")
    }
  }

  func run() throws {
    var plan = SimulationPlan(seed: seed)
    plan.nodeCount = nodes
    plan.steps = steps
    plan.faults = try kinds()
    if let topology {
      guard let known = Topology(rawValue: topology) else {
        throw ValidationError(
          "--topology \(topology) is none of \(Topology.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      plan.topology = known
    }
    if let desks {
      guard ["yes", "no"].contains(desks) else { throw ValidationError("--desks \(desks) is neither yes nor no") }
      plan.hasDesks = desks == "yes"
    }
    if trace { plan.traceLinesMax = traceLines }
    plan.tracesFrames = trace && traceFrames
    plan.keepsDisks = keep != nil
    var range = SeedRange(first: seed, count: seeds, plan: plan)
    if let workers { range.workers = workers }
    let began = Date()
    let reports = range.run { report in
      if let violation = report.violation { Output.line("seed \(report.plan.seed): \(violation)") }
    }
    let seconds = Date().timeIntervalSince(began)
    Output.line(Figures.text(reports, seconds: seconds))
    if trace { for line in reports.first?.trace ?? [] { Output.line(line) } }
    guard let failed = reports.first(where: { $0.violation != nil }) else { return }
    if let keep { try write(failed.disks, to: keep) }
    if !whole { show(Shrinking.shrink(failed)) }
    throw ExitCode.failure
  }

  private func kinds() throws -> Set<FaultKind> {
    switch faults {
    case "standard": return FaultKind.standard
    case "all": return Set(FaultKind.allCases)
    case "none": return []
    default:
      return Set(
        try faults.split(separator: ",").map { name in
          guard let kind = FaultKind(rawValue: String(name)) else {
            throw ValidationError(
              "--faults \(name) is none of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))")
          }
          return kind
        })
    }
  }

  private func write(_ disks: [String: DiskImage], to directory: String) throws {
    for (node, disk) in disks {
      let place = URL(filePath: directory).appending(path: node)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (name, file) in disk.files { try Data(file.bytes).write(to: place.appending(path: name)) }
    }
    Output.line("databases of its nodes: \(directory)")
  }

  private func show(_ report: SimulationReport) {
    let plan = report.plan
    Output.line("\nSmallest case found:")
    Output.line(
      "  relevo-sim run --seed \(plan.seed) --nodes \(plan.nodeCount) --steps \(plan.steps) --faults "
        + (plan.faults.isEmpty ? "none" : plan.faults.sorted().map(\.rawValue).joined(separator: ","))
        + " --topology \(plan.chosenTopology.rawValue) --desks \(plan.choosesDesks ? "yes" : "no")")
    Output.line("  \(report.violation.map { "\($0)" } ?? "it holds now")")
    for line in report.trace { Output.line("  \(line)") }
  }
}

/// The figures of many simulations as a few lines.
enum Figures {
  static func text(_ reports: [SimulationReport], seconds: Double) -> String {
    let failed = reports.count { $0.violation != nil }
    let virtual = reports.reduce(Int64(0)) { $0 + $1.virtualMilliseconds } / 1000
    let healing = reports.compactMap(\.healingMilliseconds).max() ?? 0
    let sum = { (value: (SimulationReport) -> Int) in reports.reduce(0) { $0 + value($1) } }
    let hash = reports.reduce(UInt64(0)) { ($0 &* 31) ^ $1.traceHash }
    return """
      \(reports.count) seeds, \(failed) failed, in \(String(format: "%.1f", seconds)) s \
      (\(String(format: "%.2f", Double(reports.count) / max(seconds, 0.001))) seeds/s)
      virtual time \(virtual / 3600) h \(virtual / 60 % 60) min, slowest healing \(healing) ms
      steps \(sum { $0.steps }), commits of authors \(sum { $0.operations }), acknowledged \(sum { $0.acknowledged }), \
      refused \(sum { $0.refused }), failed \(sum { $0.failed })
      events \(sum { Int($0.events) }), frames \(sum { Int($0.network.frames) }), bytes \(sum { Int($0.network.bytes) }), \
      lost \(sum { Int($0.network.lost) }), corrupted \(sum { Int($0.network.corrupted) }), \
      forged \(sum { Int($0.network.forged) })
      faults \(faults(reports))
      trace \(String(hash, radix: 16))
      """
  }

  private static func faults(_ reports: [SimulationReport]) -> String {
    var counts: [FaultKind: Int] = [:]
    for report in reports { counts.merge(report.faults) { $0 + $1 } }
    return counts.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
  }
}
