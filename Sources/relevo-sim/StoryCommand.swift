import ArgumentParser
import Foundation
import Simulator

/// `relevo-sim story`: plays a story from a file.
struct StoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "story",
    abstract: "Plays a story about people at several offices and looks whether it comes out as it says.",
    discussion: """
      Ends with 1 when something turns out otherwise, and names the line. Example of a story:

        given MAD-7
        cut MAD LYO; an agent closes MAD-7 at MAD; its requester replies at LYO; heal
        expect MAD-7 open, marked for review

      Sentences end with a line or a semicolon, and # begins a comment. People: eva (employee), ana and luc (agents), leo
      (lead), ada (admin), an agent, another agent, its requester, its assignee. They open, reply, note, take, start,
      assign, tag, untag, change, wait for, escalate, resolve, close, reopen and decide. Troubles: cut, heal, crash,
      kill, stop, restart, freeze, thaw, back up, restore, move, set clock, fill disk, fail sync, mend disk, upgrade,
      wait. A sentence that cannot be understood is answered with what is possible there.
      """)

  @Argument(help: "Files with one story each; - reads from the standard input.") var files: [String]
  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "With how many seeds each story is played.") var seeds = 1

  func validate() throws {
    guard !files.isEmpty else { throw ValidationError("Name a file with a story, or - for the standard input.") }
    guard (1...100_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 100000.") }
  }

  func run() throws {
    var failed = 0
    for file in files {
      let text: String
      do {
        let bytes =
          file == "-"
          ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: file))
        text = String(decoding: bytes, as: UTF8.self)
      } catch {
        throw ValidationError("\(file) cannot be read: name a file with a story, or - for the standard input.")
      }
      for offset in 0..<UInt64(seeds) {
        do {
          try StoryRunner.run(text, seed: seed &+ offset)
        } catch let problem as StoryProblem {
          failed += 1
          print("\(file), seed \(seed &+ offset), \(problem)")
        }
      }
    }
    if failed > 0 { throw ExitCode.failure }
    print(files.count == 1 ? "The story comes out as it says." : "All \(files.count) stories come out as they say.")
  }
}
