import ArgumentParser
import Foundation
import Node
import Texts

/// `relevo balance`: how work and service are spread over the sites, why a ticket is where it is, and what to do.
struct BalanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balance",
    abstract: "Show how work and service are spread over the sites; explain, try and move.",
    discussion: """
      Examples:
        relevo balance show
        relevo balance explain LYO-12
        relevo balance dry-run policy.yaml
        relevo balance move --from LYO --to MAD --limit 10 --reason 'Nobody on shift until Monday'
      """,
    subcommands: [Show.self, Explain.self, DryRun.self, Move.self], defaultSubcommand: Show.self)

  /// `relevo balance show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show every site: what waits, who is there, how long it takes, and whether service is equal.",
      discussion: """
        INDEX is the site's wait for the first answer of a person relative to the company's, median and 90th percentile
        of the last four weeks: 1 is equal, 2 waits twice as long. N is how many tickets it stands on. ? is not known.

        Example:
          relevo balance show --format json
        """)
    @OptionGroup var options: TicketOptions

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", "/api/v1/balance", timeoutSeconds: 60)
        if options.format == .json { return Output.json(data) }
        let view = try NodeConnection.decode(BalanceView.self, data)
        print(view.text(Terminal.format(.english), width: Terminal.width), terminator: "")
      }
    }
  }

  /// `relevo balance explain`.
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say why a ticket is where it is: who was considered, what was known and how old that was.",
      discussion: """
        Each decision of the rules is recorded with its inputs. They are run through the rules again, and the last line
        says whether the answer is the same.

        Example:
          relevo balance explain LYO-12
        """)
    @Argument(help: "Number or identifier of the ticket.") var ticket: String
    @OptionGroup var options: TicketOptions

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", "/api/v1/tickets/\(NodeConnection.escaped(ticket))/why")
        if options.format == .json { return Output.json(data) }
        let view = try NodeConnection.decode(DecisionsView.self, data)
        print(view.text(Terminal.format(.english), width: Terminal.width), terminator: "")
      }
    }
  }

  /// `relevo balance dry-run`.
  struct DryRun: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dry-run",
      abstract: "Try changed rules of assignment on last week's tickets; nothing is changed.",
      discussion: """
        The file is YAML: names and values as GET /api/v1/policy shows them. What is left out stays as it is in force.

        Example:
          printf 'hops_max: 1\\nhand_over_seconds: 300\\n' > policy.yaml
          relevo balance dry-run policy.yaml
        """)
    @Argument(help: "The file with the rules; - is standard input.") var policy: String
    @OptionGroup var options: TicketOptions

    func run() throws {
      try Output.run {
        let body: [UInt8]
        do {
          body = try PolicyFile.body(try InputText.read(policy), file: policy == "-" ? "standard input" : policy)
        } catch let problem as PolicyFile.Problem {
          throw CommandFailure(problem.description)
        }
        let data = try options.connection().ask(
          "POST", "/api/v1/balance/dry-run", json: body, timeoutSeconds: 120)
        if options.format == .json { return Output.json(data) }
        let view = try NodeConnection.decode(TrialView.self, data)
        print(view.text(Terminal.format(.english), width: Terminal.width), terminator: "")
      }
    }
  }

  /// `relevo balance move`.
  struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a batch of tickets to another office; moving them back undoes it.",
      discussion: """
        Without numbers, what --from is responsible for and waits goes, the most overdue first. A ticket can be given
        away only by the office that is responsible for it; each one's outcome is printed.

        Examples:
          relevo balance move --from LYO --to MAD --limit 10 --reason 'Nobody on shift until Monday'
          relevo balance move --from MAD --to LYO --reason 'Back again'
          relevo balance move --to LYO MAD-3 MAD-9 --reason 'Only these two'
        """)
    @Argument(help: "Numbers of the tickets; without them, --from.") var tickets: [String] = []
    @Option(help: "Code of the office that is responsible for the tickets.") var from: String?
    @Option(help: "Code of the office that gets them.") var to: String
    @Option(help: "At most so many, 1 to 100.") var limit: Int?
    @Option(help: "Why; stands in each ticket's history.") var reason: String
    @OptionGroup var options: TicketOptions

    func run() throws {
      try Output.run {
        var body: [String: JSONField] = ["to": .text(to), "reason": .text(reason)]
        if let from { body["from"] = .text(from) }
        if !tickets.isEmpty { body["tickets"] = .texts(tickets) }
        if let limit { body["limit"] = .number(limit) }
        let data = try options.connection().ask("POST", "/api/v1/balance/move", body, timeoutSeconds: 120)
        let view = try NodeConnection.decode(MovesView.self, data)
        if options.format == .json { Output.json(data) } else { print(view.text, terminator: "") }
        // A script that moves work must learn that some of it stayed.
        if view.items.contains(where: { $0.outcome != "moved" }) { throw ExitCode(1) }
      }
    }
  }
}
