import ArgumentParser
import Foundation
import Node
import Texts

/// `relevo import`: tickets of another system, with their history at its original times.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Bring in tickets of another system, with their whole history at its original times.",
    discussion: """
      Can be repeated: what is there already is left as it is, and a broken-off run goes on where it stopped. \
      An import sends no mail, assigns nothing and alarms nobody. \
      Rows that cannot be used are written with their reasons to FILE.errors.csv, and the command ends with 1.

      The format volvo-incidents is the incident log of the BPI Challenge 2013 (CSV, also gzipped): \
      countries become sites, teams queues, and owners agents who take no work.

      Example:
        relevo import volvo-incidents volvo-it-incidents.csv.gz --dry-run
      """)

  /// What a file holds.
  enum Source: String, ExpressibleByArgument, CaseIterable {
    case volvoIncidents = "volvo-incidents"
  }

  @Argument(help: "volvo-incidents.") var source: Source
  @Argument(help: "The file, plain or gzipped; '-' for standard input.") var file: String
  @Flag(name: .customLong("dry-run"), help: "Read and count, write nothing.") var dryRun = false
  @Option(help: ArgumentHelp("Where rejected rows go (default: FILE.errors.csv).", valueName: "file")) var errors:
    String?
  @OptionGroup var options: UserCommand.Options

  /// One part may wait for many commit groups on a slow disk.
  private static let partTimeoutSeconds: Double = 600

  func run() throws {
    try Output.run {
      let connection = try options.connection()
      let log = try read()
      var rejected = log.rejected
      var report = ImportReport()
      let rows = Dictionary(
        log.incidents.flatMap(\.events).map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
      var progress = ImportProgress(total: log.incidents.count, isDryRun: dryRun)
      for part in try ImportParts.encoded(log.incidents, dryRun: dryRun) {
        do {
          let data = try connection.ask(
            "POST", "/control/v1/import/\(source.rawValue)", json: part.json, timeoutSeconds: Self.partTimeoutSeconds)
          let answer = try Self.decode(data)
          report.add(answer)
        } catch let failure as CommandFailure {
          progress.end()
          throw CommandFailure(
            "Stopped after \(progress.done) of \(progress.total) incidents. \(failure)\n"
              + "Run the same command again: it goes on where it stopped.")
        }
        progress.advance(by: part.count, report)
      }
      progress.end()
      rejected += report.errors.map { error in
        VolvoIncidents.RejectedRow(
          line: error.line, reason: error.message, raw: rows[error.line].map { "\(error.incident)#\($0.number)" } ?? "")
      }
      try finish(report, rejected.sorted { $0.line < $1.line })
    }
  }

  private func read() throws -> VolvoIncidents {
    do {
      return try VolvoIncidents(csv: try ImportFile.bytes(path: file))
    } catch let failure as ImportFile.Failure {
      throw CommandFailure(failure.description)
    } catch let refusal as VolvoIncidents.Refusal {
      throw CommandFailure("\(file): \(refusal)")
    }
  }

  private static func decode(_ data: Data) throws -> ImportReport {
    do {
      return try JSONDecoder().decode(ImportReport.self, from: data)
    } catch {
      throw CommandFailure("The node's answer has another form. Do 'relevo --version' and the node's version agree?")
    }
  }

  private struct Summary: Encodable {
    var report: ImportReport
    var rejected: Int
    var errorsFile: String?
    var dryRun: Bool

    private enum CodingKeys: String, CodingKey {
      case incidents
      case incidentsAlready = "incidents_already"
      case steps, already, rejected
      case errorsFile = "errors_file"
      case dryRun = "dry_run"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(report.incidents, forKey: .incidents)
      try container.encode(report.incidentsAlready, forKey: .incidentsAlready)
      try container.encode(report.steps, forKey: .steps)
      try container.encode(report.already, forKey: .already)
      try container.encode(rejected, forKey: .rejected)
      try container.encode(errorsFile, forKey: .errorsFile)
      try container.encode(dryRun, forKey: .dryRun)
    }
  }

  private func finish(_ report: ImportReport, _ rejected: [VolvoIncidents.RejectedRow]) throws {
    let errorsFile = rejected.isEmpty ? nil : try write(rejected)
    if options.format == .json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let summary = Summary(report: report, rejected: rejected.count, errorsFile: errorsFile, dryRun: dryRun)
      Output.json(try encoder.encode(summary))
    } else {
      let format = Terminal.format(.english)
      func number(_ count: Int) -> String { format.number(Int64(count)) }
      var table = TextTable([
        .init(""), .init(dryRun ? "WOULD COME IN" : "NEW", isRight: true), .init("ALREADY HERE", isRight: true),
      ])
      table.add(["Tickets", number(report.incidents), number(report.incidentsAlready)])
      table.add(["Steps of history", number(report.steps), dryRun ? "" : number(report.already)])
      print(table.text(width: nil), terminator: "")
    }
    guard let errorsFile else { return }
    StandardError.write("\(rejected.count) rows were not taken; each stands with its reason in \(errorsFile).")
    throw ExitCode(1)
  }

  private func write(_ rejected: [VolvoIncidents.RejectedRow]) throws -> String {
    let path = errors ?? (file == "-" ? "import.errors.csv" : file + ".errors.csv")
    var text = "Line,Reason,Row\n"
    for row in rejected { text += "\(row.line),\(StrictCSV.field(row.reason)),\(StrictCSV.field(row.raw))\n" }
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      return path
    } catch {
      for row in rejected.prefix(10) { StandardError.write("line \(row.line): \(row.reason)") }
      throw CommandFailure(
        "\(rejected.count) rows were not taken, and \(path) cannot be written: \(error.localizedDescription). Name another file with --errors."
      )
    }
  }
}
