import ArgumentParser
import Foundation

/// `relevo doctor`: looks at everything a node needs from its machine; the node need not run.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check what this node needs from its machine: configuration, folders, disk, clock, libraries.",
    discussion: """
      Exit code 0 when all is right, 1 when something should be looked at, 2 when the node cannot work like this.

      Example:
        relevo doctor --config cluster-config/madrid.yaml
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "text or json (an array of checks).")
  var format: OutputFormat = .text

  func run() throws {
    let checks = Doctor(path: options.path, reading: options.read()).checks()
    switch format {
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      Output.json(try encoder.encode(checks))
    case .text:
      var table = TextTable(["", "CHECK", "WHAT WAS FOUND"])
      for check in checks { table.add([check.level.mark, check.name, check.found]) }
      print(table.text(width: nil), terminator: "")
      for check in checks { if let action = check.action { print("\n\(check.name): \(action)") } }
    }
    let worst = checks.map(\.level.exitCode).max() ?? 0
    if worst > 0 { throw ExitCode(worst) }
  }
}
