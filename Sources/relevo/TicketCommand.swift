import ArgumentParser
import Foundation
import Texts

/// `relevo ticket`: tickets of the running node.
struct TicketCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ticket",
    abstract: "Open, list, read and work on tickets of the running node.",
    discussion: """
      Tickets are named by number (LYO-12, in any case) or identifier.

      Examples:
        relevo ticket open 'VPN drops every hour' --requester eva@example.org
        relevo ticket list 'is:open site:LYO priority:high'
        relevo ticket show LYO-12 --history
        relevo ticket take LYO-12 --as ana@example.org
        relevo ticket reply LYO-12 'Please try again now.' --as ana@example.org
        relevo ticket close LYO-12 --resolution 'New certificate'
      """,
    subcommands: [
      TicketOpenCommand.self, TicketListCommand.self, TicketShowCommand.self, TicketReplyCommand.self,
      TicketNoteCommand.self, TicketAssignCommand.self, TicketTakeCommand.self, TicketEscalateCommand.self,
      TicketCloseCommand.self, TicketReopenCommand.self,
    ])
}

/// What every command about one ticket takes and does.
struct TicketOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var person: PersonOption

  @Option(help: "text or json.")
  var format: OutputFormat = .text

  /// The running node, asked as `--as` says.
  func connection() throws -> NodeConnection {
    try NodeConnection(configuration, person: person.email)
  }

  /// Does something to a ticket and says how the ticket stands now.
  func act(_ ticket: String, _ action: String, _ body: [String: JSONField] = [:]) throws {
    try Output.run {
      let path = "/api/v1/tickets/\(NodeConnection.escaped(ticket))/\(action)"
      let data = try connection().ask("POST", path, body)
      if format == .json {
        Output.json(data)
      } else {
        let view = try NodeConnection.decode(TicketView.self, data)
        let holder = view.assignee.map { ", assigned to \($0.shown)" } ?? ", assigned to nobody"
        print("\(view.number): \(view.shownStage)\(holder)")
      }
    }
  }

  /// Adds a reply or a note.
  func say(_ ticket: String, _ text: String, isInternal: Bool) throws {
    try Output.run {
      let words = text == "-" ? try InputText.read("-") : text
      let path = "/api/v1/tickets/\(NodeConnection.escaped(ticket))/replies"
      let visibility = isInternal ? "internal" : "public"
      let data = try connection().ask("POST", path, ["body": .text(words), "visibility": .text(visibility)])
      if format == .json {
        Output.json(data)
      } else {
        print(isInternal ? "Noted on \(ticket.uppercased())." : "Reply added to \(ticket.uppercased()).")
      }
    }
  }
}

struct TicketOpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open a ticket.",
    discussion: """
      Example:
        relevo ticket open 'VPN drops every hour' --requester eva@example.org
      """)

  @Argument(help: ArgumentHelp("What it is about, in one line.", valueName: "subject"))
  var title: String?

  @Option(help: "The same as the argument, for scripts that prefer names.")
  var subject: String?

  @Option(help: "The whole story; the subject is used without it.")
  var description: String?

  @Option(
    name: .customLong("description-file"),
    help: ArgumentHelp("Read the whole story from this file, or from standard input for '-'.", valueName: "file"))
  var descriptionFile: String?

  @Option(help: ArgumentHelp("Who needs help; without it the person of --as.", valueName: "email"))
  var requester: String?

  @Option(help: ArgumentHelp("Topic, such as network; 'GET /api/v1/categories' lists them.", valueName: "key"))
  var category: String?

  @Option(help: "low, normal, high or critical.")
  var urgency: String?

  @Option(help: "low (one person), medium (a team), high (an office) or major (several offices).")
  var impact: String?

  @Option(help: "How the request came: portal, email, phone, walk_in or api.")
  var channel: String?

  @Option(help: ArgumentHelp("The office it concerns; without it the requester's.", valueName: "site"))
  var site: String?

  @Option(name: .customLong("tag"), help: "A tag; may be given several times.")
  var tags: [String] = []

  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard (title != nil) != (subject != nil) else {
      throw ValidationError("Say once what it is about: relevo ticket open 'VPN drops every hour' …")
    }
    if description != nil, descriptionFile != nil {
      throw ValidationError("--description and --description-file exclude each other.")
    }
    if requester == nil, options.person.email == nil {
      throw ValidationError("Say who needs help: --requester EMAIL, or --as EMAIL for a request of one's own.")
    }
  }

  func run() throws {
    try Output.run {
      let subject = title ?? subject ?? ""
      let story = try descriptionFile.map(InputText.read) ?? description ?? subject
      var body: [String: JSONField] = ["subject": .text(subject), "description": .text(story)]
      let fields = [
        "requester": requester, "category": category, "urgency": urgency, "impact": impact, "channel": channel,
        "site": site?.uppercased(),
      ]
      for (name, value) in fields { if let value { body[name] = .text(value) } }
      if !tags.isEmpty { body["tags"] = .texts(tags) }
      let data = try options.connection().ask("POST", "/api/v1/tickets", body)
      if options.format == .json {
        Output.json(data)
      } else {
        let ticket = try NodeConnection.decode(TicketView.self, data)
        print("\(ticket.number)  \(PlainText.shown(ticket.subject, keepsLines: false))")
      }
    }
  }
}

struct TicketListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List tickets, the most pressing first.",
    discussion: """
      The search is that of the pages: is:open (also new, assigned, in_progress, waiting, resolved, closed, \
      unassigned, overdue, conflict, review, any), site:LYO, assignee:me, requester:eva@example.org, \
      priority:high, category:network, queue:NAME, tag:vpn, sla:<30m, and words; \
      "several words" in double quotes must stand together.

      Examples:
        relevo ticket list
        relevo ticket list 'is:open assignee:none sla:<2h'
        relevo ticket list 'is:any "second floor" printer' --limit 10
      """)

  @Argument(help: "What to look for; open tickets without it.")
  var search: [String] = []

  @Option(help: "At most this many, 1 to 200.")
  var limit = 50

  @Option(help: ArgumentHelp("Go on after the place where the last list ended.", valueName: "cursor"))
  var after: String?

  @OptionGroup var options: TicketOptions

  func run() throws {
    try Output.run {
      let query = search.isEmpty ? "is:open" : search.joined(separator: " ")
      var target = "/api/v1/tickets?q=\(NodeConnection.escaped(query))&limit=\(limit)"
      if let after { target += "&after=\(NodeConnection.escaped(after))" }
      let data = try options.connection().ask("GET", target)
      if options.format == .json { return Output.json(data) }
      let list = try NodeConnection.decode(ListView<TicketView>.self, data)
      guard !list.items.isEmpty else {
        let advice = "Look wider with 'relevo ticket list is:any', or open one with 'relevo ticket open'."
        return StandardError.write("No ticket fits ‘\(query)’. \(advice)")
      }
      let format = Terminal.format(.english)
      var table = TextTable(["NUMBER", "PRIORITY", "STATE", "ASSIGNED TO", "OFFICE", "CHANGED", "SUBJECT"])
      for ticket in list.items {
        table.add([
          ticket.number, ticket.priority, ticket.shownStage, ticket.assignee?.shown ?? "-", ticket.site ?? "?",
          Terminal.moment(ticket.updatedAt, format), ticket.subject,
        ])
      }
      print(table.text(width: Terminal.width), terminator: "")
      if let next = list.next { StandardError.write("There are more: add --after \(next)") }
    }
  }
}

struct TicketShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a ticket with what was said.",
    discussion: """
      Example:
        relevo ticket show LYO-12 --history
      """)

  @Argument(help: "Number or identifier.")
  var ticket: String

  @Flag(help: "Show every step instead of what was said: when, who, where, what, from and to.")
  var history = false

  @OptionGroup var options: TicketOptions

  func run() throws {
    try Output.run {
      let path = "/api/v1/tickets/\(NodeConnection.escaped(ticket))"
      let connection = try options.connection()
      let data = try connection.ask("GET", history ? path + "/history" : path)
      if options.format == .json { return Output.json(data) }
      let format = Terminal.format(.english)
      guard history else {
        let ticket = try NodeConnection.decode(TicketView.self, data)
        let names = try AuthorNames((ticket.replies ?? []).map(\.author), connection)
        return print(ticket.text(format, who: names.shown), terminator: "")
      }
      let steps = try NodeConnection.decode(ListView<HistoryView>.self, data).items
      let names = try AuthorNames(steps.map(\.who), connection)
      var table = TextTable(["WHEN", "WHO", "WHERE", "WHAT", "CHANGES"])
      for step in steps {
        table.add([
          Terminal.moment(step.when, format), names.shown(step.who), step.where ?? "?",
          step.what.split(separator: "_").joined(separator: " "), step.shownChanges,
        ])
      }
      print(table.text(width: nil), terminator: "")
    }
  }
}
