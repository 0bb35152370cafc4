/// One translated sentence, taken apart once so that filling it in is a walk over its pieces.
///
/// `{name}` is replaced by the argument of that name. `{count|change waits|changes wait}` gives the first form when the
/// argument reads exactly `1` and the second otherwise; it prints only the word, so the number is written beside it:
/// `{count} {count|change|changes}`. Forms stand in the order of the language's plural categories in CLDR; English and
/// Spanish have the two. `{{` and `}}` are braces. Names are lower case letters, digits and `_`.
struct MessageTemplate: Sendable, Equatable {
  private enum Piece: Sendable, Equatable {
    case literal(String)
    case value(String)
    case plural(name: String, one: String, other: String)
  }

  private let pieces: [Piece]

  /// The names of the arguments this sentence needs.
  let placeholders: Set<String>

  /// Throws what is wrong with the sentence, in words for whoever wrote the translation.
  init(_ source: String) throws(MessageTemplateDefect) {
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    let bytes = Array(source.utf8)
    let open = UInt8(ascii: "{")
    let close = UInt8(ascii: "}")
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let isDoubled = index + 1 < bytes.count && bytes[index + 1] == byte
      if byte == open, !isDoubled {
        guard let end = bytes[index...].firstIndex(of: close) else { throw .unclosedBrace }
        if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
        literal.removeAll()
        pieces.append(try Self.placeholder(String(decoding: bytes[(index + 1)..<end], as: UTF8.self)))
        index = end + 1
      } else if byte == open || byte == close {
        guard isDoubled else { throw .strayClosingBrace }
        literal.append(byte)
        index += 2
      } else {
        literal.append(byte)
        index += 1
      }
    }
    if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
    self.pieces = pieces
    placeholders = Set(
      pieces.compactMap {
        switch $0 {
        case .literal: nil
        case .value(let name), .plural(let name, _, _): name
        }
      })
  }

  /// The sentence with its arguments in place; one that was not given stays visible as `{name}`.
  func filled(_ arguments: [String: String]) -> String {
    var result = ""
    for piece in pieces {
      switch piece {
      case .literal(let text): result += text
      case .value(let name): result += arguments[name] ?? "{\(name)}"
      case .plural(let name, let one, let other): result += arguments[name] == "1" ? one : other
      }
    }
    return result
  }

  private static func placeholder(_ inside: String) throws(MessageTemplateDefect) -> Piece {
    let parts = inside.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    let isName =
      !name.isEmpty
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "_")
      }
    guard isName else { throw .badName(name) }
    switch parts.count {
    case 1: return .value(name)
    case 3: return .plural(name: name, one: parts[1], other: parts[2])
    default: throw .wrongNumberOfForms(name)
    }
  }
}

/// What is wrong with a sentence of a translation file.
package enum MessageTemplateDefect: Error, Equatable, CustomStringConvertible {
  case unclosedBrace
  case strayClosingBrace
  case badName(String)
  case wrongNumberOfForms(String)

  package var description: String {
    switch self {
    case .unclosedBrace: "a “{” has no “}”; write “{{” for a brace that is meant to be seen"
    case .strayClosingBrace: "a “}” has no “{”; write “}}” for a brace that is meant to be seen"
    case .badName(let name): "“\(name)” is not a placeholder name: use lower case letters, digits and “_”"
    case .wrongNumberOfForms(let name): "the plural of “\(name)” needs two forms: “{\(name)|one|other}”"
    }
  }
}
