/// The targets of `Package.swift` and what each depends on, read from its text.
struct Manifest {
  /// What a target is for.
  enum Kind: Equatable {
    case library
    case executable
    case system
    case test
  }

  /// One target.
  struct Target: Equatable {
    let name: String
    let kind: Kind
    /// Names of targets and of products, in the order of the file.
    let dependencies: [String]
  }

  let targets: [Target]

  /// Reads the four forms that our manifest uses: `room`, `tests`, `.systemLibrary` and `.executableTarget`.
  init(text: String) {
    let source = Self.withoutComments(text)
    let shorthands = Self.shorthands(source)
    let forms: [(opening: String, kind: Kind)] = [
      ("room(", .library), ("tests(", .test), (".systemLibrary(", .system), (".executableTarget(", .executable),
    ]
    var found: [(offset: String.Index, target: Target)] = []
    for form in forms {
      for range in source.ranges(of: form.opening) where !source[..<range.lowerBound].hasSuffix("func ") {
        let call = Self.balanced(source[range.upperBound...], open: "(", close: ")")
        guard let name = Self.literals(call).first else { continue }
        let list = call.firstIndex(of: "[").map { Self.balanced(call[call.index(after: $0)...], open: "[", close: "]") }
        let isListed = form.kind != .system
        found.append(
          (
            range.lowerBound,
            Target(
              name: name, kind: form.kind, dependencies: isListed ? Self.names(list ?? "", shorthands: shorthands) : [])
          ))
      }
    }
    targets = found.sorted { $0.offset < $1.offset }.map(\.target)
  }

  /// `let grdb = Target.Dependency.product(name: "GRDB", …)` as `grdb: GRDB`.
  private static func shorthands(_ source: String) -> [String: String] {
    var names: [String: String] = [:]
    for match in source.matches(of: #/let (\w+) = Target\.Dependency\.product\(name: "([^"]+)"/#) {
      names[String(match.1)] = String(match.2)
    }
    return names
  }

  /// Names in a dependency list: string literals, shorthands, and `.product(name: "X", package: "Y")` as X.
  private static func names(_ list: Substring, shorthands: [String: String]) -> [String] {
    let plain = String(list).replacing(#/\.product\(name: ("[^"]+"), package: "[^"]+"\)/#) { String($0.1) }
    return plain.split(separator: ",").compactMap { item in
      let word = item.filter { !$0.isWhitespace }
      if word.hasPrefix("\"") { return String(word.dropFirst().dropLast()) }
      return word.isEmpty ? nil : shorthands[String(word)] ?? String(word)
    }
  }

  private static func literals(_ text: Substring) -> [String] {
    text.matches(of: #/"([^"]*)"/#).map { String($0.1) }
  }

  /// The text up to the bracket that closes the one already passed.
  private static func balanced(_ text: Substring, open: Character, close: Character) -> Substring {
    var depth = 1
    for index in text.indices {
      if text[index] == open { depth += 1 }
      if text[index] == close { depth -= 1 }
      if depth == 0 { return text[..<index] }
    }
    return text
  }

  /// Drops comments that fill a line; the manifest has no others inside its lists.
  private static func withoutComments(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.drop { $0 == " " }.hasPrefix("//") }
      .joined(separator: "\n")
  }
}
