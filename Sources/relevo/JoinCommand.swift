import ArgumentParser
import Foundation
import Logging
import Node

/// `relevo join`.
struct JoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Make this office a node of an existing cluster.",
    discussion: """
      Reads a one-time token (from `relevo cluster invite` at another office) from a file or from standard input, creates
      keys and asks to be let in. The whole log follows when the node is started.

      Example:
        relevo --config cluster-config/lyon.yaml join --token-file lyon.token
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(name: .customLong("token-file"), help: "The file that holds the token; standard input without it.")
  var tokenFile: String?

  func run() async throws {
    let configuration = try options.load()
    do {
      let token = try JoinToken(text: try text())
      try await Joining.join(configuration, token: token, logger: NodeLogging.make(configuration.log))
    } catch {
      StandardError.write("relevo join: \(error)")
      throw ExitCode(1)
    }
    StandardError.write("\(configuration.site) has joined. Next: relevo serve")
  }

  private func text() throws -> String {
    guard let tokenFile else {
      return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    }
    guard let bytes = FileManager.default.contents(atPath: tokenFile) else {
      throw NodeFailure("\(tokenFile) cannot be read.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
