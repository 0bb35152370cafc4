import Foundation

/// Messages for the person at the terminal; standard output is kept for data.
enum StandardError {
  /// Writes one message and a line break.
  static func write(_ message: String) {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
  }
}
