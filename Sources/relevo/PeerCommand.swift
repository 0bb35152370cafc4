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
    var link: String?
    var rttSeconds: String?
    var strangerRefused: String?
  }

  private static func ask(_ site: String, _ action: String, _ options: UserCommand.Options) throws -> Data {
    let path = "/control/v1/peers/\(NodeConnection.escaped(site.uppercased()))/\(action)"
    return try options.connection().ask("POST", path, timeoutSeconds: 60)
  }

  /// `relevo peer pause`.
  struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop exchanging with a neighbour; work goes on here and is kept for later.",
      discussion: """
        Example:
          relevo peer pause LYO
        """)
    @Argument(help: "Code of the office.") var site: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try PeerCommand.ask(site, "pause", options)
        if options.format == .json { return Output.json(data) }
        let name = try NodeConnection.decode(Answer.self, data).site
        print("The link to \(name) is paused. Changes wait here until 'relevo peer resume \(name)'.")
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

  /// `relevo peer test`.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say whether frames pass to a neighbour, and how long they take.",
      discussion: """
        Exit code 0 when the link is live, 1 when it is not.

        Example:
          relevo peer test LYO
        """)
    @Argument(help: "Code of the office.") var site: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try PeerCommand.ask(site, "test", options)
        let answer = try NodeConnection.decode(Answer.self, data)
        let link = answer.link ?? "unknown"
        if options.format == .json {
          Output.json(data)
        } else {
          let roundTrip =
            answer.rttSeconds.flatMap { Double($0) }.map { ", round trip \(Self.milliseconds($0)) ms" } ?? ""
          print("link      \(answer.site) \(link.split(separator: "_").joined(separator: " "))\(roundTrip)")
          switch answer.strangerRefused {
          case "yes": print("strangers refused: a key outside the cluster was turned away here")
          case "no":
            print("strangers NOT refused: a key outside the cluster was let in here; stop the node and report it")
          default: print("strangers not tested yet")
          }
        }
        if link != "live" && link != "catching_up" {
          StandardError.write("What to do about it: docs/runbooks/link-down.md")
          throw ExitCode(1)
        }
      }
    }

    /// One decimal below ten, none above.
    private static func milliseconds(_ seconds: Double) -> String {
      let tenths = (seconds * 10_000).rounded() / 10
      return tenths < 10 ? String(tenths) : String(Int64(tenths.rounded()))
    }
  }
}
