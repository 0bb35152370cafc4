import ArgumentParser
import Texts

/// `relevo ticket list`.
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
