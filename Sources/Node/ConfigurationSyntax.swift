import Yams

/// Says in an operator's words what the YAML parser stumbled over, and where.
enum ConfigurationSyntax {
  /// The problem behind an error that `Yams.compose` threw for `text`.
  static func problem(_ error: any Error, text: String, file: String) -> ConfigurationProblem {
    func at(_ line: Int, _ column: Int, _ message: String) -> ConfigurationProblem {
      ConfigurationProblem(place: .file(path: file, line: line, column: column), message: message)
    }
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let surrounding = context.map { "\($0.text), " } ?? ""
      return at(
        mark.line, mark.column, "this is not YAML: \(surrounding)\(problem)\(hint(text: text, line: mark.line))")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let word = duplicates.sorted().first ?? ""
      let place =
        secondPlace(of: word, text: text, from: context.mark) ?? (line: context.mark.line, column: context.mark.column)
      return at(place.line, place.column, "'\(word)' stands here a second time. Keep the line that is right")
    case .reader(let problem, let offset, _, _):
      let line = text.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") } + 1
      return at(line, 1, "this is not YAML: \(problem)")
    default:
      return at(1, 1, "this is not YAML: \(error)")
    }
  }

  /// The most frequent cause, where the line shows it.
  private static func hint(text: String, line: Int) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let nearby = lines.dropFirst(max(0, line - 2)).prefix(2)
    return nearby.contains { $0.utf8.contains(UInt8(ascii: "\t")) }
      ? ". Indent with spaces: YAML does not allow tabs there" : ""
  }

  /// Where a key is written for the second time in the mapping that begins at `start`.
  private static func secondPlace(of word: String, text: String, from start: Mark) -> (line: Int, column: Int)? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var count = 0
    for (index, line) in lines.enumerated() where index + 1 >= start.line {
      let indent = line.unicodeScalars.prefix { $0 == " " || $0 == "-" }.count
      guard indent + 1 == start.column, line.unicodeScalars.dropFirst(indent).starts(with: "\(word):".unicodeScalars)
      else { continue }
      count += 1
      if count == 2 { return (index + 1, indent + 1) }
    }
    return nil
  }
}
