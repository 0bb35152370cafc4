import ArgumentParser
import Foundation
import Logging
import Node

/// `relevo restore`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a backup back into the data directory of this stopped node.",
    discussion: """
      Reads the backup from end to end first and changes nothing when anything in it is wrong. The database that was there
      is kept beside it under another name. When the node is started it fetches what other offices hold of its changes,
      then writes under a new stream: its tickets are numbered MAD.7QX2-1 from then on. node.json must be in place.

      Example:
        relevo --config cluster-config/madrid.yaml restore /var/backups/relevo.sqlite
      """)

  @OptionGroup var options: ConfigurationOptions

  @Argument(help: "The file that `relevo backup` wrote.") var file: String

  func run() async throws {
    let configuration = try options.load()
    do {
      let path = URL(fileURLWithPath: file).standardizedFileURL.path
      let outcome = try await Restoring.restore(
        configuration, from: path, logger: NodeLogging.make(configuration.log))
      print("Restored \(outcome.operations) changes and \(outcome.tickets) tickets from \(path).")
      if let place = outcome.setAside { print("The database that was there is kept as \(place).") }
      print("Next: relevo serve. It fetches its own newer changes from the other offices and begins a new stream.")
    } catch {
      StandardError.write("relevo restore: \(error)")
      throw ExitCode(1)
    }
  }
}
