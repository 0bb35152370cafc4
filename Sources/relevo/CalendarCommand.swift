import ArgumentParser
import Foundation

/// `relevo calendar`: working hours and holidays.
struct CalendarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calendar",
    abstract: "Show and set working hours and holidays.",
    discussion: """
      An office without a calendar is open on weekdays from 9 to 18 in its own time zone.

      Examples:
        relevo calendar list
        relevo calendar set mad --name Madrid --hours 'mon-thu 09:00-14:00 15:00-18:00, fri 08:00-15:00'
        relevo site set MAD --calendar mad
        relevo calendar import mad festivos.ics --dry-run
        relevo calendar holiday add mad 2026-12-24 'Nochebuena' --hours 14:00-24:00
        relevo calendar show mad
      """,
    subcommands: [List.self, Show.self, Set.self, Import.self, HolidayCommand.self])

  struct HolidayView: Decodable {
    var date: String
    var name: String
    var hours: String?
  }

  struct View: Decodable {
    var key: String
    var name: String
    var hours: String
    var timeZone: String?
    var sites: [String]
    var holidays: [HolidayView]

    /// What `show` prints.
    var text: String {
      var lines = [
        "\(key): \(PlainText.shown(name, keepsLines: false))", "  hours      \(hours)",
        "  time zone  \(timeZone ?? "that of the office it is used for")",
        "  offices    \(sites.isEmpty ? "none; choose it with 'relevo site set CODE --calendar \(key)'" : sites.joined(separator: ", "))",
      ]
      if holidays.isEmpty {
        lines.append("  holidays   none; add them with 'relevo calendar import \(key) FILE.ics'")
      } else {
        lines.append("  holidays")
        lines += holidays.map { "    " + CalendarCommand.line($0) }
      }
      return lines.joined(separator: "\n")
    }
  }

  /// `2026-12-24  14:00-24:00  Nochebuena`.
  static func line(_ holiday: HolidayView) -> String {
    let name = PlainText.shown(holiday.name, keepsLines: false)
    return "\(holiday.date)  \(holiday.hours ?? "all day    ")  \(name)"
  }

  /// `mad has 14 holidays.`
  static func count(_ data: Foundation.Data) throws -> String {
    let view = try NodeConnection.decode(View.self, data)
    return "\(view.key) has \(view.holidays.count) holiday\(view.holidays.count == 1 ? "" : "s")."
  }

  static func path(_ key: String) -> String { "/api/v1/calendars/\(NodeConnection.escaped(key))" }

  /// `relevo calendar list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List calendars.",
      discussion: """
        Example:
          relevo calendar list
        """)
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", "/api/v1/calendars")
        if options.format == .json { return Output.json(data) }
        let list = try NodeConnection.decode(ListView<View>.self, data)
        guard !list.items.isEmpty else {
          return StandardError.write(
            "There is no calendar yet: offices are open on weekdays from 9 to 18. Add one with 'relevo calendar set KEY'."
          )
        }
        var table = TextTable(["KEY", "NAME", "HOURS", "TIME ZONE", "OFFICES", "HOLIDAYS"])
        for item in list.items {
          table.add([
            item.key, item.name, item.hours, item.timeZone ?? "of the office", item.sites.joined(separator: " "),
            String(item.holidays.count),
          ])
        }
        print(table.text(width: nil), terminator: "")
      }
    }
  }

  /// `relevo calendar show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a calendar with its holidays.",
      discussion: """
        Example:
          relevo calendar show mad
        """)
    @Argument(help: "Key of the calendar.") var key: String
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        let data = try options.connection().ask("GET", CalendarCommand.path(key))
        if options.format == .json { return Output.json(data) }
        print(try NodeConnection.decode(View.self, data).text)
      }
    }
  }

  /// `relevo calendar set`.
  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a calendar or change it; what is not named stays.",
      discussion: """
        Hours that end before they begin go on into the next day: 'mon-fri 22:00-06:00' is a night shift.

        Examples:
          relevo calendar set mad --hours 'mon-fri 09:00-18:00'
          relevo calendar set mad-night --name 'Night shift' --hours 'mon-fri 22:00-06:00' --time-zone Europe/Madrid
        """)
    @Argument(help: "Key: lower case letters, digits and hyphens.") var key: String
    @Option(help: "Name as people read it.") var name: String?
    @Option(help: "Hours of the week, 'always' or 'never'.") var hours: String?
    @Option(
      name: .customLong("time-zone"),
      help: ArgumentHelp("Such as Europe/Madrid; 'site' for that of the office it is used for.", valueName: "zone"))
    var timeZone: String?
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        var body: [String: JSONField] = [:]
        if let name { body["name"] = .text(name) }
        if let hours { body["hours"] = .text(hours) }
        if let timeZone { body["time_zone"] = timeZone == "site" ? .null : .text(timeZone) }
        let data = try options.connection().ask("PUT", CalendarCommand.path(key), body)
        if options.format == .json { return Output.json(data) }
        print(try NodeConnection.decode(View.self, data).text)
      }
    }
  }

  /// `relevo calendar import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add the holidays of an iCalendar file.",
      discussion: """
        Holidays that are there already are left alone, so it is safe to run twice. With a fault in the file nothing is
        added, unless --partial says so.

        Examples:
          relevo calendar import mad festivos.ics --dry-run
          relevo calendar import mad festivos.ics --from 2026 --until 2028
        """)
    @Argument(help: "Key of the calendar.") var key: String
    @Argument(help: ArgumentHelp("The file; '-' for standard input.", valueName: "file.ics")) var file: String
    @Option(help: "First year; this one without it.") var from: Int?
    @Option(help: "Last year; four after the first without it.") var until: Int?
    @Flag(name: .customLong("dry-run"), help: "Only say what would be added.") var isDryRun = false
    @Flag(name: .customLong("partial"), help: "Add what can be read although the file has faults.") var isPartial =
      false
    @OptionGroup var options: UserCommand.Options

    private struct Answer: Decodable {
      struct Fault: Decodable {
        var line: Int
        var detail: String
      }
      var added: [HolidayView]
      var present: Int
      var outside: Int
      var faults: [Fault]
    }

    func run() throws {
      try Output.run {
        var query = ["dry_run=\(isDryRun)", "partial=\(isPartial)"]
        if let from { query.append("from=\(from)") }
        if let until { query.append("until=\(until)") }
        let text = try InputText.read(file)
        let data = try options.connection().ask(
          "POST", CalendarCommand.path(key) + "/import?" + query.joined(separator: "&"), json: Array(text.utf8),
          headers: [("Content-Type", "text/calendar")], timeoutSeconds: 60)
        if options.format == .json { return Output.json(data) }
        let answer = try NodeConnection.decode(Answer.self, data)
        for holiday in answer.added { print(CalendarCommand.line(holiday)) }
        for fault in answer.faults { StandardError.write(fault.detail) }
        StandardError.write(
          "\(answer.added.count) \(isDryRun ? "would be added" : "added"), \(answer.present) there already, "
            + "\(answer.outside) outside the years.")
      }
    }
  }

  /// `relevo calendar holiday`.
  struct HolidayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "holiday", abstract: "Add and take away single holidays.",
      discussion: """
        Examples:
          relevo calendar holiday add mad 2026-12-25 Navidad
          relevo calendar holiday remove mad 2026-12-25
        """,
      subcommands: [Add.self, Remove.self])
  }

  /// `relevo calendar holiday add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a holiday.",
      discussion: """
        Example:
          relevo calendar holiday add mad 2026-12-24 Nochebuena --hours 14:00-24:00
        """)
    @Argument(help: "Key of the calendar.") var key: String
    @Argument(help: "Day, such as 2026-12-25.") var date: String
    @Argument(help: "Name as people read it.") var name: String
    @Option(help: "The part of the day that is free; the whole day without it.") var hours: String?
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        var body: [String: JSONField] = ["date": .text(date), "name": .text(name)]
        if let hours { body["hours"] = .text(hours) }
        let data = try options.connection().ask("POST", CalendarCommand.path(key) + "/holidays", body)
        if options.format == .json { return Output.json(data) }
        print(try CalendarCommand.count(data))
      }
    }
  }

  /// `relevo calendar holiday remove`.
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take away the holidays of a day.",
      discussion: """
        Example:
          relevo calendar holiday remove mad 2026-12-24 --name Nochebuena
        """)
    @Argument(help: "Key of the calendar.") var key: String
    @Argument(help: "Day, such as 2026-12-25.") var date: String
    @Option(help: "Only the one of this name.") var name: String?
    @OptionGroup var options: UserCommand.Options

    func run() throws {
      try Output.run {
        var path = CalendarCommand.path(key) + "/holidays/\(NodeConnection.escaped(date))"
        if let name { path += "?name=\(NodeConnection.escaped(name))" }
        let data = try options.connection().ask("DELETE", path)
        if options.format == .json { return Output.json(data) }
        print(try CalendarCommand.count(data))
      }
    }
  }
}
