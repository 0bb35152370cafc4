import Texts

/// A list of the API.
struct ListView<Item: Decodable>: Decodable {
  var items: [Item]
  var next: String?
}

/// Somebody in an answer of the API.
struct PersonView: Decodable {
  var id: String
  var name: String?
  var email: String?

  /// Name where known, else the address, else the identifier.
  var shown: String { name ?? email ?? id }
  /// Name and address.
  var full: String {
    guard let email, let name else { return shown }
    return "\(name) <\(email)>"
  }
}

/// Who stands behind a step: people by name, an office's console by its office.
struct AuthorNames {
  private struct Site: Decodable {
    var code: String
    var node: String?
  }

  private let consoles: [String: String]

  /// Asks for the offices only when somebody has no name: what the console does carries its node's identifier.
  init(_ people: [PersonView?], _ connection: NodeConnection) throws {
    guard people.contains(where: { $0 != nil && $0?.name == nil && $0?.email == nil }) else {
      consoles = [:]
      return
    }
    let sites = try NodeConnection.decode(ListView<Site>.self, try connection.ask("GET", "/api/v1/sites"))
    consoles = Dictionary(
      sites.items.compactMap { site in site.node.map { ($0, site.code) } }, uniquingKeysWith: { first, _ in first })
  }

  /// A name for a terminal; nobody is the node itself.
  func shown(_ person: PersonView?) -> String {
    guard let person else { return "the node" }
    return consoles[person.id].map { "console of \($0)" } ?? person.shown
  }
}

/// A ticket as the API shows it; a list leaves out description, replies and copies.
struct TicketView: Decodable {
  struct Due: Decodable {
    var answerBy: String?
    var solveBy: String?
  }

  struct Replicated: Decodable {
    var copies: Int
    var sites: [String]
  }

  struct Word: Decodable {
    var kind: String?
    var visibility: String
    var author: PersonView?
    var at: String
    var site: String?
    var body: String?
    var erased: Bool?
  }

  var id: String
  var number: String
  var subject: String
  var status: String
  var stage: String
  var waitingReason: String?
  var priority: String
  var urgency: String
  var impact: String
  var category: String?
  var queue: String?
  var requester: PersonView?
  var assignee: PersonView?
  var site: String?
  var custodian: String?
  var channel: String
  var tags: [String]
  var createdAt: String
  var updatedAt: String
  var resolvedAt: String?
  var due: Due?
  var conflicts: [String]
  var needsReview: Bool?
  var description: String?
  var replicated: Replicated?
  var replies: [Word]?

  /// How the request came, in words.
  private var shownChannel: String {
    switch channel {
    case "portal": "on the portal"
    case "email": "by e-mail"
    case "phone": "by phone"
    case "walk_in": "in person"
    case "api": "through the API"
    case "imported": "in another system, imported"
    default: "by \(channel)"
    }
  }

  /// `in progress`, `waiting (supplier)`.
  var shownStage: String {
    let stage = stage.split(separator: "_").joined(separator: " ")
    return waitingReason.map { "\(stage) (\($0))" } ?? stage
  }

  /// The ticket for a terminal, ending in a line break; `who` names the authors.
  func text(_ format: ReaderFormat, who: (PersonView?) -> String) -> String {
    var lines = ["\(number)  \(PlainText.shown(subject, keepsLines: false))"]
    let standing = [
      shownStage, "priority \(priority) (impact \(impact), urgency \(urgency))", category, queue,
      needsReview == true ? "closed without having seen the last word: needs review" : nil,
    ]
    lines.append(standing.compactMap { $0 }.joined(separator: " · "))
    var facts: [(String, String)] = [
      ("Requester", requester?.full ?? "-"), ("Assigned to", assignee?.full ?? "nobody yet"),
      (
        "Office",
        [site, custodian == site ? nil : custodian.map { "decided by \($0)" }].compactMap { $0 }.joined(separator: ", ")
      ),
      ("Opened", "\(Terminal.moment(createdAt, format)), \(shownChannel)"),
      ("Changed", Terminal.moment(updatedAt, format)),
    ]
    if let resolvedAt { facts.append(("Resolved", Terminal.moment(resolvedAt, format))) }
    if resolvedAt == nil, let due {
      facts.append(
        ("Due", "answer \(Terminal.moment(due.answerBy, format)), solution \(Terminal.moment(due.solveBy, format))"))
    }
    if !tags.isEmpty { facts.append(("Tags", tags.joined(separator: ", "))) }
    if let replicated { facts.append(("Held at", replicated.sites.joined(separator: ", "))) }
    if !conflicts.isEmpty {
      facts.append(("Conflict", "\(conflicts.joined(separator: ", ")): choose with 'relevo conflicts'"))
    }
    let widest = facts.map(\.0.count).max() ?? 0
    for (name, value) in facts {
      lines.append(
        name + String(repeating: " ", count: widest - name.count + 2) + PlainText.shown(value, keepsLines: false))
    }
    if let description, !description.isEmpty { lines += ["", PlainText.indented(description, by: 2)] }
    for word in replies ?? [] {
      lines += ["", heading(word, format, who), PlainText.indented(word.body ?? "(erased)", by: 2)]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func heading(_ word: Word, _ format: ReaderFormat, _ who: (PersonView?) -> String) -> String {
    let kind = word.visibility == "internal" && word.kind == "reply" ? "note" : word.kind ?? "reply"
    let parts = [Terminal.moment(word.at, format), who(word.author), word.site, kind]
    return parts.compactMap { $0 }.joined(separator: " · ")
  }
}

/// One step of a ticket's history as the API shows it.
struct HistoryView: Decodable {
  struct Change: Decodable {
    var field: String
    var from: String?
    var to: String?
  }

  var who: PersonView?
  var when: String
  var `where`: String?
  var what: String
  var changes: [Change]
  var text: String?

  /// What changed, in one line.
  var shownChanges: String {
    let parts = changes.map { "\($0.field): \($0.from ?? "-") → \($0.to ?? "-")" }
    return ((text.map { [$0] } ?? []) + parts).joined(separator: "; ")
  }
}
