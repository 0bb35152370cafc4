/// Comma-separated values as RFC 4180 has them, read strictly: what is not clearly a row is reported with its line.
///
/// Rows end in LF or CRLF. A field with commas, quotes or line breaks stands in double quotes, and a quote inside it is
/// doubled. A quote in the middle of a plain field is a mistake, not a letter. A byte-order mark at the start is skipped.
package struct StrictCSV: Sequence, IteratorProtocol {
  /// A row longer than this is a quote that was never closed.
  package static let rowBytesMax = 64 * 1024

  /// One row of the file.
  package struct Row: Sendable, Equatable {
    /// The line it begins on, from 1.
    package let line: Int
    package let fields: [String]
    /// The row as it stands in the file, without its line break.
    package let raw: String
  }

  /// A row that cannot be read; reading goes on after its first line.
  package struct Problem: Error, Sendable, Equatable {
    package let line: Int
    package let message: String
    /// The row's first line, with broken UTF-8 replaced.
    package let raw: String
  }

  private let bytes: [UInt8]
  private var position: Int
  private var line = 1

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// The next row or what is wrong with it; nil at the end. Empty lines are passed over.
  package mutating func next() -> Result<Row, Problem>? {
    while position < bytes.count, isLineBreak(position) {
      position += bytes[position] == Self.carriageReturn ? 2 : 1
      line += 1
    }
    guard position < bytes.count else { return nil }
    let start = position
    let startLine = line
    do {
      let fields = try fields(from: start, line: startLine)
      var end = position
      if end < bytes.count { position += bytes[end] == Self.carriageReturn ? 2 : 1 } else { end = bytes.count }
      line += 1
      return .success(Row(line: startLine, fields: fields, raw: String(decoding: bytes[start..<end], as: UTF8.self)))
    } catch {
      return .failure(recover(from: start, line: startLine, message: error.message))
    }
  }

  private struct Mistake: Error {
    let message: String
  }

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  private func isLineBreak(_ index: Int) -> Bool {
    if bytes[index] == Self.lineFeed { return true }
    return bytes[index] == Self.carriageReturn && index + 1 < bytes.count && bytes[index + 1] == Self.lineFeed
  }

  /// Reads up to the row's end and leaves `position` there.
  private mutating func fields(from start: Int, line startLine: Int) throws(Mistake) -> [String] {
    var fields: [String] = []
    while true {
      let isQuoted = position < bytes.count && bytes[position] == Self.quote
      fields.append(isQuoted ? try quotedField(from: start) : try plainField(number: fields.count + 1))
      guard position < bytes.count, !isLineBreak(position) else { return fields }
      guard bytes[position] == Self.comma else {
        throw Mistake(message: "text follows the closing quote of field \(fields.count)")
      }
      position += 1
    }
  }

  private mutating func plainField(number: Int) throws(Mistake) -> String {
    let begin = position
    while position < bytes.count, bytes[position] != Self.comma, !isLineBreak(position) {
      if bytes[position] == Self.quote {
        throw Mistake(message: "field \(number) has a quote in its middle; put the field in quotes and double it")
      }
      position += 1
    }
    return try text(bytes[begin..<position])
  }

  private mutating func quotedField(from start: Int) throws(Mistake) -> String {
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, position - start <= Self.rowBytesMax {
      let byte = bytes[position]
      if byte == Self.quote {
        guard position + 1 < bytes.count, bytes[position + 1] == Self.quote else {
          position += 1
          return try text(content[...])
        }
        position += 1
      } else if byte == Self.lineFeed {
        line += 1
      }
      content.append(byte)
      position += 1
    }
    throw Mistake(message: "a quote is opened and never closed")
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(Mistake) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Mistake(message: "the row is not UTF-8; save the file as UTF-8")
    }
    return text
  }

  private mutating func recover(from start: Int, line startLine: Int, message: String) -> Problem {
    position = start
    while position < bytes.count, !isLineBreak(position) { position += 1 }
    let raw = String(decoding: bytes[start..<position], as: UTF8.self)
    if position < bytes.count { position += bytes[position] == Self.carriageReturn ? 2 : 1 }
    line = startLine + 1
    return Problem(line: startLine, message: message, raw: raw)
  }

  /// A field as a file needs it: in quotes when it must be.
  package static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == comma || $0 == quote || $0 == lineFeed || $0 == carriageReturn }) else {
      return text
    }
    var quoted = "\""
    for character in text.unicodeScalars {
      if character == "\"" { quoted.unicodeScalars.append(character) }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }
}
