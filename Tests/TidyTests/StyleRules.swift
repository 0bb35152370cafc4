/// Rules of style that a text can be asked for: length, names, swallowed errors, things left to do, SQL in its place.
enum StyleRules {
  /// Lines of a file without, and with, a reason in its first line.
  static let linesMax = 600
  static let linesMaxWithReason = 900

  static let bannedSuffixes = ["Manager", "Helper", "Utils", "Common", "Core", "Types", "Info", "Data"]

  /// Targets whose string literals may hold SQL: the store, and what measures or breaks the store on purpose.
  static let targetsWithSQL: Set<String> = ["Store", "relevo-bench", "Simulator"]

  /// A file of more than 600 lines; 900 when its first line is a comment that says why.
  static func lengthFindings(in file: SourceFile) -> [Finding] {
    let count = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
    let hasReason = file.text.hasPrefix("// Long because ")
    let limit = hasReason ? linesMaxWithReason : linesMax
    guard count > limit else { return [] }
    let advice = hasReason ? "split it" : "split it, or begin it with '// Long because …' for \(linesMaxWithReason)"
    return [Finding(path: file.path, line: limit + 1, message: "\(count) lines, at most \(limit): \(advice)")]
  }

  /// Types whose name ends in a word that says nothing.
  static func nameFindings(in file: SourceFile) -> [Finding] {
    let form = #/\b(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)/#.wordBoundaryKind(.simple)
    return each(file.lexed.code) { line, text in
      text.matches(of: form).compactMap { match in
        guard let suffix = bannedSuffixes.first(where: { match.1.hasSuffix($0) }) else { return nil }
        return Finding(path: file.path, line: line, message: "\(match.1) ends in \(suffix), which names nothing")
      }
    }
  }

  /// `try?` without a comment on its line or the one above, and `catch` blocks with neither a statement nor a reason.
  static func swallowedErrorFindings(in file: SourceFile) -> [Finding] {
    let source = file.lexed
    var findings = each(source.code) { line, text in
      let hasReason = source.comments[max(0, line - 2)..<line].contains { $0.contains("//") }
      return text.contains(#/\btry\?/#) && !hasReason
        ? [
          Finding(
            path: file.path, line: line, message: "try? without a comment that says why the error does not matter")
        ]
        : []
    }
    let code = source.code.joined(separator: "\n")
    for match in code.matches(of: #/\bcatch\b[^{}\n]*\{\s*\}/#.wordBoundaryKind(.simple)) {
      let line = code[..<match.range.lowerBound].utf8.count { $0 == UInt8(ascii: "\n") } + 1
      let last = line + match.0.utf8.count { $0 == UInt8(ascii: "\n") }
      let hasReason = source.comments[line - 1..<last].contains { $0.contains("//") }
      if !hasReason {
        findings.append(Finding(path: file.path, line: line, message: "empty catch: handle the error, or say why not"))
      }
    }
    return findings
  }

  /// Marks of work left undone.
  static func leftoverFindings(in file: SourceFile) -> [Finding] {
    let form = #/\b(?:TODO|FIXME|XXX)\b/#.wordBoundaryKind(.simple)
    return each(file.lexed.comments) { line, text in
      guard text.contains("//") || text.contains("*"), let match = text.firstMatch(of: form) else { return [] }
      return [Finding(path: file.path, line: line, message: "\(match.0): do it, or open an issue and remove the mark")]
    }
  }

  /// SQL in the literals of a target that is not the store.
  static func statementFindings(in file: SourceFile) -> [Finding] {
    guard !file.isTest, !targetsWithSQL.contains(file.target) else { return [] }
    let form =
      #/
      \b(?:
        SELECT\s[\s\S]+?\sFROM | INSERT\s+(?:OR\s+\w+\s+)?INTO | UPDATE\s+\w+\s+SET | DELETE\s+FROM
        | (?:CREATE|DROP|ALTER)\s+(?:VIRTUAL\s+|UNIQUE\s+|TEMP\s+)?(?:TABLE|INDEX|TRIGGER|VIEW) | PRAGMA\s+\w+
      )\b
      /#
      .wordBoundaryKind(.simple)
    return file.lexed.literals.compactMap { line, text in
      text.firstMatch(of: form) == nil
        ? nil : Finding(path: file.path, line: line, message: "SQL belongs into Store; give the store a query instead")
    }
  }

  /// Clocks, randomness and process-wide order in a room that must give the same result everywhere.
  static func impurityFindings(in file: SourceFile) -> [Finding] {
    guard !file.isTest, ImportRules.rows[file.target]?.isPure == true else { return [] }
    let form =
      #/
      \bSystemRandomNumberGenerator\b | \b(?:Continuous|Suspending)Clock\b
      | \.shuffled\(\) | \.shuffle\(\) | \.randomElement\(\) | \.random\(in:(?!.*using:)
      | \bHasher\(\) | \.hashValue\b | \bTask\s*\{ | \bTask\.sleep\b
      /#
      .wordBoundaryKind(.simple)
    return each(file.lexed.code) { line, text in
      guard let match = text.firstMatch(of: form) else { return [] }
      return [Finding(path: file.path, line: line, message: "\(match.0) in a pure room: take it as an argument")]
    }
  }

  private static func each(_ lines: [String], _ check: (Int, String) -> [Finding]) -> [Finding] {
    lines.enumerated().flatMap { check($0.offset + 1, $0.element) }
  }
}
