import ArgumentParser
import Node

/// `relevo config`: checks, shows and explains the configuration of a node; the node need not run.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check, show or write the configuration of a node.",
    discussion: """
      Examples:
        relevo config check --config cluster-config/madrid.yaml
        relevo config show --origin
        relevo config example > relevo.yaml
      """,
    subcommands: [Check.self, Show.self, Example.self])

  /// `relevo config check`: exit code 0 when everything is right, else 1.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read the configuration and report everything that is wrong with it.",
      discussion: """
        Each problem is one line, 'file:line:column: what is wrong (did you mean …?)'. Variables such as RELEVO_HTTP_PORT
        are checked too. Exit code 0 means right, 1 means that there are problems.

        Example:
          relevo config check --config cluster-config/lyon.yaml
        """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "text or json (an array of problems, empty when all is right).")
    var format: OutputFormat = .text

    func run() throws {
      let reading = options.read()
      if format == .json {
        print(try ConfigurationListing.problemsJSON(reading.problems), terminator: "")
      } else if let configuration = reading.configuration {
        print(ConfigurationListing.verdict(file: options.path, configuration))
      }
      guard reading.problems.isEmpty else {
        if format == .text { StandardError.write(reading.problems.map(\.description).joined(separator: "\n")) }
        throw ExitCode(1)
      }
    }
  }

  /// `relevo config show`: what applies after file, environment and defaults.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the values that apply, and with --origin where each one comes from.",
      discussion: """
        The output is a configuration file itself. Problems are reported to standard error, and end with code 1.

        Example:
          RELEVO_HTTP_PORT=9000 relevo config show --origin --config cluster-config/madrid.yaml
        """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Add to each value the place it comes from: file:line:column, a variable, or the default.")
    var origin = false

    @Option(help: "text (YAML) or json (an array of key, value and origin).")
    var format: OutputFormat = .text

    func run() throws {
      let reading = options.read()
      let text =
        try format == .json
        ? ConfigurationListing.showJSON(reading.values)
        : ConfigurationListing.show(reading.values, origins: origin)
      print(text, terminator: "")
      guard reading.problems.isEmpty else {
        StandardError.write(reading.problems.map(\.description).joined(separator: "\n"))
        throw ExitCode(1)
      }
    }
  }

  /// `relevo config example`: a commented file to start from.
  struct Example: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a complete configuration with comments, to start from.",
      discussion: """
        Example:
          relevo config example > /etc/relevo/relevo.yaml
        """)

    func run() {
      print(ConfigurationListing.example(), terminator: "")
    }
  }
}
