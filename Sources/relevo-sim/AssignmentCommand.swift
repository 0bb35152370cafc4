import ArgumentParser
import Foundation
import Simulator

/// `relevo-sim assignment`: Relevo's rules of assignment beside their rivals and the limit.
struct AssignmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assignment", abstract: "Compares the rules of assignment with their rivals and with the limit.",
    discussion: """
      The engine is the one the node runs. Every rule sees the same arrivals; the assumptions are printed with the \
      figures. Ends with code 1 when a requirement is missed.

      Example: relevo-sim assignment --seeds 20 --log volvo-it-incidents.csv.gz --svg docs/images
      """)

  /// How the results are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(help: "Seeds per case.") var seeds = 20
  @Option(
    name: .customLong("case"),
    help: "Only this case: \(StudyCase.allCases.map(\.rawValue).joined(separator: ", ")).")
  var only: String?
  @Option(help: "text or json.") var format = Format.text
  @Option(help: "Writes one chart per setting into this directory, as assignment-NAME.svg.") var svg: String?
  @Option(
    help: """
      The incident log of Volvo IT Belgium, plain or gzip (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee); \
      otherwise $RELEVO_INCIDENTS.
      """) var log: String?

  func validate() throws {
    guard (1...1000).contains(seeds) else { throw ValidationError("--seeds is \(seeds); give 1 to 1000") }
    if let only, StudyCase(rawValue: only) == nil {
      throw ValidationError(
        "--case \(only) is none of \(StudyCase.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  func run() throws {
    var size = StudySize()
    size.seeds = seeds
    let study = AssignmentStudy(size) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    var results: [StudyResult] = []
    var skipped: [String] = []
    for one in StudyCase.allCases where only.map({ $0 == one.rawValue }) ?? true {
      var incidents: IncidentLog?
      if one == .incidentLog {
        guard let path = log ?? ProcessInfo.processInfo.environment["RELEVO_INCIDENTS"] else {
          skipped.append("incident-log: skipped, because neither --log nor RELEVO_INCIDENTS names the incident log")
          continue
        }
        incidents = try Self.read(path)
      }
      let found = study.run(one, log: incidents)
      if format == .text { for result in found { Output.line(result.text) } }
      results += found
    }
    if format == .json {
      Output.line("{\"cases\":[\(results.map(\.json).joined(separator: ",\n"))]}")
    }
    for line in skipped { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
    if let svg { try write(results, to: svg) }
    if !results.allSatisfy(\.isMet) { throw ExitCode.failure }
  }

  private func write(_ results: [StudyResult], to directory: String) throws {
    let folder = URL(fileURLWithPath: directory, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for result in results {
      let name = "assignment-\(result.name.replacing("×", with: "x")).svg"
      try Data(result.chart.utf8).write(to: folder.appendingPathComponent(name))
    }
  }

  /// Reads the log; a packed one is unpacked by `gzip`, which every system we run on has.
  private static func read(_ path: String) throws -> IncidentLog {
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw ValidationError("The incident log \(path) cannot be read; check the path and its permissions")
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    if path.hasSuffix(".gz") {
      let gzip = Process()
      gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      gzip.arguments = ["gzip", "-dc", path]
      let pipe = Pipe()
      gzip.standardOutput = pipe
      try gzip.run()
      bytes = pipe.fileHandleForReading.readDataToEndOfFile()
      gzip.waitUntilExit()
      guard gzip.terminationStatus == 0 else {
        throw ValidationError("gzip could not unpack \(path): it ended with \(gzip.terminationStatus)")
      }
    }
    guard let log = IncidentLog(csv: Array(bytes)) else {
      throw ValidationError("\(path) has not the columns of the incident log in its first line")
    }
    return log
  }
}
