import Foundation
import GRDB
import Helpdesk
import OperationLog

/// A search as SQL; every query is limited.
struct TicketQuery: Sendable {
  static let countMax = 10_000
  private var conditions: [String] = ["number <> ''"]
  private var arguments: [any DatabaseValueConvertible & Sendable] = []
  private let onlyOpen: Bool
  private let scope: SiteStore.ListScope

  init(_ search: TicketSearch, _ scope: SiteStore.ListScope, hashing: any Hashing) {
    self.scope = scope
    let openStates: [TicketSearch.State] = [.open, .new, .assigned, .inProgress, .waiting, .unassigned, .overdue]
    onlyOpen = search.dueWithinMinutes != nil || search.states.contains { openStates.contains($0) }
    for state in search.states { add(state) }
    if scope.ownOnly { add("requester = ?", scope.viewer?.blob ?? Data()) }
    if !search.sites.isEmpty {
      let marks = search.sites.map { _ in "?" }.joined(separator: ", ")
      conditions.append("site IN (\(marks))")
      for code in search.sites { arguments.append(hashing.site(code: code).blob) }
    }
    if let assignee = search.assignee { add("assignee", assignee, hashing) }
    if let requester = search.requester { add("requester", requester, hashing) }
    if !search.priorities.isEmpty {
      conditions.append("priority IN (\(search.priorities.map { String($0.rawValue) }.joined(separator: ", ")))")
    }
    if let category = search.category { add("category = ?", hashing.category(key: category).blob) }
    if let queue = search.queue { add("queue = ?", hashing.queue(name: queue).blob) }
    for tag in search.tags { add("tags LIKE ? ESCAPE '\\'", "% \(Self.escaped(tag)) %") }
    if let minutes = search.dueWithinMinutes {
      add("status < 2 AND answer_due < ?", scope.now &+ minutes * 60_000)
    }
    addWords(search.phrases)
  }

  private mutating func add(_ condition: String, _ values: (any DatabaseValueConvertible & Sendable)...) {
    conditions.append(condition)
    arguments.append(contentsOf: values)
  }

  private mutating func add(_ state: TicketSearch.State) {
    switch state {
    case .any: break
    case .open: conditions.append("status < 2")
    case .new: conditions.append("status < 2 AND stage = 0")
    case .assigned: conditions.append("status < 2 AND stage = 1")
    case .inProgress: conditions.append("status < 2 AND stage = 2")
    case .waiting: conditions.append("status < 2 AND status = 1")
    case .resolved: conditions.append("status = 2")
    case .closed: conditions.append("status = 3")
    case .unassigned: conditions.append("status < 2 AND assignee IS NULL")
    case .overdue: add("status < 2 AND answer_due < ?", scope.now)
    case .conflict: conditions.append("conflicts <> 0")
    case .review: conditions.append("review = 1")
    }
  }

  private mutating func add(_ column: String, _ whom: TicketSearch.Whom, _ hashing: any Hashing) {
    switch whom {
    case .me: add("\(column) = ?", scope.viewer?.blob ?? Data())
    case .nobody: conditions.append("\(column) IS NULL")
    case .email(let email): add("\(column) = ?", hashing.person(email: email).blob)
    }
  }

  /// Words are prefixes, phrases are exact; all must occur somewhere in the ticket.
  private mutating func addWords(_ phrases: [[String]]) {
    for words in phrases {
      let quoted = words.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }
      var match = words.count == 1 ? quoted[0] + "*" : "\"" + words.joined(separator: " ") + "\""
      if scope.ownOnly { match = "public_words : " + match }
      add(
        """
        no IN (SELECT o.entity FROM ticket_text x JOIN operation o ON o.id = x.rowid WHERE ticket_text MATCH ?
          UNION SELECT ticket FROM ticket_number WHERE number = ?)
        """, match, Self.number(words))
    }
  }

  /// The number that was typed as `MAD-12` or `MAD.7QX2-12`; empty when the words are none.
  private static func number(_ words: [String]) -> String {
    let typed = words.count == 3 ? "\(words[0]).\(words[1])-\(words[2])" : words.joined(separator: "-")
    return TicketNumber(typed)?.description ?? ""
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      if "%_\\".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  // MARK: Running

  func page(_ db: Database) throws -> TicketList {
    var conditions = conditions
    var arguments = arguments
    if let after = scope.after, let cursor = Self.cursor(after) {
      // Where the row just shown stands, whatever has been added before it since.
      conditions.append(onlyOpen ? "(answer_due, no) > (?, ?)" : "no < ?")
      if onlyOpen { arguments.append(cursor.due) }
      arguments.append(cursor.no)
    }
    let order = onlyOpen ? "answer_due, no" : "no DESC"
    let rows = try TicketRow.fetchAll(
      db, "WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT \(scope.limit + 1)",
      StatementArguments(arguments), isCached: false)
    let items = Array(rows.prefix(scope.limit))
    let next = rows.count > scope.limit ? items.last.map { "\($0.answerDue)_\($0.row)" } : nil
    return TicketList(items: items, next: next)
  }

  func count(_ db: Database) throws -> Int {
    let sql = """
      SELECT count(*) FROM (SELECT 1 FROM ticket WHERE \(conditions.joined(separator: " AND ")) LIMIT \(Self.countMax))
      """
    return try Int.fetchOne(db, sql: sql, arguments: StatementArguments(arguments)) ?? 0
  }

  /// Nil for a cursor that is not one of ours; the caller refuses it.
  static func cursor(_ text: String) -> (due: Int64, no: Int64)? {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 2, let due = Int64(parts[0]), let no = Int64(parts[1]) else { return nil }
    return (due, no)
  }
}

extension TicketList {
  /// True for text that could be a cursor.
  package static func isCursor(_ text: String) -> Bool { TicketQuery.cursor(text) != nil }
}
