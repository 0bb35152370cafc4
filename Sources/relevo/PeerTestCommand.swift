import ArgumentParser
import Foundation

extension PeerCommand {
  /// `relevo peer test`.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go the way to a neighbour step by step; the first step that fails names the cause.",
      discussion: """
        Address, name, TCP, key handshake, session, clock, round trip, throughput, and whether a stranger is turned away \
        here. Exit code 0 when nothing failed, 1 otherwise.

        Example:
          relevo peer test LYO
        """)
    @Argument(help: "Code of the office.") var site: String
    @OptionGroup var options: UserCommand.Options

    private struct Answer: Decodable {
      struct Step: Decodable {
        var name: String
        var level: String
        var found: String
        var action: String?
        var milliseconds: Double?

        var mark: String {
          switch level {
          case "ok": "●"
          case "warning": "▲"
          case "critical": "■"
          default: "-"
          }
        }

        var duration: String {
          guard let milliseconds else { return "" }
          return milliseconds < 10
            ? "\((milliseconds * 10).rounded() / 10) ms" : "\(Int64(clamping: Int(milliseconds.rounded()))) ms"
        }
      }
      var site: String
      var link: String
      var ok: Bool
      var steps: [Step]
    }

    func run() throws {
      try Output.run {
        let path = "/control/v1/peers/\(NodeConnection.escaped(site.uppercased()))/test"
        let data = try options.connection().ask("POST", path, timeoutSeconds: 90)
        let answer = try NodeConnection.decode(Answer.self, data)
        if options.format == .json { Output.json(data) } else { write(answer) }
        if !answer.ok { throw ExitCode(1) }
      }
    }

    private func write(_ answer: Answer) {
      var table = TextTable([.init(""), .init("STEP"), .init("TIME", isRight: true), .init("WHAT WAS FOUND")])
      for step in answer.steps {
        table.add([step.mark, step.name.split(separator: "_").joined(separator: " "), step.duration, step.found])
      }
      print(table.text(width: nil), terminator: "")
      for step in answer.steps {
        if let action = step.action { print("\n\(step.name.split(separator: "_").joined(separator: " ")): \(action)") }
      }
    }
  }
}
