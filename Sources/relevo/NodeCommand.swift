import ArgumentParser
import Foundation

/// `relevo node`: what only a person can decide about this node.
struct NodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node",
    abstract: "Decide about a node that was set back or copied.",
    discussion: """
      Examples:
        relevo node confirm-incarnation
        relevo node acknowledge-forks
      """,
    subcommands: [ConfirmIncarnation.self, AcknowledgeForks.self])

  /// `relevo node confirm-incarnation`.
  struct ConfirmIncarnation: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "confirm-incarnation",
      abstract: "Let a new incarnation assign tickets by itself before it has synchronised with every member.",
      discussion: """
        After a restore a node may have forgotten what it decided. It assigns nothing by itself until it has heard from
        every member. Confirm when a member will stay away for long and you accept that a ticket may be assigned twice.

        Example:
          relevo node confirm-incarnation
        """)
    @OptionGroup var options: UserCommand.Options

    private struct Answer: Decodable {
      var confirmed: String
      var begun: String
    }

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("POST", "/control/v1/node/confirm-incarnation", timeoutSeconds: 60)
        if options.format == .json { return Output.json(data) }
        let answer = try NodeConnection.decode(Answer.self, data)
        if answer.confirmed == "yes" {
          print("Confirmed: this node assigns tickets by itself again.")
        } else if answer.begun == "no" {
          print("The new incarnation has not begun yet: it is fetching its own changes from the other offices.")
        } else {
          print("Nothing was waiting for a confirmation.")
        }
      }
    }
  }

  /// `relevo node acknowledge-forks`.
  struct AcknowledgeForks: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "acknowledge-forks",
      abstract: "Take note of streams that were written twice, after the copy has been stopped.",
      discussion: """
        Both versions stay in the history for ever; only the alarm at this office ends. A new fork alarms again.

        Example:
          relevo node acknowledge-forks
        """)
    @OptionGroup var options: UserCommand.Options

    private struct Answer: Decodable { var acknowledged: String }

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("POST", "/control/v1/node/acknowledge-forks", timeoutSeconds: 60)
        if options.format == .json { return Output.json(data) }
        let count = try NodeConnection.decode(Answer.self, data).acknowledged
        print(count == "0" ? "There was nothing to acknowledge." : "Acknowledged: \(count).")
      }
    }
  }
}
