/// Swift source split into what is code, what is comment and what stands in string literals, line by line.
///
/// A small lexer, not a parser: it knows comments (nested too), strings (raw, multi-line, with interpolation) and
/// extended regular expressions, which is what the checks need in order not to be fooled by text.
struct LexedSource: Sendable {
  /// Code alone; comments and the contents of literals are blanks, so that columns stay.
  private(set) var code: [String] = []
  /// Comments alone, with their slashes, on the lines where they stand.
  private(set) var comments: [String] = []
  /// The text inside each string literal, and the line on which it begins, counted from 1.
  private(set) var literals: [(line: Int, text: String)] = []

  private let bytes: [UInt8]
  private var position = 0
  /// The line of `position`, counted from 1.
  private var line = 1
  private var codeBytes: [UInt8] = []
  private var commentBytes: [UInt8] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
    codeBytes.reserveCapacity(bytes.count)
    commentBytes.reserveCapacity(bytes.count)
    while position < bytes.count { readNext() }
    code = Self.lines(codeBytes)
    comments = Self.lines(commentBytes)
  }

  private mutating func readNext() {
    if starts("//") {
      while position < bytes.count, bytes[position] != newline { take(asComment: true) }
    } else if starts("/*") {
      readBlockComment()
    } else if let hashes = opening(of: UInt8(ascii: "\"")) {
      readString(hashes: hashes)
    } else if let hashes = opening(of: UInt8(ascii: "/")), hashes > 0 {
      skip(hashes + 1)
      let end = [UInt8(ascii: "/")] + Array(repeating: UInt8(ascii: "#"), count: hashes)
      while position < bytes.count, !starts(end) { skip(1) }
      skip(end.count)
    } else {
      take(asComment: false)
    }
  }

  private mutating func readBlockComment() {
    var depth = 0
    repeat {
      if starts("/*") {
        depth += 1
        take(asComment: true)
      } else if starts("*/") {
        depth -= 1
        take(asComment: true)
      }
      take(asComment: true)
    } while depth > 0 && position < bytes.count
  }

  private mutating func readString(hashes: Int) {
    let line = line
    let quote = UInt8(ascii: "\"")
    let marks = Array(repeating: UInt8(ascii: "#"), count: hashes)
    let isMultiline = Array(bytes[position...].dropFirst(hashes).prefix(3)) == [quote, quote, quote]
    let end = Array(repeating: quote, count: isMultiline ? 3 : 1) + marks
    skip(hashes + (isMultiline ? 3 : 1))
    var content: [UInt8] = []
    while position < bytes.count, !starts(end), isMultiline || bytes[position] != newline {
      if starts([UInt8(ascii: "\\")] + marks + [UInt8(ascii: "(")]) {
        skip(hashes + 2)
        readInterpolation()
        content.append(UInt8(ascii: "?"))
      } else if bytes[position] == UInt8(ascii: "\\"), hashes == 0 {
        content.append(contentsOf: bytes[position...].prefix(2))
        skip(2)
      } else {
        content.append(bytes[position])
        skip(1)
      }
    }
    if starts(end) { skip(end.count) }
    literals.append((line, String(decoding: content, as: UTF8.self)))
  }

  /// Reads the code of an interpolation up to its closing parenthesis.
  private mutating func readInterpolation() {
    var depth = 1
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "(") { depth += 1 }
      if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
      if depth == 0 {
        skip(1)
        return
      }
      readNext()
    }
  }

  /// The number of `#` before `mark` when a literal opens here, else nil.
  private func opening(of mark: UInt8) -> Int? {
    var index = position
    while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
    return index < bytes.count && bytes[index] == mark ? index - position : nil
  }

  private func starts(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { starts($0) }
  }

  private func starts(_ text: some Collection<UInt8>) -> Bool {
    bytes.count - position >= text.count && bytes[position...].starts(with: text)
  }

  private mutating func take(asComment: Bool) {
    guard position < bytes.count else { return }
    let byte = bytes[position]
    let blank = byte == newline ? newline : UInt8(ascii: " ")
    if byte == newline { line += 1 }
    codeBytes.append(asComment ? blank : byte)
    commentBytes.append(asComment ? byte : blank)
    position += 1
  }

  /// Passes over bytes that are neither code nor comment.
  private mutating func skip(_ count: Int) {
    for _ in 0..<count where position < bytes.count {
      let blank = bytes[position] == newline ? newline : UInt8(ascii: " ")
      if blank == newline { line += 1 }
      codeBytes.append(blank)
      commentBytes.append(blank)
      position += 1
    }
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: newline, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }
}

private let newline = UInt8(ascii: "\n")
