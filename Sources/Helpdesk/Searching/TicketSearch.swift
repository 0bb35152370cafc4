/// What a search asks for: the same language on the page, in the API and on the command line.
///
/// `is:open site:LYO assignee:me priority:high tag:vpn sla:<30m "exact words" other words`
package struct TicketSearch: Hashable, Sendable {
  /// States asked for by `is:`.
  package enum State: String, CaseIterable, Sendable {
    case open, new, assigned
    case inProgress = "in_progress"
    case waiting, resolved, closed, unassigned, overdue, conflict, review, any
  }

  package enum Whom: Hashable, Sendable {
    case me
    case nobody
    /// An e-mail address, lower case.
    case email(String)
  }

  package var states: [State] = []
  /// Site codes, upper case; any of them.
  package var sites: [String] = []
  package var assignee: Whom?
  package var requester: Whom?
  package var priorities: [Priority] = []
  package var category: String?
  package var queue: String?
  package var tags: [String] = []
  /// Answer due within this many minutes from now.
  package var dueWithinMinutes: Int64?
  /// Words that must all occur; a phrase is several words in one element.
  package var phrases: [[String]] = []

  package init() {}

  /// A part of a search that means nothing, and what would.
  package struct Problem: Error, Hashable, Sendable {
    package let term: String
    package let choices: [String]
  }

  package static let lengthMax = 500

  /// Reads what a person typed; throws the first part that means nothing.
  package init(parsing text: String) throws(Problem) {
    self.init()
    guard text.utf8.count <= Self.lengthMax else {
      throw Problem(term: String(text.prefix(40)) + "…", choices: ["≤ \(Self.lengthMax) bytes"])
    }
    for token in Self.tokens(text) {
      guard !token.isQuoted, let colon = token.text.firstIndex(of: ":"), colon != token.text.startIndex else {
        let words = Self.words(token.text)
        if !words.isEmpty { phrases.append(words) }
        continue
      }
      let key = token.text[..<colon].lowercased()
      let value = String(token.text[token.text.index(after: colon)...])
      try apply(key: key, value: value, term: token.text)
    }
  }

  private mutating func apply(key: String, value: String, term: String) throws(Problem) {
    switch key {
    case "is":
      guard let state = State(rawValue: value.lowercased()) else {
        throw Problem(term: term, choices: State.allCases.map { "is:" + $0.rawValue })
      }
      states.append(state)
    case "site":
      let code = value.uppercased()
      guard SiteCode.isValid(code) else { throw Problem(term: term, choices: ["site:LYO"]) }
      sites.append(code)
    case "assignee": assignee = try whom(value, term)
    case "requester": requester = try whom(value, term)
    case "priority":
      guard let priority = Priority(name: value.lowercased()) else {
        throw Problem(term: term, choices: Priority.names.map { "priority:" + $0 })
      }
      priorities.append(priority)
    case "category": category = value.lowercased()
    case "queue": queue = value
    case "tag": tags.append(value.lowercased())
    case "sla":
      guard let minutes = Self.minutes(value) else { throw Problem(term: term, choices: ["sla:<30m", "sla:<2h"]) }
      dueWithinMinutes = minutes
    default:
      // A colon in plain words ("error: 5") is searched as words.
      let words = Self.words(term)
      if !words.isEmpty { phrases.append(words) }
    }
  }

  private func whom(_ value: String, _ term: String) throws(Problem) -> Whom {
    switch value.lowercased() {
    case "me": return .me
    case "none", "nobody": return .nobody
    case let email where email.contains("@"): return .email(email)
    default: throw Problem(term: term, choices: ["me", "none", "name@example.org"])
    }
  }

  private static func minutes(_ value: String) -> Int64? {
    guard value.first == "<", let unit = value.last, let count = Int64(value.dropFirst().dropLast()), count >= 0,
      count < 1_000_000
    else { return nil }
    switch unit {
    case "m": return count
    case "h": return count * 60
    case "d": return count * 1440
    default: return nil
    }
  }

  private static func tokens(_ text: String) -> [(text: String, isQuoted: Bool)] {
    var tokens: [(text: String, isQuoted: Bool)] = []
    var current = ""
    var isQuoted = false
    for character in text {
      if character == "\"" {
        if !current.isEmpty { tokens.append((current, isQuoted)) }
        current = ""
        isQuoted.toggle()
      } else if character.isWhitespace, !isQuoted {
        if !current.isEmpty { tokens.append((current, false)) }
        current = ""
      } else {
        current.append(character)
      }
    }
    if !current.isEmpty { tokens.append((current, isQuoted)) }
    return tokens
  }

  private static func words(_ text: String) -> [String] {
    text.split { !($0.isLetter || $0.isNumber) }.map(String.init)
  }
}
