import ArgumentParser

/// `relevo ticket reply`.
struct TicketReplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reply",
    abstract: "Answer the requester.",
    discussion: """
      Example:
        relevo ticket reply LYO-12 'Please try again now.' --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Argument(help: "What to say; '-' reads it from standard input.") var text: String
  @OptionGroup var options: TicketOptions

  func run() throws { try options.say(ticket, text, isInternal: false) }
}

/// `relevo ticket note`.
struct TicketNoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Add an internal note, which the requester does not see.",
    discussion: """
      Example:
        relevo ticket note LYO-12 'Certificate expired.' --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Argument(help: "What to note; '-' reads it from standard input.") var text: String
  @OptionGroup var options: TicketOptions

  func run() throws { try options.say(ticket, text, isInternal: true) }
}

/// `relevo ticket assign`.
struct TicketAssignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: "Give a ticket to a person, or to nobody.",
    discussion: """
      Examples:
        relevo ticket assign LYO-12 ana@example.org
        relevo ticket assign LYO-12 --nobody
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Argument(help: "E-mail of the agent.") var email: String?
  @Flag(help: "Take it from whoever has it.") var nobody = false
  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard (email != nil) != nobody else { throw ValidationError("Name the agent by e-mail, or say --nobody.") }
  }

  func run() throws { try options.act(ticket, "assign", ["to": email.map(JSONField.text) ?? .null]) }
}

/// `relevo ticket take`.
struct TicketTakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "take",
    abstract: "Take a ticket oneself.",
    discussion: """
      Example:
        relevo ticket take LYO-12 --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard options.person.email != nil else { throw ValidationError("Say who takes it: --as EMAIL.") }
  }

  func run() throws { try options.act(ticket, "take") }
}

/// `relevo ticket accept`.
struct TicketAcceptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept",
    abstract: "Say yes to a ticket that was offered.",
    discussion: """
      Example:
        relevo ticket accept LYO-12 --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard options.person.email != nil else { throw ValidationError("Say who accepts it: --as EMAIL.") }
  }

  func run() throws { try options.act(ticket, "accept") }
}

/// `relevo ticket decline`.
struct TicketDeclineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decline",
    abstract: "Say no to a ticket that was offered; it goes to somebody else and is not offered again.",
    discussion: """
      Example:
        relevo ticket decline LYO-12 --reason 'I do not know this printer' --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: "Why, for colleagues.") var reason: String
  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard options.person.email != nil else { throw ValidationError("Say who declines it: --as EMAIL.") }
  }

  func run() throws { try options.act(ticket, "decline", ["reason": .text(reason)]) }
}

/// `relevo ticket hand-over`.
struct TicketHandOverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hand-over",
    abstract: "Let another office decide about a ticket; at the office that decides now.",
    discussion: """
      Example:
        relevo ticket hand-over LYO-12 --to MAD --reason 'The server stands there'
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: ArgumentHelp("The other office's code.", valueName: "site")) var to: String
  @Option(help: "Why, for the colleagues there.") var reason: String
  @OptionGroup var options: TicketOptions

  func run() throws { try options.act(ticket, "hand-over", ["site": .text(to), "reason": .text(reason)]) }
}

/// `relevo ticket take-over`.
struct TicketTakeOverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "take-over",
    abstract: "Decide about a ticket here while its own office cannot be reached.",
    discussion: """
      If somebody there works on it meanwhile, their work counts, and whoever took it over is told.

      Example:
        relevo ticket take-over LYO-12 --reason 'The customer waits' --as ana@example.org
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: "Why it cannot wait.") var reason: String
  @OptionGroup var options: TicketOptions

  func run() throws { try options.act(ticket, "take-over", ["reason": .text(reason)]) }
}

/// `relevo ticket escalate`.
struct TicketEscalateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "escalate",
    abstract: "Pass a ticket to the next level, another team or a colleague, and say why.",
    discussion: """
      Without --to it goes one support level up.

      Example:
        relevo ticket escalate LYO-12 --to Networks --reason 'Needs the gateway'
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: ArgumentHelp("A team's name or a person's e-mail.", valueName: "team-or-email")) var to: String?
  @Option(help: "Why, for those who get it and those who read it later.") var reason: String
  @OptionGroup var options: TicketOptions

  func run() throws {
    var body: [String: JSONField] = ["reason": .text(reason)]
    if let to { body["to"] = .text(to) }
    try options.act(ticket, "escalate", body)
  }
}

/// `relevo ticket close`.
struct TicketCloseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Say how a ticket was solved.",
    discussion: """
      The ticket is resolved, and the requester may still say that it is not; --final closes it for good.

      Example:
        relevo ticket close LYO-12 --resolution 'New certificate'
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: "How it was solved; the requester reads it.") var resolution: String?
  @Flag(help: "Close it instead of only resolving it.") var final = false
  @OptionGroup var options: TicketOptions

  func run() throws {
    var body: [String: JSONField] = [:]
    if let resolution { body["resolution"] = .text(resolution) }
    if final { body["final"] = .flag(true) }
    try options.act(ticket, "close", body)
  }
}

/// `relevo ticket reopen`.
struct TicketReopenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reopen",
    abstract: "Open a resolved or closed ticket again.",
    discussion: """
      Example:
        relevo ticket reopen LYO-12 --reason 'It happened again this morning'
      """)

  @Argument(help: "Number or identifier.") var ticket: String
  @Option(help: "Why.") var reason: String?
  @OptionGroup var options: TicketOptions

  func run() throws {
    try options.act(ticket, "reopen", reason.map { ["reason": .text($0)] } ?? [:])
  }
}
