import Foundation

/// Where a command takes a longer text or a secret from: a file, or standard input for `-`.
enum InputText {
  /// The whole text without the line breaks at its end. Throws with the file's name when it cannot be read.
  static func read(_ path: String) throws -> String {
    let data: Data
    do {
      data =
        try path == "-"
        ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandFailure("\(path) cannot be read: \(error.localizedDescription)")
    }
    guard var text = String(validating: data, as: UTF8.self) else {
      throw CommandFailure("\(path == "-" ? "Standard input" : path) is not UTF-8 text. Save it as UTF-8.")
    }
    while let last = text.unicodeScalars.last, last == "\n" || last == "\r" { text.unicodeScalars.removeLast() }
    return text
  }
}
