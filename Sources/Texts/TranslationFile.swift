/// Reads a translation file: one JSON object (RFC 8259) whose values are all strings, and nothing else.
///
/// Stricter than JSON where a mistake would otherwise pass unseen: a key that occurs twice is an error.
package enum TranslationFile {
  /// The sentences by key. Throws the first defect with its line and column.
  package static func parse(_ bytes: [UInt8]) throws(TranslationFileDefect) -> [String: String] {
    var reader = FlatObjectReader(bytes: bytes)
    return try reader.object()
  }
}

/// Where and why a translation file cannot be read; lines and columns count from 1, columns in bytes.
package struct TranslationFileDefect: Error, Equatable, CustomStringConvertible {
  /// What the reader met.
  package enum Reason: Error, Equatable, Sendable {
    case expected(String)
    case controlCharacter
    case badEscape
    case loneSurrogate
    case notUTF8
    case repeatedKey(String)
    case textAfterEnd
  }

  package let line: Int
  package let column: Int
  package let reason: Reason

  package var description: String {
    let message =
      switch reason {
      case .expected(let what): "expected \(what)"
      case .controlCharacter: "a line break or control character inside a text; write it as \\n or \\u00XX"
      case .badEscape: "an escape that JSON does not know; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"
      case .loneSurrogate: "half a surrogate pair; characters beyond U+FFFF need both \\u escapes"
      case .notUTF8: "bytes that are not UTF-8"
      case .repeatedKey(let key): "the key “\(key)” occurs a second time; remove one of the two"
      case .textAfterEnd: "text after the closing “}”"
      }
    return "\(line):\(column): \(message)"
  }
}

/// The recursive part is missing on purpose: values are strings, so one loop reads the file.
private struct FlatObjectReader {
  let bytes: [UInt8]
  var index = 0

  mutating func object() throws(TranslationFileDefect) -> [String: String] {
    var result: [String: String] = [:]
    try expect(UInt8(ascii: "{"), "“{”")
    skipSpace()
    if peek == UInt8(ascii: "}") {
      index += 1
    } else {
      while true {
        skipSpace()
        let start = index
        let key = try string("a key in double quotes")
        guard result[key] == nil else { throw defect(.repeatedKey(key), at: start) }
        try expect(UInt8(ascii: ":"), "“:” after the key")
        skipSpace()
        result[key] = try string("a text in double quotes")
        skipSpace()
        guard peek == UInt8(ascii: ",") else { break }
        index += 1
      }
      try expect(UInt8(ascii: "}"), "“,” or “}” after the text")
    }
    skipSpace()
    guard index == bytes.count else { throw defect(.textAfterEnd, at: index) }
    return result
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(TranslationFileDefect) {
    skipSpace()
    guard peek == byte else { throw defect(.expected(what), at: index) }
    index += 1
  }

  private mutating func string(_ what: String) throws(TranslationFileDefect) -> String {
    guard peek == UInt8(ascii: "\"") else { throw defect(.expected(what), at: index) }
    let start = index
    index += 1
    var text: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        guard let result = String(validating: text, as: UTF8.self) else { throw defect(.notUTF8, at: start) }
        return result
      case UInt8(ascii: "\\"):
        text.append(contentsOf: try escape())
      case 0..<0x20:
        throw defect(.controlCharacter, at: index)
      default:
        text.append(byte)
        index += 1
      }
    }
    throw defect(.expected("“\"” at the end of the text"), at: index)
  }

  /// The UTF-8 of one escape, whose backslash is the current byte.
  private mutating func escape() throws(TranslationFileDefect) -> [UInt8] {
    let start = index
    index += 1
    guard let byte = peek else { throw defect(.badEscape, at: start) }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape(start: start)
    default: throw defect(.badEscape, at: start)
    }
  }

  private mutating func unicodeEscape(start: Int) throws(TranslationFileDefect) -> [UInt8] {
    let first = try hexadecimal(start: start)
    var units = [first]
    if (0xD800..<0xDC00).contains(first) {
      guard peek == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u") else {
        throw defect(.loneSurrogate, at: start)
      }
      index += 2
      units.append(try hexadecimal(start: start))
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw defect(.loneSurrogate, at: start) }
    return Array(text.utf8)
  }

  private mutating func hexadecimal(start: Int) throws(TranslationFileDefect) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Self.hexadecimalValue(byte) else { throw defect(.badEscape, at: start) }
      value = value << 4 | digit
      index += 1
    }
    return value
  }

  private static func hexadecimalValue(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  private func defect(_ reason: TranslationFileDefect.Reason, at offset: Int) -> TranslationFileDefect {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return TranslationFileDefect(line: line, column: before.count - lineStart + 1, reason: reason)
  }
}
