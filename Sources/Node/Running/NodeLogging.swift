import Foundation
package import Logging

/// Log lines on standard error, as text or as JSON; never with ticket text, names or secrets.
package enum NodeLogging {
  package static func make(_ settings: NodeConfiguration.Log) -> Logger {
    var logger = Logger(label: "relevo") { label in
      switch settings.format {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLogHandler(label: label)
      }
    }
    logger.logLevel = settings.level
    return logger
  }
}

/// One JSON object a line.
struct JSONLogHandler: LogHandler {
  let label: String
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  init(label: String) { self.label = label }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields: [String: String] = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
    fields["at"] = ISO8601DateFormatter().string(from: Date())
    fields["level"] = event.level.rawValue
    fields["logger"] = label
    fields["message"] = "\(event.message)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings always encode; a line that did not would only be missing from the log.
    guard let bytes = try? encoder.encode(fields) else { return }
    FileHandle.standardError.write(bytes + Data([10]))
  }
}
