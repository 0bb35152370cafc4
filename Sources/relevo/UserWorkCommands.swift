import ArgumentParser
import Foundation
import Texts

/// When, where and on what people work.
extension UserCommand {
  private struct Work: Decodable {
    struct Absence: Decodable {
      var from: String
      var to: String
      var kind: String
    }
    var email: String
    var skills: [String]
    var languages: [String]
    var language: String
    var calendar: String?
    var worksRemotely: Bool
    var absences: [Absence]
    var onShift: Bool
    var nextShift: String?

    var text: String {
      let shift = onShift ? "on shift now" : "works next \(Terminal.moment(nextShift, Terminal.format(.english)))"
      var lines = [
        "\(email): \(shift)", "  skills     \(skills.isEmpty ? "every category" : skills.joined(separator: ", "))",
        "  languages  \(([language] + languages.filter { $0 != language }).joined(separator: ", "))",
        "  shift      \(calendar ?? "the hours of the office")\(worksRemotely ? ", works remotely" : "")",
      ]
      if !absences.isEmpty { lines.append("  away") }
      lines += absences.map { "    \($0.from) to \($0.to)  \($0.kind)" }
      return lines.joined(separator: "\n")
    }
  }

  private static func path(_ email: String) -> String { "/api/v1/users/\(NodeConnection.escaped(email))" }

  private static func show(_ options: Options, _ ask: (NodeConnection) throws -> Foundation.Data) throws {
    try Output.run {
      let data = try ask(try options.connection())
      if options.format == .json { return Output.json(data) }
      print(try NodeConnection.decode(Work.self, data).text)
    }
  }

  private static func change(_ email: String, _ body: [String: JSONField], _ options: Options) throws {
    try show(options) { connection in
      // Whatever stands there now: an order of the console does not depend on it.
      try connection.ask("PATCH", path(email), body, headers: [("If-Match", "*")])
    }
  }

  /// `relevo user skills`.
  struct Skills: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say which categories and languages a person can help with.",
      discussion: """
        Somebody without skills named gets tickets of every category.

        Examples:
          relevo user skills ana@example.org network printers
          relevo user skills ana@example.org --any
          relevo user skills ana@example.org --languages fr,pt
        """)
    @Argument(help: "E-mail.") var email: String
    @Argument(help: ArgumentHelp("Keys of categories.", valueName: "category")) var skills: [String] = []
    @Flag(name: .customLong("any"), help: "Every category.") var isAny = false
    @Option(help: "Languages beside their own, with commas; 'none' for no other.") var languages: String?
    @OptionGroup var options: Options

    func run() throws {
      var body: [String: JSONField] = [:]
      if isAny || !skills.isEmpty { body["skills"] = .texts(isAny ? [] : skills) }
      if let languages {
        body["languages"] = .texts(languages == "none" ? [] : languages.split(separator: ",").map(String.init))
      }
      if body.isEmpty {
        try UserCommand.show(options) { try $0.ask("GET", UserCommand.path(email)) }
      } else {
        try UserCommand.change(email, body, options)
      }
    }
  }

  /// `relevo user shift`.
  struct Shift: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a person the hours of a calendar, or of their office.",
      discussion: """
        Examples:
          relevo user shift ana@example.org mad-night
          relevo user shift ana@example.org office
          relevo user shift ana@example.org --remote yes
        """)
    @Argument(help: "E-mail.") var email: String
    @Argument(help: "Key of a calendar; 'office' for the hours of their office.") var calendar: String?
    @Option(help: "yes or no: works at no office.") var remote: String?
    @OptionGroup var options: Options

    func validate() throws {
      if let remote, !["yes", "no"].contains(remote) { throw ValidationError("--remote takes yes or no.") }
    }

    func run() throws {
      var body: [String: JSONField] = [:]
      if let calendar { body["calendar"] = calendar == "office" ? .null : .text(calendar) }
      if let remote { body["works_remotely"] = .flag(remote == "yes") }
      if body.isEmpty {
        try UserCommand.show(options) { try $0.ask("GET", UserCommand.path(email)) }
      } else {
        try UserCommand.change(email, body, options)
      }
    }
  }

  /// `relevo user absence`.
  struct AbsenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "absence",
      abstract: "Note when a person is away, and take it back.",
      discussion: """
        Examples:
          relevo user absence add ana@example.org 2026-12-21 2026-12-31 --kind vacation
          relevo user absence add ana@example.org 2026-11-24T14:00 2026-11-24T18:00
          relevo user absence remove ana@example.org 2026-12-21 2026-12-31
        """,
      subcommands: [AddAbsence.self, RemoveAbsence.self])
  }

  /// `relevo user absence add`.
  struct AddAbsence: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Note when a person is away.",
      discussion: """
        Example:
          relevo user absence add ana@example.org 2026-12-21 2026-12-31 --kind vacation
        """)
    @Argument(help: "E-mail.") var email: String
    @Argument(help: "First day, or a time such as 2026-11-24T14:00.") var from: String
    @Argument(help: "Last day, itself included, or a time.") var to: String
    @Option(help: "away, vacation, training or travel.") var kind = "away"
    @OptionGroup var options: Options

    func run() throws {
      try UserCommand.show(options) { connection in
        try connection.ask(
          "POST", UserCommand.path(email) + "/absences",
          ["from": .text(from), "to": .text(to), "kind": .text(kind)])
      }
    }
  }

  /// `relevo user absence remove`.
  struct RemoveAbsence: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Take back what was noted.",
      discussion: """
        Example:
          relevo user absence remove ana@example.org 2026-12-21 2026-12-31
        """)
    @Argument(help: "E-mail.") var email: String
    @Argument(help: "As it was noted.") var from: String
    @Argument(help: "As it was noted.") var to: String
    @OptionGroup var options: Options

    func run() throws {
      try UserCommand.show(options) { connection in
        try connection.ask(
          "DELETE",
          UserCommand.path(email)
            + "/absences?from=\(NodeConnection.escaped(from))&to=\(NodeConnection.escaped(to))")
      }
    }
  }
}
