import Foundation

/// One Swift file of the repository, or one that a test made up.
struct SourceFile: Sendable {
  /// Path inside the repository: `Sources/Store/Store.swift`.
  let path: String
  /// The file as it stands.
  let text: String
  /// The same, taken apart once for all checks.
  let lexed: LexedSource
  /// The folder below `Sources` or `Tests`.
  let target: String
  let isTest: Bool

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lexed = LexedSource(text)
    let parts = path.split(separator: "/").map(String.init)
    isTest = parts.first == "Tests"
    target = parts.count > 2 ? parts[1] : ""
  }
}

/// Where the repository is, and what it holds.
enum Repository {
  /// Found from this file's own place: `Tests/TidyTests/SourceFile.swift` is two folders below the root.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every Swift file below `Sources` and `Tests`, sorted by path; read once for all tests.
  static let swiftFiles = Result { try readSwiftFiles() }

  private static func readSwiftFiles() throws -> [SourceFile] {
    try ["Sources", "Tests"].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
        .filter { $0.hasSuffix(".swift") }
        .sorted()
        .map { SourceFile(path: "\(folder)/\($0)", text: try text(of: "\(folder)/\($0)")) }
    }
  }

  /// The text of one file, by its path inside the repository.
  static func text(of path: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
  }
}

/// One place that breaks a rule.
struct Finding: Equatable, CustomStringConvertible {
  let path: String
  /// Counted from 1.
  let line: Int
  let message: String

  var description: String { "\(path):\(line): \(message)" }
}

extension [Finding] {
  /// One finding per line, for the message of a failed test.
  var report: String { map(\.description).joined(separator: "\n") }
}
