import Foundation

/// Standard output, line by line as things happen, also into a pipe or a file.
enum Output {
  static func line(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }
}
