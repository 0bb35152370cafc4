/// A word, text or sign of a story.
struct StoryToken: Hashable {
  enum Kind: Hashable {
    /// Letters, digits, hyphens, dots and underscores.
    case word(String)
    /// What stands between quotation marks.
    case text(String)
    case comma
    /// A semicolon or the end of a line.
    case end
  }

  let kind: Kind
  let place: StoryPlace

  /// How a message names it.
  var shown: String {
    switch kind {
    case .word(let word): "“\(word)”"
    case .text(let text): "the text “\(text)”"
    case .comma: "a comma"
    case .end: "the end of the sentence"
    }
  }

  /// The tokens of a story; ends with an end. Comments begin with `#`; a line that ends with a comma goes on in the
  /// next.
  static func all(_ source: String) throws(StoryProblem) -> [StoryToken] {
    var reading = Reading(rest: Array(source))
    try reading.run()
    return reading.tokens
  }

  private struct Reading {
    let rest: [Character]
    var index = 0
    var place = StoryPlace(line: 1, column: 1)
    var tokens: [StoryToken] = []

    init(rest: [Character]) { self.rest = rest }

    mutating func run() throws(StoryProblem) {
      while index < rest.count {
        let character = rest[index]
        switch character {
        case "\n", "\r\n":
          if tokens.last?.kind != .comma { add(.end) }
          advance()
        case ";":
          add(.end)
          advance()
        case ",":
          add(.comma)
          advance()
        case " ", "\t": advance()
        case "#": while index < rest.count, !rest[index].isNewline { advance() }
        case "\"": try quote()
        case _ where Self.isWordPart(character): word()
        default: throw StoryProblem(place, "“\(character)” has no meaning in a story.")
        }
      }
      add(.end)
    }

    private static func isWordPart(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || "-._@'".contains(character)
    }

    private mutating func add(_ kind: StoryToken.Kind) { tokens.append(StoryToken(kind: kind, place: place)) }

    private mutating func advance() {
      if rest[index].isNewline {
        place = StoryPlace(line: place.line + 1, column: 1)
      } else {
        place.column += 1
      }
      index += 1
    }

    private mutating func word() {
      let start = place
      var word = ""
      while index < rest.count, Self.isWordPart(rest[index]) {
        word.append(rest[index])
        advance()
      }
      tokens.append(StoryToken(kind: .word(word), place: start))
    }

    private mutating func quote() throws(StoryProblem) {
      let start = place
      advance()
      var text = ""
      while index < rest.count, rest[index] != "\"" {
        guard !rest[index].isNewline else { break }
        text.append(rest[index])
        advance()
      }
      guard index < rest.count, rest[index] == "\"" else {
        throw StoryProblem(start, "This text has no closing quotation mark on its line.")
      }
      advance()
      tokens.append(StoryToken(kind: .text(text), place: start))
    }
  }
}
