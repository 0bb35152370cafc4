import ArgumentParser

/// `relevo user`: people who need help and people who help.
struct UserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user",
    abstract: "Add and change people.",
    discussion: """
      Examples:
        relevo user add ana@example.org --name 'Ana Ruiz' --role agent --site LYO
        relevo user list --role agent
        relevo user set-role ana@example.org lead
        relevo user set-password ana@example.org --password-file -
        relevo user deactivate ana@example.org
        relevo user skills ana@example.org network printers
        relevo user absence add ana@example.org 2026-12-21 2026-12-31 --kind vacation
      """,
    subcommands: [
      Add.self, List.self, SetRole.self, SetPassword.self, Deactivate.self, Skills.self, Shift.self,
      AbsenceCommand.self,
    ])

  private struct User: Decodable {
    var email: String
    var name: String
    var role: String
    var site: String?
    var language: String
    var active: Bool
    var available: Bool
    var hasPassword: Bool

    var standing: String {
      var words = [role]
      if !active { words.append("deactivated") }
      return words.joined(separator: ", ")
    }

    /// `Ana Ruiz <ana@example.org>: agent at LYO`.
    var line: String {
      "\(PlainText.shown(name, keepsLines: false)) <\(email)>: \(standing)\(site.map { " at \($0)" } ?? "")"
    }
  }

  /// What every command about people takes.
  struct Options: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "text or json.")
    var format: OutputFormat = .text

    /// The running node, asked as the console.
    func connection() throws -> NodeConnection { try NodeConnection(configuration) }

    /// Changes a person and says how they stand now.
    func change(_ email: String, _ body: [String: JSONField]) throws {
      try Output.run {
        // Whatever stands there now: an order of the console does not depend on it.
        let path = "/api/v1/users/\(NodeConnection.escaped(email))"
        let data = try connection().ask("PATCH", path, body, headers: [("If-Match", "*")])
        if format == .json { return Output.json(data) }
        print(try NodeConnection.decode(User.self, data).line)
      }
    }
  }

  /// `relevo user add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a person.",
      discussion: """
        Without a password the person cannot sign in, yet can be a requester and hold API tokens.

        Example:
          relevo user add ana@example.org --name 'Ana Ruiz' --password-file -
        """)

    @Argument(help: "E-mail; names the person everywhere.") var email: String
    @Option(help: "Name as people write it.") var name: String?
    @Option(help: "employee, agent, lead or admin.") var role = "employee"
    @Option(help: "Code of the office; this node's without it.") var site: String?
    @Option(help: "es or en.") var language: String?
    @Option(
      name: .customLong("password-file"),
      help: ArgumentHelp("Read the password from this file, or from standard input for '-'.", valueName: "file"))
    var passwordFile: String?
    @OptionGroup var options: Options

    func run() throws {
      try Output.run {
        var body: [String: JSONField] = ["email": .text(email), "role": .text(role)]
        if let name { body["name"] = .text(name) }
        if let site { body["site"] = .text(site.uppercased()) }
        if let language { body["language"] = .text(language) }
        if let passwordFile { body["password"] = .text(try InputText.read(passwordFile)) }
        let data = try options.connection().ask("POST", "/api/v1/users", body)
        if options.format == .json { return Output.json(data) }
        print(try NodeConnection.decode(User.self, data).line)
      }
    }
  }

  /// `relevo user list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List people in order of their names.",
      discussion: """
        Example:
          relevo user list --role agent
        """)

    @Option(help: "Only those who hold at least this role.") var role: String?
    @Option(help: "At most this many, 1 to 200.") var limit = 200
    @Option(help: ArgumentHelp("Go on after the place where the last list ended.", valueName: "cursor")) var after:
      String?
    @OptionGroup var options: Options

    func run() throws {
      try Output.run {
        var target = "/api/v1/users?limit=\(limit)"
        if let role { target += "&role_at_least=\(NodeConnection.escaped(role))" }
        if let after { target += "&after=\(NodeConnection.escaped(after))" }
        let data = try options.connection().ask("GET", target)
        if options.format == .json { return Output.json(data) }
        let list = try NodeConnection.decode(ListView<User>.self, data)
        guard !list.items.isEmpty else {
          return StandardError.write("Nobody is here yet. Add somebody with 'relevo user add EMAIL --name NAME'.")
        }
        var table = TextTable(["NAME", "E-MAIL", "ROLE", "OFFICE", "LANGUAGE", "TAKES WORK", "PASSWORD"])
        for user in list.items {
          let takesWork = user.role == "employee" ? "-" : user.available && user.active ? "yes" : "no"
          table.add([
            user.name, user.email, user.standing, user.site ?? "?", user.language, takesWork,
            user.hasPassword ? "set" : "none",
          ])
        }
        print(table.text(width: nil), terminator: "")
        if let next = list.next { StandardError.write("There are more: add --after \(next)") }
      }
    }
  }

  /// `relevo user set-role`.
  struct SetRole: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set-role",
      abstract: "Change what a person may do.",
      discussion: """
        Example:
          relevo user set-role ana@example.org lead
        """)

    @Argument(help: "E-mail.") var email: String
    @Argument(help: "employee, agent, lead or admin.") var role: String
    @OptionGroup var options: Options

    func run() throws { try options.change(email, ["role": .text(role)]) }
  }

  /// `relevo user set-password`.
  struct SetPassword: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set-password",
      abstract: "Give a person a new password.",
      discussion: """
        Example:
          relevo user set-password ana@example.org --password-file -
        """)

    @Argument(help: "E-mail.") var email: String
    @Option(
      name: .customLong("password-file"),
      help: ArgumentHelp("Read the password from this file, or from standard input for '-'.", valueName: "file"))
    var passwordFile: String
    @OptionGroup var options: Options

    func run() throws {
      try Output.run {
        let password = try InputText.read(passwordFile)
        let data = try options.connection().ask(
          "POST", "/control/v1/users/password", ["email": .text(email), "password": .text(password)])
        if options.format == .json { return Output.json(data) }
        print("\(email) has a new password.")
      }
    }
  }

  /// `relevo user deactivate`.
  struct Deactivate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a person no longer sign in or work; what they did stays.",
      discussion: """
        Example:
          relevo user deactivate ana@example.org
        """)

    @Argument(help: "E-mail.") var email: String
    @OptionGroup var options: Options

    func run() throws { try options.change(email, ["active": .flag(false)]) }
  }
}
