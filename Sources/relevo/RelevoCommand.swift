import ArgumentParser
import Node

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
        relevo cluster init --site MAD --name Madrid
        relevo cluster invite --site LYO --name Lyon > lyon.token
        relevo join --token-file lyon.token
        relevo serve
        relevo status
        relevo user add ana@example.org --name 'Ana Ruiz' --role agent
        relevo token create ana@example.org --name scripts
        relevo ticket open 'The printer jams' --requester eva@example.org
        relevo calendar import mad festivos.ics --dry-run
        relevo conflicts
        relevo balance show
        relevo import volvo-incidents incidents.csv.gz --dry-run
        relevo peer test LYO
        relevo backup /var/backups/relevo.sqlite
        relevo restore /var/backups/relevo.sqlite
        relevo verify --peer LYO
        relevo doctor
      """,
    version: "relevo \(RunningNode.version) (protocol 0)",
    subcommands: [
      ServeCommand.self, StatusCommand.self, TicketCommand.self, ConflictsCommand.self, BalanceCommand.self,
      UserCommand.self,
      SiteCommand.self, CalendarCommand.self,
      TokenCommand.self, ImportCommand.self, BackupCommand.self, RestoreCommand.self, VerifyCommand.self,
      PeerCommand.self, NodeCommand.self,
      ClusterCommand.self, JoinCommand.self, ConfigCommand.self, DoctorCommand.self,
    ])

  // Declared here as well, so that `relevo --config FILE command` means the same as `relevo command --config FILE`.
  @OptionGroup var configurationOptions: ConfigurationOptions
}
