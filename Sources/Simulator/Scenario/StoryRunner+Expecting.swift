import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import SiteEngine
import Store

/// What has to come of it.
extension StoryRunner {
  mutating func check(_ expectation: Story.Expectation, _ place: StoryPlace) throws {
    try settle(place)
    let nodes = expectation.site.map { [node($0)] } ?? cluster.nodes.filter(\.isUp)
    switch expectation.subject {
    case .sameEverywhere:
      guard cluster.isConverged else { throw StoryProblem(place, "The nodes differ.") }
    case .promisesKept: try checkPromises(place)
    case .ticketCount(let count):
      for node in nodes {
        let found = try node.store?.readNow { try Int.fetchOne($0, sql: "SELECT count(*) FROM ticket") } ?? 0
        guard found == count else { throw StoryProblem(place, "\(node.code) holds \(found) tickets, not \(count).") }
      }
    case .onlyHere(let site, let count):
      let found = node(site).engine?.onlyHere().operations ?? 0
      guard found == UInt64(count) else {
        throw StoryProblem(place, "\(found) operations are only at \(site), not \(count).")
      }
    case .ticket(let reference, let properties):
      for node in nodes { try check(reference, properties, at: node, place) }
    }
  }

  private mutating func check(
    _ reference: Story.TicketReference, _ properties: [Story.Property], at node: SimulatedNode, _ place: StoryPlace
  ) throws {
    if properties == [.isKnown(false)], case .number(let number) = reference {
      guard try find(number, at: node) == nil else { throw StoryProblem(place, "\(node.code) knows \(number).") }
      return
    }
    let id = try ticket(reference, at: node, place)
    let detail = try detail(id, at: node)
    for property in properties {
      if property == .isKnown(false) {
        guard detail == nil else { throw StoryProblem(place, "\(node.code) knows the ticket.") }
        continue
      }
      guard let detail else { throw StoryProblem(place, "\(node.code) does not know the ticket.") }
      if let otherwise = try difference(property, detail, at: node, place) {
        throw StoryProblem(place, "At \(node.code) \(detail.row.number) \(otherwise).")
      }
    }
  }

  /// What is otherwise than expected; nil when nothing is.
  private func difference(
    _ property: Story.Property, _ detail: TicketDetail, at node: SimulatedNode, _ place: StoryPlace
  ) throws -> String? {
    let ticket = detail.ticket
    switch property {
    case .status(let status): return ticket.status == status ? nil : "is \(ticket.status.name)"
    case .stage(let stage): return ticket.stage == stage ? nil : "is \(ticket.stage.name)"
    case .markedForReview(let marked):
      return ticket.needsReview == marked ? nil : "is \(marked ? "not " : "")marked for review"
    case .value(let field, let value):
      let shown = shown(field, detail)
      return shown == value ? nil : "has the \(field.name) “\(shown)”"
    case .conflict(let field, let values): return conflictDifference(field, values, detail)
    case .noConflict(let field):
      let open = detail.conflicts.map(\.field).filter { field == nil || $0 == field }
      return open.isEmpty ? nil : "has a conflict on \(open.map(\.name).joined(separator: ", "))"
    case .assignee(let person):
      let wanted = try person.map { try actor($0, ticket.id, at: node, place).id }
      return ticket.assignee == wanted ? nil : "is assigned to \(name(of: ticket.assignee))"
    case .lostClaim(let person):
      let claimant = try actor(person, ticket.id, at: node, place).id
      let lost = ticket.lostClaims.compactMap(\.value.identifier)
      return lost.contains(claimant) ? nil : "knows of the lost claims of \(lost.map(name).joined(separator: ", "))"
    case .tagged(let tag, let isTagged):
      return ticket.tags.contains(tag) == isTagged ? nil : "is tagged \(ticket.tags.sorted().joined(separator: ", "))"
    case .replies(let count): return countDifference(.replied, "replies", count, detail)
    case .notes(let count): return countDifference(.noted, "notes", count, detail)
    case .saying(let text):
      return detail.history.contains { ($0.texts ?? []).contains(text) } ? nil : "says “\(text)” nowhere"
    case .numbered(let number): return detail.row.number == number ? nil : "has another number than \(number)"
    case .isKnown: return nil
    }
  }

  private func conflictDifference(_ field: TicketField, _ values: [String], _ detail: TicketDetail) -> String? {
    guard let conflict = detail.conflicts.first(where: { $0.field == field }) else {
      return "has no conflict on \(field.name)"
    }
    let found = conflict.choices.map { $0.text ?? word(for: $0.value, of: field) }.sorted()
    let wanted = values.map { value in
      Self.reference(field, value).map { word(for: .identifier($0), of: field) } ?? value
    }.sorted()
    return found == wanted ? nil : "has the values \(found.joined(separator: ", ")) on \(field.name)"
  }

  private func countDifference(
    _ kind: OperationKind, _ name: String, _ count: Int, _ detail: TicketDetail
  ) -> String? {
    let found = detail.history.count { $0.kind == kind }
    return found == count ? nil : "has \(found) \(name)"
  }

  // MARK: Words

  private func shown(_ field: TicketField, _ detail: TicketDetail) -> String {
    let ticket = detail.ticket
    switch field {
    case .subject: return detail.row.subject
    case .description: return detail.description
    case .urgency: return ticket.urgency.name
    case .impact: return ticket.impact.name
    case .priority: return ticket.priority.name
    case .category, .queue:
      let id = field == .category ? ticket.category : ticket.queue
      let names = SimulatedCluster.categories + ["Network"]
      return names.first { Self.reference(field, $0) == id } ?? "none"
    default: return ticket.status.name
    }
  }

  /// A value of an enumerated field as the API names it.
  private func word(for value: Value, of field: TicketField) -> String {
    switch (field, value) {
    case (.status, .code(let code)): TicketStatus(rawValue: code & 0xff)?.name ?? "\(code)"
    case (.urgency, .code(let code)): Urgency(rawValue: code)?.name ?? "\(code)"
    case (.impact, .code(let code)): Impact(rawValue: code)?.name ?? "\(code)"
    case (.priority, .code(let code)): Priority(rawValue: code)?.name ?? "\(code)"
    case (_, .identifier(let id)): Hexadecimal.encode(id.bytes)
    default: "none"
    }
  }

  private func name(of person: EntityID?) -> String {
    guard let person else { return "nobody" }
    return SimulatedCluster.people.first { SimulatedCluster.person($0.0) == person }?.0 ?? "somebody else"
  }
}
