import ArgumentParser
import Foundation
import Texts

/// `relevo backup`.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the running node's database into a file, consistently and while people work.",
    discussion: """
      The keys in the data directory are not part of it: keep a copy of them in a safe place.

      Example:
        relevo backup /var/backups/relevo-$(date +%F).sqlite
      """)

  @Argument(help: "The file to write; the node writes it, with the node's own rights.") var file: String
  @OptionGroup var options: UserCommand.Options

  private struct Answer: Decodable {
    var file: String
    var bytes: String?
  }

  func run() throws {
    try Output.run {
      let path = URL(fileURLWithPath: file).standardizedFileURL.path
      let data = try options.connection().ask(
        "POST", "/control/v1/backup", ["file": .text(path)], timeoutSeconds: 3600)
      if options.format == .json { return Output.json(data) }
      let answer = try NodeConnection.decode(Answer.self, data)
      let size = answer.bytes.flatMap { Int64($0) }.map { " (\(Terminal.format(.english).bytes($0)))" } ?? ""
      print("Backup written to \(answer.file)\(size).")
    }
  }
}
