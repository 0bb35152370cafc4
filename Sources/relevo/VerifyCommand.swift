import ArgumentParser

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
