import ArgumentParser
import Texts

/// `relevo ticket show`.
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
