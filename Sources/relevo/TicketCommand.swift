import ArgumentParser

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
      TicketNoteCommand.self, TicketAssignCommand.self, TicketTakeCommand.self, TicketAcceptCommand.self,
      TicketDeclineCommand.self, TicketHandOverCommand.self, TicketTakeOverCommand.self, TicketEscalateCommand.self,
      TicketCloseCommand.self, TicketReopenCommand.self,
    ])
}
