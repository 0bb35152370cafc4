import ArgumentParser
import Foundation
import Texts

/// `relevo backup`.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the running node's database into a file, consistently and while people work.",
    discussion: """
      The keys in the data directory are not part of it: keep a copy of them in a safe place.

      Example:
        relevo backup /var/backups/relevo-$(date +%F).sqlite
      """)

  @Argument(help: "The file to write; the node writes it, with the node's own rights.") var file: String
  @OptionGroup var options: UserCommand.Options

  private struct Answer: Decodable {
    var file: String
    var bytes: String?
  }

  func run() throws {
    try Output.run {
      let path = URL(fileURLWithPath: file).standardizedFileURL.path
      let data = try options.connection().ask(
        "POST", "/control/v1/backup", ["file": .text(path)], timeoutSeconds: 3600)
      if options.format == .json { return Output.json(data) }
      let answer = try NodeConnection.decode(Answer.self, data)
      let size = answer.bytes.flatMap { Int64($0) }.map { " (\(Terminal.format(.english).bytes($0)))" } ?? ""
      print("Backup written to \(answer.file)\(size).")
    }
  }
}

/// `relevo verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check chains, digests and the database; with --peer compare the state with another office's.",
    discussion: """
      Exit code 0 when all is right, 1 when something is wrong, 3 when the peer cannot be compared at present.

      Example:
        relevo verify --peer LYO
      """)

  @Option(help: ArgumentHelp("Code of a neighbour to compare with.", valueName: "site")) var peer: String?
  @OptionGroup var options: UserCommand.Options

  private struct Answer: Decodable {
    struct Peer: Decodable {
      var site: String
      var digest: String?
      var comparable: Bool
    }
    var ok: Bool
    var problems: [String]
    var digest: String
    var vectorDigest: String
    var peer: Peer?
  }

  func run() throws {
    try Output.run {
      let body = peer.map { ["peer": JSONField.text($0.uppercased())] } ?? [:]
      let data = try options.connection().ask("POST", "/control/v1/verify", body, timeoutSeconds: 3600)
      let answer = try NodeConnection.decode(Answer.self, data)
      if options.format == .json { Output.json(data) } else { write(answer) }
      if !answer.ok { throw ExitCode(1) }
      if let peer = answer.peer, !peer.comparable { throw ExitCode(3) }
    }
  }

  private func write(_ answer: Answer) {
    for problem in answer.problems { print("wrong   \(problem)") }
    if answer.problems.isEmpty { print("right   chains, signatures, digests and database") }
    print("state   \(answer.digest)")
    print("vector  \(answer.vectorDigest)")
    guard let peer = answer.peer else { return }
    if !peer.comparable {
      print(
        "peer    \(peer.site) holds other operations at present, so nothing can be compared. Try 'relevo status --wait-synced 30s' first."
      )
    } else if peer.digest == answer.digest {
      print("peer    \(peer.site) holds the same operations and the same state")
    } else {
      print("peer    \(peer.site) holds the same operations but another state: \(peer.digest ?? "unknown")")
    }
  }
}

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
