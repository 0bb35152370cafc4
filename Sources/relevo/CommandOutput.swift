import ArgumentParser
import Foundation

/// Ends a command with code 1 after its message has been written to standard error.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Writes what a command has to say, each thing to its place.
enum Output {
  /// Runs a command's work; a failure becomes a message and exit code 1.
  static func run(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let failure as CommandFailure {
      StandardError.write(failure.description)
      throw ExitCode(1)
    }
  }

  /// JSON as the node sent it, ending in one line break.
  static func json(_ data: Data) {
    var data = data
    if data.last != UInt8(ascii: "\n") { data.append(UInt8(ascii: "\n")) }
    FileHandle.standardOutput.write(data)
  }
}
