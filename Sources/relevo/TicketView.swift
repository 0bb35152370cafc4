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

  /// `in progress`, `waiting (supplier)`.
  var shownStage: String {
    let stage = stage.split(separator: "_").joined(separator: " ")
    return waitingReason.map { "\(stage) (\($0))" } ?? stage
  }

  /// The ticket for a terminal, ending in a line break.
  func text(_ format: ReaderFormat) -> String {
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
      ("Opened", "\(Terminal.moment(createdAt, format)), by \(channel.split(separator: "_").joined(separator: " "))"),
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
      lines += ["", heading(word, format), PlainText.indented(word.body ?? "(erased)", by: 2)]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func heading(_ word: Word, _ format: ReaderFormat) -> String {
    let kind = word.visibility == "internal" && word.kind == "reply" ? "note" : word.kind ?? "reply"
    let parts = [Terminal.moment(word.at, format), word.author?.shown ?? "the node", word.site, kind]
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
