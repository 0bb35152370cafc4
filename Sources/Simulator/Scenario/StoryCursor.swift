/// Where a story is being read, and what would have been possible there.
struct StoryCursor {
  private let tokens: [StoryToken]
  private var index = 0
  /// What was looked for at the present token, in that order.
  private var possible: [String] = []

  init(_ tokens: [StoryToken]) { self.tokens = tokens }

  /// The last token is an end, and nothing moves past it.
  private var current: StoryToken { tokens[min(index, tokens.count - 1)] }
  var place: StoryPlace { current.place }
  var isAtEndOfStory: Bool { index >= tokens.count - 1 }

  mutating func advance() {
    index += 1
    possible = []
  }

  /// Says what is wrong at the present token.
  func problem(_ what: String? = nil) -> StoryProblem {
    var seen: Set<String> = []
    return StoryProblem(
      place, what ?? "\(current.shown) does not fit here.", possible: possible.filter { seen.insert($0).inserted })
  }

  /// Takes these words in any case, all or none.
  mutating func take(_ phrase: String) -> Bool {
    possible.append(phrase)
    let words = phrase.split(separator: " ")
    guard index + words.count < tokens.count else { return false }
    for (offset, word) in words.enumerated() {
      guard case .word(let found) = tokens[index + offset].kind, found.lowercased() == word.lowercased() else {
        return false
      }
    }
    for _ in words { advance() }
    return true
  }

  mutating func need(_ phrase: String) throws(StoryProblem) {
    guard take(phrase) else { throw problem() }
  }

  /// Takes the first phrase of the list that fits.
  mutating func one<Value>(of choices: [(String, Value)]) -> Value? {
    for (phrase, value) in choices where take(phrase) { return value }
    return nil
  }

  mutating func needOne<Value>(of choices: [(String, Value)]) throws(StoryProblem) -> Value {
    guard let value = one(of: choices) else { throw problem() }
    return value
  }

  /// Takes a word that fits.
  mutating func word(_ name: String, where fits: (String) -> Bool) -> String? {
    possible.append(name)
    guard case .word(let word) = current.kind, fits(word) else { return nil }
    advance()
    return word
  }

  mutating func text() -> String? {
    possible.append("a text in quotation marks")
    guard case .text(let text) = current.kind else { return nil }
    advance()
    return text
  }

  mutating func needText() throws(StoryProblem) -> String {
    guard let text = text() else { throw problem() }
    return text
  }

  mutating func number() -> Int? {
    possible.append("a number")
    guard case .word(let word) = current.kind, let number = Int(word), number >= 0 else { return nil }
    advance()
    return number
  }

  mutating func comma() -> Bool {
    possible.append("a comma")
    guard current.kind == .comma else { return false }
    advance()
    return true
  }

  /// Takes the end of a sentence.
  mutating func end() -> Bool {
    possible.append("the end of the sentence")
    guard current.kind == .end else { return false }
    if !isAtEndOfStory { advance() }
    return true
  }

  /// Skips ends without a sentence.
  mutating func skipEmpty() {
    while current.kind == .end, !isAtEndOfStory { advance() }
  }
}
