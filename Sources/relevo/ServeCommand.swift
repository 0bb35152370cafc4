import ArgumentParser
import Foundation
import Logging
import Node

/// `relevo serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the node in the foreground until SIGTERM.",
    discussion: """
      Serves pages, the JSON API and the links to the other offices. On SIGTERM it finishes what it began and exits 0.

      Example:
        relevo --config cluster-config/madrid.yaml serve
      """)

  @OptionGroup var options: ConfigurationOptions

  func run() async throws {
    let configuration = try options.load()
    let logger = NodeLogging.make(configuration.log)
    let demoAccounts = ProcessInfo.processInfo.environment["RELEVO_DEMO_ACCOUNTS"]
    do {
      try await Serving.serve(configuration, demoAccounts: demoAccounts, logger: logger) { port in
        StandardError.write("\(configuration.site) is ready: http://\(configuration.http.host):\(port)")
      }
    } catch {
      StandardError.write("relevo serve: \(error)")
      throw ExitCode(1)
    }
  }
}
