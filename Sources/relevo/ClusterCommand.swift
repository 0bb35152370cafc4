import ArgumentParser
import Texts

/// `relevo cluster`: membership.
struct ClusterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Found a cluster and invite offices into it.",
    discussion: """
      Examples:
        relevo cluster init --site MAD --name Madrid
        relevo cluster invite --site LYO --name Lyon > lyon.token
      """,
    subcommands: [ClusterInitCommand.self, ClusterInviteCommand.self])
}

/// `relevo cluster invite`.
struct ClusterInviteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite",
    abstract: "Make a one-time token with which a new office's node joins.",
    discussion: """
      Whoever holds the token can join as this office until it is used or expires: \
      carry it as you would a password.

      Example:
        relevo cluster invite --site LYO --name Lyon > lyon.token
      """)

  @Option(help: "Code of the new office: 2 to 8 capital letters and digits.") var site: String
  @Option(help: "Name of the office as people call it.") var name: String?
  @Option(name: .customLong("time-zone"), help: "The office's time zone, an IANA name.") var timeZone: String?
  @OptionGroup var options: UserCommand.Options

  private struct Answer: Decodable {
    var token: String
    var expiresAt: String
  }

  func run() throws {
    try Output.run {
      var body: [String: JSONField] = ["site": .text(site.uppercased())]
      if let name { body["name"] = .text(name) }
      if let timeZone { body["time_zone"] = .text(timeZone) }
      let data = try options.connection().ask("POST", "/control/v1/invitations", body)
      if options.format == .json { return Output.json(data) }
      let answer = try NodeConnection.decode(Answer.self, data)
      print(answer.token)
      StandardError.write(
        "Good once, until \(Terminal.moment(answer.expiresAt, Terminal.format(.english))). At \(site.uppercased()): relevo join --token-file FILE"
      )
    }
  }
}
