import Foundation

/// Finds the program that was built together with these tests.
enum RelevoBinary {
  /// No program to test was found.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The path of an executable `relevo`: `RELEVO_BINARY`, or the nearest one beside or above the test bundle.
  static func path() throws -> String {
    if let named = ProcessInfo.processInfo.environment["RELEVO_BINARY"], !named.isEmpty {
      guard isProgram(named) else { throw Missing(description: "RELEVO_BINARY names \(named), which is no program.") }
      return named
    }
    let starts = [CommandLine.arguments.first ?? "", "/proc/self/exe", Bundle.main.bundlePath]
    for start in starts where !start.isEmpty {
      var folder = URL(fileURLWithPath: start).resolvingSymlinksInPath()
      while folder.path != "/" {
        folder.deleteLastPathComponent()
        let candidate = folder.appendingPathComponent("relevo").path
        if isProgram(candidate) { return candidate }
      }
    }
    throw Missing(
      description: "No built 'relevo' lies beside the tests. Run 'swift build --product relevo', or set RELEVO_BINARY.")
  }

  private static func isProgram(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      && FileManager.default.isExecutableFile(atPath: path)
  }
}
