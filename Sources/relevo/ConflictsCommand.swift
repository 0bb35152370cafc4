import ArgumentParser
import Texts

/// `relevo conflicts`: fields that two people changed at once.
struct ConflictsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts",
    abstract: "List fields that two people changed at once, and choose between the values.",
    discussion: """
      The value marked with * is the one shown until somebody chooses. Nothing is lost while a conflict is open.

      Examples:
        relevo conflicts
        relevo conflicts resolve LYO-12 subject 'VPN drops every hour'
      """,
    subcommands: [List.self, Resolve.self], defaultSubcommand: List.self)

  private struct Conflict: Decodable {
    struct Ticket: Decodable {
      var number: String
      var subject: String
    }
    struct Choice: Decodable {
      var value: String?
      var who: PersonView?
      var when: String
      var `where`: String?
      var displayed: Bool
    }
    var ticket: Ticket
    var field: String
    var choices: [Choice]
  }

  /// `relevo conflicts list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the open conflicts, newest first.",
      discussion: """
        Example:
          relevo conflicts list --format json
        """)

    @OptionGroup var options: TicketOptions

    func run() throws {
      try Output.run {
        let connection = try options.connection()
        let data = try connection.ask("GET", "/api/v1/conflicts?limit=200")
        if options.format == .json { return Output.json(data) }
        let list = try NodeConnection.decode(ListView<Conflict>.self, data)
        guard !list.items.isEmpty else { return print("No conflicts are open.") }
        let format = Terminal.format(.english)
        let names = try AuthorNames(list.items.flatMap(\.choices).map(\.who), connection)
        var table = TextTable(["TICKET", "FIELD", "", "WHO", "WHERE", "WHEN", "VALUE"])
        for conflict in list.items {
          for choice in conflict.choices {
            table.add([
              conflict.ticket.number, conflict.field, choice.displayed ? "*" : "", names.shown(choice.who),
              choice.where ?? "?", Terminal.moment(choice.when, format), choice.value ?? "(none)",
            ])
          }
        }
        print(table.text(width: Terminal.width), terminator: "")
        StandardError.write("Choose with: relevo conflicts resolve TICKET FIELD VALUE")
      }
    }
  }

  /// `relevo conflicts resolve`.
  struct Resolve: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Choose the value of a field; it replaces all that stand side by side.",
      discussion: """
        Example:
          relevo conflicts resolve LYO-12 priority high --as ana@example.org
        """)

    @Argument(help: "Number or identifier of the ticket.") var ticket: String
    @Argument(help: "The field, as 'relevo conflicts' names it.") var field: String
    @Argument(help: "The value to keep: one of those listed, or another; '' for none.") var value: String
    @OptionGroup var options: TicketOptions

    func run() throws {
      try options.act(ticket, "conflicts/\(NodeConnection.escaped(field))", ["value": .text(value)])
    }
  }
}
