import Foundation
import GRDB
import Helpdesk
import OperationLog

/// Follows who had a ticket through its operations, in the order in which they happened.
struct ServiceHistoryReader {
  private struct Step {
    let at: Int64
    let lamport: UInt64
    let sequence: UInt64
    let kind: OperationKind
    let actor: EntityID
    let changes: [Change]
  }

  /// Tickets opened in [from, to); uses the index on the time of opening.
  static let tickets = """
    SELECT t.no, t.id, t.site, t.requester, t.channel, t.created_at, t.answered_at, t.priority, t.category, t.status,
      t.assignee, p.remote
    FROM ticket t INDEXED BY ticket_created LEFT JOIN person p ON p.id = t.requester
    WHERE t.created_at >= ? AND t.created_at < ? AND t.number <> ''
    ORDER BY t.created_at DESC LIMIT ?
    """
  /// One ticket's operations; uses the index on the entity.
  static let operations = "SELECT id, kind, header FROM operation WHERE entity = ?"

  static func read(from: Int64, to: Int64, ticketsMax: Int, _ db: Database) throws -> ServiceHistoryList {
    // One row at a time: copies of twenty thousand rows would be most of what a node keeps in memory.
    let rows = try Row.fetchCursor(db.cachedStatement(sql: tickets), arguments: [from, to, ticketsMax + 1])
    let statement = try db.cachedStatement(sql: operations)
    var histories: [ServiceHistory] = []
    while let row = try rows.next() {
      if histories.count == ticketsMax { return ServiceHistoryList(histories: histories, isCut: true) }
      histories.append(try history(row, try steps(row["no"], statement)))
    }
    return ServiceHistoryList(histories: histories, isCut: false)
  }

  private static func steps(_ ticket: Int64, _ statement: Statement) throws -> [Step] {
    var steps: [Step] = []
    let rows = try Row.fetchCursor(statement, arguments: [ticket])
    while let row = try rows.next() {
      guard let kind = OperationKind(rawValue: UInt16(clamping: row["kind"] as Int64)), kind != .noted else { continue }
      do {
        let header = try OperationHeader(decoding: row.bytes("header"))
        steps.append(
          Step(
            at: header.happenedAt, lamport: header.lamport, sequence: header.sequence, kind: kind,
            actor: header.actor, changes: try Facts.decode(header.facts)))
      } catch {
        // Of a version this program does not know: it is deferred, and counted as such in the status.
        continue
      }
    }
    return steps.sorted { ($0.at, $0.lamport, $0.sequence) < ($1.at, $1.lamport, $1.sequence) }
  }

  private static func history(_ row: Row, _ steps: [Step]) throws -> ServiceHistory {
    let requester: EntityID? = row.optionalIdentifier("requester")
    let assignee: EntityID? = row.optionalIdentifier("assignee")
    let openedAt: Int64 = row["created_at"]
    let status = TicketStatus(rawValue: UInt64(clamping: row["status"] as Int64)) ?? .open
    var history = ServiceHistory(
      ticket: row.identifier("id"), site: row.optionalIdentifier("site"), requester: requester,
      isRemote: row["remote"] ?? false,
      isImported: row["channel"] as Int64 == Int64(Channel.imported.rawValue), openedAt: openedAt,
      priority: Priority(rawValue: UInt64(clamping: row["priority"] as Int64)) ?? .normal,
      category: row.optionalIdentifier("category"), isOpen: status == .open || status == .waiting)
    let answeredAt: Int64? = row["answered_at"]
    var ownership = Ownership(openedAt: openedAt)
    for step in steps {
      if history.answer == nil, let answeredAt, speaks(step.kind), step.actor != requester, step.at >= answeredAt {
        history.answer = ServiceHistory.Act(person: step.actor, at: answeredAt)
      }
      if history.acceptance == nil { history.acceptance = acceptance(step) }
      ownership.take(step.changes, at: max(openedAt, step.at))
    }
    if history.answer == nil, let answeredAt { history.answer = ServiceHistory.Act(person: .zero, at: answeredAt) }
    if let answer = history.answer, history.acceptance.map({ answer.at < $0.at }) ?? true {
      history.acceptance = answer
    }
    if let accepted = history.acceptance { history.acceptance?.at = max(openedAt, accepted.at) }
    // What was merged of concurrent writes may differ from their order by the clock; the merged state says how it ends.
    history.unowned = ownership.finished(isOpenAndUnowned: history.isOpen && assignee == nil)
    return history
  }

  private static func speaks(_ kind: OperationKind) -> Bool { kind == .replied || kind == .closed }

  /// Taking a ticket or an offer is a person's act; so is a step of an imported history that leaves it with an owner.
  private static func acceptance(_ step: Step) -> ServiceHistory.Act? {
    if step.kind == .offerAccepted { return ServiceHistory.Act(person: step.actor, at: step.at) }
    guard step.kind == .taken || step.kind == .stepImported else { return nil }
    for change in step.changes {
      if case .claim(TicketField.assignee.rawValue, .identifier(let person), _) = change {
        return ServiceHistory.Act(person: person, at: step.at)
      }
      if case .set(TicketField.assignee.rawValue, .identifier(let person)) = change {
        return ServiceHistory.Act(person: person, at: step.at)
      }
    }
    return nil
  }
}

/// Collects the stretches in which an open ticket had no owner.
private struct Ownership {
  private var stretches: [ServiceHistory.Stretch] = []
  private var since: Int64?
  private var hasOwner = false
  private var isOpen = true

  init(openedAt: Int64) { since = openedAt }

  mutating func take(_ changes: [Change], at: Int64) {
    for change in changes {
      switch change {
      case .claim(TicketField.assignee.rawValue, let value, _), .set(TicketField.assignee.rawValue, let value):
        hasOwner = value.identifier != nil
      case .set(TicketField.status.rawValue, let value):
        let code = value.code.flatMap { TicketStatus(rawValue: $0 & 0xff) } ?? .open
        isOpen = code == .open || code == .waiting
      default: continue
      }
    }
    if isOpen, !hasOwner {
      since = since ?? at
    } else if let from = since {
      if at > from { stretches.append(ServiceHistory.Stretch(from: from, to: at)) }
      since = nil
    }
  }

  func finished(isOpenAndUnowned: Bool) -> [ServiceHistory.Stretch] {
    guard let since, isOpenAndUnowned else { return stretches }
    return stretches + [ServiceHistory.Stretch(from: since, to: nil)]
  }
}
