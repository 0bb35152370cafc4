import ArgumentParser

/// The root of the command line; every other command is listed in its configuration.
@main
struct RelevoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relevo",
    abstract: "A helpdesk for organisations with several offices: one node per office, no centre that must be up.",
    discussion: """
      Data goes to standard output, messages to standard error. Secrets are never taken from options.

      Examples:
        relevo config example > /etc/relevo/relevo.yaml
        relevo --config cluster-config/madrid.yaml config check
        relevo help config check
      """,
    version: "relevo 0.1.0 (protocol 0)",
    subcommands: [ConfigCommand.self])

  // Declared here as well, so that `relevo --config FILE command` means the same as `relevo command --config FILE`.
  @OptionGroup var configurationOptions: ConfigurationOptions
}
