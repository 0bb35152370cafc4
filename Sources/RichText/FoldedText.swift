/// A message split into what its author wrote and the older text quoted below it.
package struct FoldedText: Sendable, Hashable {
  /// What the author wrote; the whole message when nothing is quoted at its end.
  package let shown: String

  /// The quoted rest with its introducing line, or nil; pages fold it away behind "show quoted text".
  package let quoted: String?

  /// Splits `source` where a trailing quote begins: `>` lines, "… wrote:", or the divider of a mail program.
  ///
  /// A quote with an answer below it stays in place, because there the order carries meaning. A message that is nothing
  /// but a quote is shown whole.
  package init(_ source: String) {
    let lines = source.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let start = Self.dividerStart(lines) ?? Self.trailingQuoteStart(lines)
    guard let start, lines[..<start].contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
      self.init(shown: source, quoted: nil)
      return
    }
    let shown = lines[..<start].joined(separator: "\n")
    self.init(shown: Self.withoutBlankEnd(shown), quoted: lines[start...].joined(separator: "\n"))
  }

  private init(shown: String, quoted: String?) {
    self.shown = shown
    self.quoted = quoted
  }

  /// Where a mail program's divider stands; everything below it is older.
  private static func dividerStart(_ lines: [Substring]) -> Int? {
    let dividers = [
      "-----original message-----", "-----mensaje original-----", "-----message d'origine-----",
      "----- forwarded message -----", "________________________________",
    ]
    return lines.firstIndex { line in
      let text = trimmed(line).lowercased()
      return dividers.contains { text.hasPrefix($0) }
    }
  }

  /// Where the last unbroken run of `>` lines begins, together with the line that introduces it.
  private static func trailingQuoteStart(_ lines: [Substring]) -> Int? {
    var index = lines.count - 1
    while index >= 0, lines[index].allSatisfy(\.isWhitespace) { index -= 1 }
    guard index >= 0, isQuote(lines[index]) else { return nil }
    while index > 0, isQuote(lines[index - 1]) || lines[index - 1].allSatisfy(\.isWhitespace) { index -= 1 }
    while index < lines.count, !isQuote(lines[index]) { index += 1 }
    var introduction = index - 1
    while introduction >= 0, lines[introduction].allSatisfy(\.isWhitespace) { introduction -= 1 }
    if introduction >= 0, isIntroduction(lines[introduction]) {
      index = introduction
      // Mail programs wrap a long introduction: "On Tuesday … Amina Diallo <…>" / "wrote:".
      if index > 0, trimmed(lines[index]).count < 12, opensIntroduction(lines[index - 1]) { index -= 1 }
    }
    return index
  }

  private static func isQuote(_ line: Substring) -> Bool {
    trimmed(line).hasPrefix(">")
  }

  private static func isIntroduction(_ line: Substring) -> Bool {
    let text = trimmed(line).lowercased()
    return text.count < 240
      && ["wrote:", "escribió:", "a écrit :", "a écrit:", "schrieb:"].contains { text.hasSuffix($0) }
  }

  private static func opensIntroduction(_ line: Substring) -> Bool {
    let text = trimmed(line).lowercased()
    return text.count < 240 && ["on ", "el ", "le ", "am "].contains { text.hasPrefix($0) }
  }

  private static func trimmed(_ line: Substring) -> String {
    var rest = line.drop(while: \.isWhitespace)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  private static func withoutBlankEnd(_ text: String) -> String {
    var rest = Substring(text)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}
