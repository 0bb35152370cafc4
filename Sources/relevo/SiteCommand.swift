import ArgumentParser
import Texts

/// `relevo site`: offices, their hours and time zones.
struct SiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site",
    abstract: "List offices and set their hours and time zone.",
    discussion: """
      Examples:
        relevo site list
        relevo site set LYO --time-zone Europe/Paris
        relevo site set LYO --calendar lyo
      """,
    subcommands: [List.self, Set.self])

  private struct View: Decodable {
    var code: String
    var name: String
    var timeZone: String
    var here: Bool
    var link: String?
    var calendar: String?
    var hours: String
    var open: Bool
    var nextOpening: String?

    /// `open`, or when it opens next on the reader's clock.
    var standing: String {
      if open { return "open" }
      guard let nextOpening else { return "never opens" }
      return "opens \(Terminal.moment(nextOpening, Terminal.format(.english)))"
    }
  }

  /// `relevo site list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List offices with their hours.",
      discussion: """
        Example:
          relevo site list
        """)
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", "/api/v1/sites")
        if options.format == .json { return Output.json(data) }
        var table = TextTable(["CODE", "NAME", "TIME ZONE", "CALENDAR", "HOURS", "NOW"])
        for site in try NodeConnection.decode(ListView<View>.self, data).items {
          table.add([
            site.code, site.name, site.timeZone, site.calendar ?? "none (standard hours)", site.hours, site.standing,
          ])
        }
        print(table.text(width: nil), terminator: "")
      }
    }
  }

  /// `relevo site set`.
  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change an office; what is not named stays.",
      discussion: """
        Examples:
          relevo site set LYO --name Lyon --time-zone Europe/Paris
          relevo site set LYO --calendar lyo
          relevo site set LYO --calendar standard
        """)
    @Argument(help: "Code of the office.") var code: String
    @Option(help: "Name as people read it.") var name: String?
    @Option(
      name: .customLong("time-zone"), help: ArgumentHelp("Such as Europe/Paris.", valueName: "zone"))
    var timeZone: String?
    @Option(help: "Key of the calendar of its hours; 'standard' for weekdays from 9 to 18.") var calendar: String?
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        var body: [String: JSONField] = [:]
        if let name { body["name"] = .text(name) }
        if let timeZone { body["time_zone"] = .text(timeZone) }
        if let calendar { body["calendar"] = calendar == "standard" ? .null : .text(calendar) }
        // Whatever stands there now: an order of the console does not depend on it.
        let data = try options.connection().ask(
          "PATCH", "/api/v1/sites/\(NodeConnection.escaped(code.uppercased()))", body, headers: [("If-Match", "*")])
        if options.format == .json { return Output.json(data) }
        let site = try NodeConnection.decode(View.self, data)
        print(
          "\(site.code): \(PlainText.shown(site.name, keepsLines: false)), \(site.timeZone), \(site.hours); now \(site.standing)"
        )
      }
    }
  }
}
