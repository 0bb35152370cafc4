import ArgumentParser

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
