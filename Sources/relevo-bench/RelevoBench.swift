import ArgumentParser
import Foundation

/// Measures Relevo beside what its disk and SQLite could do at best; `scripts/bench` builds and runs it.
@main
struct RelevoBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relevo-bench",
    abstract: "Measures creating, catching up, propagating, memory and idling beside a bare SQLite writer.",
    discussion: """
      docs/benchmarks.md says what each part measures and how. Run a release build on a quiet machine.

      Examples:
        relevo-bench
        relevo-bench apply --json apply.json
        relevo-bench creation --strict
      """)

  @Argument(help: "What to measure; replication is apply, propagation, catchup and memory.")
  var part = Part.all

  @Flag(help: "End with code 1 when a target is missed or a part could not run.")
  var strict = false

  @Option(help: ArgumentHelp("Also write the figures as JSON to this file.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("The relevo binary to measure (default: the one beside this program).", valueName: "file"))
  var relevo: String?

  @Option(help: ArgumentHelp("The incident log for the catchup and idle parts.", valueName: "file"))
  var incidents = "../shared/data/volvo-it-incidents.csv.gz"

  @Option(
    help: ArgumentHelp(
      "Where stores are made and removed again (default: the temporary directory).", valueName: "folder"))
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Measure nothing: write what a dictionary for compressed runs is trained with into this folder.",
      valueName: "folder"))
  var samples: String?

  @Option(help: "Operations of the apply part.")
  var operations = 20_000

  @Option(help: "Seconds the creation part keeps creating.")
  var seconds = 10

  @Option(help: "How often the apply part and the bare writer take turns; the median of the turns counts.")
  var turns = 5

  @Option(help: "Streams of the memory part; each has 1001 operations.")
  var streams = 999

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case all, replication, creation, apply, propagation, catchup, memory, idle
  }

  func validate() throws {
    guard (100...1_000_000).contains(operations) else { throw ValidationError("--operations is from 100 to 1000000.") }
    guard (1...600).contains(seconds) else { throw ValidationError("--seconds is from 1 to 600.") }
    guard (1...10_000).contains(streams) else { throw ValidationError("--streams is from 1 to 10000.") }
    guard (1...99).contains(turns) else { throw ValidationError("--turns is from 1 to 99.") }
  }

  func run() async throws {
    let scratch = try Scratch(in: directory ?? FileManager.default.temporaryDirectory.path)
    defer { scratch.remove() }
    if let samples {
      let count = try await DictionarySamples(folder: samples, scratch: scratch).write()
      return Console.say("\(count) samples written to \(samples).")
    }
    var report = BenchReport()
    let wanted: [Part] =
      switch part {
      case .all: [.apply, .creation, .propagation, .catchup, .memory, .idle]
      case .replication: [.apply, .propagation, .catchup, .memory]
      default: [part]
      }
    for part in wanted {
      Console.say("Measuring \(part.rawValue) …")
      do {
        report.add(try await measure(part, scratch))
      } catch {
        report.skip(part.rawValue, because: "\(error)")
      }
    }
    print(report.table())
    if let json {
      try report.json().write(to: URL(fileURLWithPath: json), options: .atomic)
      Console.say("Written to \(json).")
    }
    if strict, !report.isMet { throw ExitCode(1) }
  }

  private func measure(_ part: Part, _ scratch: Scratch) async throws -> [Measurement] {
    switch part {
    case .all, .replication: return []
    case .apply: return try await ApplyBench(operations: operations, turns: turns, scratch: scratch).run()
    case .creation: return try await CreationBench(binary: try binary(), seconds: seconds, scratch: scratch).run()
    case .propagation: return try await PropagationBench(binary: try binary(), scratch: scratch).run()
    case .catchup:
      return try await CatchUpBench(binary: try binary(), incidents: incidents, scratch: scratch).run()
    case .memory: return try await MemoryBench(binary: try binary(), streams: streams, scratch: scratch).run()
    case .idle: return try await IdleBench(binary: try binary(), incidents: incidents, scratch: scratch).run()
    }
  }

  private func binary() throws -> String {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/relevo"
    let path = relevo ?? beside
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw BenchFailure("there is no program at \(path): build it (scripts/bench does) or name it with --relevo")
    }
    return path
  }
}

/// Why a part could not be measured.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Messages beside the figures.
enum Console {
  static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

/// A folder of its own for what a run makes, removed at its end.
final class Scratch: Sendable {
  let path: String

  init(in parent: String) throws {
    path = parent + "/relevo-bench-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Makes a folder inside.
  func folder(_ name: String) throws -> String {
    let folder = path + "/" + name
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Removes a folder inside, so that a long run needs little space.
  func discard(_ name: String) { removeTree(path + "/" + name) }

  func remove() { removeTree(path) }

  private func removeTree(_ path: String) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      Console.say("\(path) could not be removed: \(error.localizedDescription)")
    }
  }
}
