import ArgumentParser

/// `relevo token`: access of programs to the JSON API.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Create, list and revoke tokens for the JSON API.",
    discussion: """
      Examples:
        relevo token create ana@example.org --name 'inventory script' > token
        relevo token list ana@example.org
        relevo token revoke 3f5c…
      """,
    subcommands: [Create.self, List.self, Revoke.self])

  private struct Token: Decodable {
    var id: String
    var name: String
    var revoked: Bool
    var secret: String?
  }

  /// `relevo token create`.
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token that acts with the rights of a person, and print its secret once.",
      discussion: """
        The node keeps only a digest of the secret: what is printed here cannot be shown again.

        Example:
          relevo token create ana@example.org --name 'inventory script'
        """)

    @Argument(help: "E-mail of the person whose rights it has.") var email: String
    @Option(help: "What it is for, so that it can be recognised and revoked.") var name: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let body: [String: JSONField] = ["person": .text(email), "name": .text(name)]
        let data = try options.connection().ask("POST", "/api/v1/tokens", body)
        if options.format == .json { return Output.json(data) }
        let token = try NodeConnection.decode(Token.self, data)
        guard let secret = token.secret else { throw CommandFailure("The node made the token but sent no secret.") }
        print(secret)
        StandardError.write(
          "Keep it now, it is not shown again. Send it as 'Authorization: Bearer …'. Revoke it with: relevo token revoke \(token.id)"
        )
      }
    }
  }

  /// `relevo token list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a person's tokens, without their secrets.",
      discussion: """
        Example:
          relevo token list ana@example.org
        """)

    @Argument(help: "E-mail.") var email: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", "/api/v1/tokens?person=\(NodeConnection.escaped(email))")
        if options.format == .json { return Output.json(data) }
        let list = try NodeConnection.decode(ListView<Token>.self, data)
        guard !list.items.isEmpty else {
          return StandardError.write(
            "\(email) has no tokens. Make one with 'relevo token create \(email) --name NAME'.")
        }
        var table = TextTable(["IDENTIFIER", "STATE", "NAME"])
        for token in list.items { table.add([token.id, token.revoked ? "revoked" : "valid", token.name]) }
        print(table.text(width: Terminal.width), terminator: "")
      }
    }
  }

  /// `relevo token revoke`.
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token worthless, here at once and at the other offices when they hear of it.",
      discussion: """
        Example:
          relevo token revoke 3f5c0d9e8b7a61524334250617283940
        """)

    @Argument(help: "Identifier, from 'relevo token create' or 'relevo token list EMAIL'.") var identifier: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        _ = try options.connection().ask("DELETE", "/api/v1/tokens/\(NodeConnection.escaped(identifier))")
        if options.format == .text { print("The token is revoked.") } else { print("{\"revoked\":true}") }
      }
    }
  }
}
