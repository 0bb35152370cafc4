import ArgumentParser
import Foundation
import Node
import Status
import Texts

/// `relevo status`: how this node and its links are, also when the node is stopped.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how this node and its links to the other offices are.",
    discussion: """
      Exit code in every format: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. \
      With the node stopped it shows the last state written to disk, says so, and ends with 3.

      Examples:
        relevo status
        relevo status -x
        relevo status --detail
        relevo status --watch
        relevo status --wait-synced 30s
        relevo status --format nagios
      """)

  /// The four renderings.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, nagios, prometheus
  }

  @OptionGroup var options: ConfigurationOptions

  @Flag(name: .short, help: "Print one line when all is well.")
  var x = false

  @Flag(help: "Add what goes over each link in each direction, pauses, other sites, and the store.")
  var detail = false

  @Flag(
    help: """
      Draw it anew every two seconds. Keys: d for details, space to hold it, q to leave; the exit code is that of the \
      last state.
      """
  )
  var watch = false

  @Option(
    name: .customLong("wait-synced"),
    help: ArgumentHelp(
      "Wait at most this long (such as 30s, 5m) until nothing waits in either direction; then show the status.",
      valueName: "duration"))
  var waitSynced: WaitingTime?

  @Option(help: "text, json, nagios or prometheus.")
  var format: Format = .text

  func validate() throws {
    if watch, waitSynced != nil { throw ValidationError("--watch and --wait-synced exclude each other.") }
  }

  func run() throws {
    let configuration = try options.load()
    let source = StatusSource(configuration: configuration)
    if watch, Terminal.isInteractive, format == .text {
      var screen = WatchScreen(source: source, showsDetail: detail)
      throw ExitCode(screen.run())
    }
    if watch { watchForever(source) }
    var reading = source.read()
    if let waitSynced {
      let deadline = ContinuousClock.now + .seconds(waitSynced.seconds)
      while !reading.isSynced, reading.report.nodeState == .running, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.2)
        reading = source.read()
      }
    }
    write(reading)
    var code = reading.report.level().exitCode
    if let waitSynced, !reading.isSynced, reading.report.nodeState == .running {
      StandardError.write(
        "Not synchronised within \(waitSynced.text): operations still wait, or a neighbour is out of reach.")
      code = max(code, StatusLevel.warning.exitCode)
    }
    throw ExitCode(code)
  }

  private func watchForever(_ source: StatusSource) -> Never {
    while true {
      write(source.read())
      if format == .text { print() }
      fflush(nil)
      Thread.sleep(forTimeInterval: 2)
    }
  }

  private func write(_ reading: StatusSource.Reading) {
    let reader = Terminal.format()
    switch format {
    case .text:
      let options = StatusTextOptions(
        useColour: Terminal.usesColour, width: Terminal.width, isBrief: x, showsDetail: detail)
      print(StatusText.render(reading.report, format: reader, options: options), terminator: "")
    case .json:
      // As the node sent it, so that both are the same to the byte.
      if let bytes = reading.bytes {
        Output.json(bytes)
      } else {
        Output.json(Data(StatusJSON.bytes(reading.report, format: reader)))
      }
    case .nagios: print(StatusNagios.render(reading.report, format: reader), terminator: "")
    case .prometheus: print(StatusMetrics.render(reading.report), terminator: "")
    }
  }
}

/// A duration people type: `45`, `45s`, `5m`, `2h`.
struct WaitingTime: ExpressibleByArgument {
  let seconds: Int64
  /// As typed.
  let text: String

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[$0] }
    guard let count = Int64(unit == nil ? argument[...] : argument.dropLast()), count >= 0, count <= 1_000_000 else {
      return nil
    }
    seconds = count * (unit ?? 1)
    text = argument
  }
}
