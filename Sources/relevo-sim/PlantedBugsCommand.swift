import ArgumentParser
import Foundation
import Simulator

/// `relevo-sim planted-bugs`: the checkers are checked.
struct PlantedBugsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "planted-bugs", abstract: "Plants one bug after the other and looks whether its checker finds it.",
    discussion: "Ends with 1 when one is not found. Example: relevo-sim planted-bugs --seeds 40")

  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "Seeds that are tried for each bug.") var seeds = 40
  @Option(help: "Steps of each simulation.") var steps = 600
  @Option(help: "Only bugs with these words in their name.") var only: String?

  func run() throws {
    let cases = PlantedBugCase.all.filter { bug in only.map { bug.name.contains($0) } ?? true }
    Output.line(line("planted bug", "must be found by", "found by", "seed", "step"))
    Output.line(String(repeating: "-", count: 132))
    var missing = 0
    for bug in cases {
      let hunt = PlantedBugHunt.hunt(bug, from: seed, seedsMax: seeds, steps: steps)
      let names = bug.promises.sorted { $0.rawValue < $1.rawValue }.map { "\($0.rawValue)" }.joined(separator: ", ")
      if let report = hunt.found, let violation = report.violation {
        Output.line(
          line(
            bug.name, names, "\(violation.promise.rawValue) \(violation.promise.name)", "\(report.plan.seed)",
            "\(report.steps)"))
      } else {
        missing += 1
        Output.line(line(bug.name, names, "NOT FOUND in \(hunt.seeds) seeds", "", ""))
      }
    }
    if missing > 0 {
      Output.line("\n\(missing) of \(cases.count) planted bugs were not found.")
      throw ExitCode.failure
    }
    Output.line("\nAll \(cases.count) planted bugs were found.")
  }

  private func line(_ cells: String...) -> String {
    zip(cells, [48, 26, 34, 8, 8]).map { cell, width in
      cell.padding(toLength: max(width, cell.count), withPad: " ", startingAt: 0)
    }.joined(separator: " ")
  }
}
