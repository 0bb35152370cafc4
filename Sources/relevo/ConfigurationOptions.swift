import ArgumentParser
import Foundation
import Node

/// `--config FILE`, for every command that needs the node's configuration; include it with `@OptionGroup`.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "The node's configuration file (default: $RELEVO_CONFIG, then \(ConfigurationFile.standardPath)).",
      valueName: "file"))
  var file: String?

  /// The file that applies, after `--config`, `RELEVO_CONFIG` and the standard place have been asked in this order.
  var path: String {
    ConfigurationFile.path(option: file, environment: ProcessInfo.processInfo.environment)
  }

  /// The checked configuration; otherwise writes every problem to standard error and ends with code 1.
  func load() throws -> NodeConfiguration {
    do {
      return try ConfigurationFile.load(path: path, environment: ProcessInfo.processInfo.environment)
    } catch {
      StandardError.write(error.description)
      throw ExitCode(1)
    }
  }

  /// What the file and the environment say, with all problems and without ending the command.
  func read() -> ConfigurationReading {
    ConfigurationFile.read(path: path, environment: ProcessInfo.processInfo.environment)
  }
}
