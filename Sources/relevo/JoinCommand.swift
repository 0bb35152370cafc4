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
      keys and asks to be let in. The whole log follows when the node is started; where the line is thin and the log is
      long, begin with a backup that another office made with `relevo backup`, carried here on a stick.

      Examples:
        relevo --config cluster-config/lyon.yaml join --token-file lyon.token
        relevo --config cluster-config/lyon.yaml join --token-file lyon.token --backup /media/stick/madrid.sqlite
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(name: .customLong("token-file"), help: "The file that holds the token; standard input without it.")
  var tokenFile: String?

  @Option(help: "A backup of another office to begin with, so that only what is newer comes over the line.")
  var backup: String?

  func run() async throws {
    let configuration = try options.load()
    do {
      let token = try JoinToken(text: try text())
      let taken = try await Joining.join(
        configuration, token: token, backup: backup, logger: NodeLogging.make(configuration.log))
      if let backup { StandardError.write(Self.tell(taken, of: backup)) }
    } catch {
      StandardError.write("relevo join: \(error)")
      throw ExitCode(1)
    }
    StandardError.write("\(configuration.site) has joined. Next: relevo serve")
  }

  private static func tell(_ taken: UInt64, of backup: String) -> String {
    taken > 0
      ? "\(taken) operations of \(backup) were verified and taken in."
      : "\(backup) holds nothing that this cluster vouches for, so everything will come over the line."
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
