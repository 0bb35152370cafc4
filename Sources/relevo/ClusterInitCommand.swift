import ArgumentParser
import Foundation
import Logging
import Node

/// `relevo cluster init`.
struct ClusterInitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make the first office of a new cluster.",
    discussion: """
      Creates the keys, the store and the site in the configured data directory. Other offices join with `relevo join`.

      Example:
        relevo --config cluster-config/madrid.yaml cluster init --site MAD --name Madrid
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "Code of the office; must be the configured site.")
  var site: String

  @Option(help: "Name of the office as people call it.")
  var name: String

  @Option(name: .customLong("time-zone"), help: "The office's time zone, an IANA name.")
  var timeZone = "Europe/Madrid"

  func run() async throws {
    let configuration = try options.load()
    guard site.uppercased() == configuration.site else {
      StandardError.write("--site says \(site), the configuration says \(configuration.site): they must agree.")
      throw ExitCode(1)
    }
    do {
      try await Founding.found(
        configuration, name: name, timeZone: timeZone, logger: NodeLogging.make(configuration.log))
    } catch {
      StandardError.write("relevo cluster init: \(error)")
      throw ExitCode(1)
    }
    StandardError.write(
      "\(configuration.site) \(name) is founded in \(configuration.dataDirectory). Next: relevo serve")
  }
}
