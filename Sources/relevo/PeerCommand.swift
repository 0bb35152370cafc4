import ArgumentParser
import Foundation

/// `relevo peer`: links to neighbours.
struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer",
    abstract: "Pause, resume and test the link to a neighbouring office.",
    discussion: """
      Examples:
        relevo peer pause LYO
        relevo peer resume LYO
        relevo peer test LYO
      """,
    subcommands: [Pause.self, Resume.self, Test.self])

  private struct Answer: Decodable {
    var site: String
    var pausedBy: String?
    var pausedSince: String?
  }

  private static func ask(
    _ site: String, _ action: String, _ options: UserCommand.Options, person: String? = nil
  ) throws -> Data {
    let path = "/control/v1/peers/\(NodeConnection.escaped(site.uppercased()))/\(action)"
    let connection = try NodeConnection(options.configuration, person: person)
    return try connection.ask("POST", path, timeoutSeconds: 60)
  }

  /// `relevo peer pause`.
  struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop exchanging with a neighbour; work goes on here and is kept for later.",
      discussion: """
        The order outlives a restart of the node. The status says who gave it, and since when.

        Example:
          relevo peer pause LYO
        """)
    @Argument(help: "Code of the office.") var site: String
    @OptionGroup var person: PersonOption
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try PeerCommand.ask(site, "pause", options, person: person.email)
        if options.format == .json { return Output.json(data) }
        let answer = try NodeConnection.decode(Answer.self, data)
        let since = Terminal.moment(answer.pausedSince, Terminal.format())
        print(
          "The link to \(answer.site) is paused (by \(PlainText.shown(answer.pausedBy ?? "somebody", keepsLines: false)), "
            + "\(since)). Changes wait here until 'relevo peer resume \(answer.site)'.")
      }
    }
  }

  /// `relevo peer resume`.
  struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Exchange with a paused neighbour again.",
      discussion: """
        Example:
          relevo peer resume LYO
        """)
    @Argument(help: "Code of the office.") var site: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try PeerCommand.ask(site, "resume", options)
        if options.format == .json { return Output.json(data) }
        print(
          "The link to \(try NodeConnection.decode(Answer.self, data).site) is resumed. Watch it with 'relevo status'.")
      }
    }
  }
}
