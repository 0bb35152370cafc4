import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store

/// What people do, as commands to an office's store.
extension StoryRunner {
  /// Opens tickets at the office of the number until it exists.
  mutating func give(_ number: String, _ place: StoryPlace) throws {
    guard let wanted = TicketNumber(number), let site = story.offices.first(where: { $0 == wanted.site }),
      wanted.incarnation == nil, (1...100).contains(wanted.count)
    else {
      throw StoryProblem(
        place, "\(number) cannot be given: take a number from 1 to 100 of one of the story's offices.",
        possible: story.offices.map { "\($0)-1" })
    }
    let node = node(site)
    while try find(number, at: node) == nil {
      let body = CommandBody.openTicket(OpenTicket(subject: "Given before the story", description: ""))
      try send(Command(actor: .person(SimulatedCluster.person("eva")), body: body), to: node, opens: true)
    }
    latest = try find(number, at: node)
    try settle(place)
  }

  mutating func carryOut(_ act: Story.Act, _ place: StoryPlace) throws {
    let node = node(act.site)
    guard node.isUp else { throw StoryProblem(place, "\(act.site) does not run: say `restart \(act.site)` first.") }
    var opens = false
    if case .open = act.deed { opens = true }
    let ticket = opens ? nil : try self.ticket(act.ticket, at: node, place)
    let actor = try actor(act.person, ticket, at: node, place)
    let body = try body(act.deed, ticket, actor, at: node, place)
    do {
      let outcome = try send(Command(actor: actor, body: body), to: node, opens: opens)
      guard act.outcome == .done else { throw StoryProblem(place, "This was done, but should not have been.") }
      latest = outcome.entity
      if let name = act.name { tickets[name] = outcome.entity }
    } catch let refusal as CommandRefusal {
      guard case .refused(let name) = act.outcome else {
        throw StoryProblem(place, "\(act.site) refuses this: \(refusal.name).")
      }
      if let name, name != refusal.name {
        throw StoryProblem(place, "\(act.site) refuses this as \(refusal.name), not as \(name).")
      }
    } catch let failure as StoreFailure {
      guard act.outcome == .failed else { throw StoryProblem(place, "\(act.site) fails: \(failure.description)") }
      // Without power its process is gone; what the disk kept is found at the next start.
      if !node.disk.hasPower { node.end(.kill) }
    }
  }

  @discardableResult
  private func send(_ command: Command, to node: SimulatedNode, opens: Bool) throws -> CommandOutcome {
    let outcome = try cluster.perform(command, at: node)
    ledger.acknowledge(outcome, opened: opens)
    return outcome
  }

  private func body(
    _ deed: Story.Deed, _ ticket: EntityID?, _ actor: Actor, at node: SimulatedNode, _ place: StoryPlace
  ) throws -> CommandBody {
    if case .open(let subject, let text) = deed {
      return .openTicket(OpenTicket(subject: subject, description: text))
    }
    guard let ticket else { throw StoryProblem(place, "No ticket was spoken of yet.") }
    switch deed {
    case .open(let subject, let text): return .openTicket(OpenTicket(subject: subject, description: text))
    case .reply(let text): return .reply(ticket, body: text, isInternal: false)
    case .note(let text): return .reply(ticket, body: text, isInternal: true)
    case .take: return .take(ticket)
    case .assign(let person):
      return .assign(ticket, to: try person.map { try self.actor($0, ticket, at: node, place).id })
    case .resolve(let text): return .close(ticket, resolution: text, isFinal: false)
    case .close(let text): return .close(ticket, resolution: text, isFinal: true)
    case .reopen(let text): return .reopen(ticket, reason: text)
    case .escalate(let queue, let reason):
      return .escalate(ticket, Escalation(queue: SHA256Hashing().queue(name: queue), reason: reason))
    case .decide(let field, let value):
      let named = Self.reference(field, value)?.bytes
      return .resolveConflict(ticket, FieldChoice(field: field, value: named.map { Hexadecimal.encode($0) } ?? value))
    case .wait, .tag, .untag, .change: return .editTicket(ticket, try edit(deed, ticket, at: node, place))
    }
  }

  private func edit(
    _ deed: Story.Deed, _ ticket: EntityID, at node: SimulatedNode, _ place: StoryPlace
  ) throws -> TicketEdit {
    var edit = TicketEdit()
    switch deed {
    case .wait(let reason):
      edit.status = .waiting
      edit.waitingReason = reason
    case .tag(let tag): edit.tags = try tags(of: ticket, at: node) + [tag]
    case .untag(let tag): edit.tags = try tags(of: ticket, at: node).filter { $0 != tag }
    case .change(let field, let value): try set(field, value, in: &edit, place)
    default: break
    }
    return edit
  }

  private func tags(of ticket: EntityID, at node: SimulatedNode) throws -> [String] {
    try detail(ticket, at: node)?.ticket.tags ?? []
  }

  private func set(_ field: TicketField, _ value: String, in edit: inout TicketEdit, _ place: StoryPlace) throws {
    func choice<Choice>(_ choices: [Choice], _ name: (Choice) -> String) throws -> Choice {
      guard let found = choices.first(where: { name($0) == value }) else {
        throw StoryProblem(place, "\(field.name) cannot be “\(value)”.", possible: choices.map(name))
      }
      return found
    }
    switch field {
    case .subject: edit.subject = value
    case .description: edit.description = value
    case .status: edit.status = try choice(TicketStatus.allCases) { $0.name }
    case .urgency: edit.urgency = try choice(Urgency.allCases) { $0.name }
    case .impact: edit.impact = try choice(Impact.allCases) { $0.name }
    case .priority: edit.priority = value == "none" ? .some(nil) : try choice(Priority.allCases) { $0.name }
    case .category: edit.category = value == "none" ? .some(nil) : Self.reference(field, value)
    case .queue: edit.queue = value == "none" ? .some(nil) : Self.reference(field, value)
    default: throw StoryProblem(place, "\(field.name) is not written by people.")
    }
  }

  /// What a name in these fields stands for; nil for fields that hold no references.
  static func reference(_ field: TicketField, _ name: String) -> EntityID? {
    switch field {
    case .category: SHA256Hashing().category(key: name)
    case .queue: SHA256Hashing().queue(name: name)
    default: nil
    }
  }

  // MARK: Names

  /// Who is meant, as a command's actor.
  func actor(_ person: Story.Person, _ ticket: EntityID?, at node: SimulatedNode, _ place: StoryPlace) throws -> Actor {
    switch person {
    case .named(let name): return .person(SimulatedCluster.person(name))
    case .console: return .console
    case .itsRequester, .itsAssignee:
      let shown = try ticket.flatMap { try detail($0, at: node)?.ticket }
      guard let found = person == .itsRequester ? shown?.requester : shown?.assignee else {
        throw StoryProblem(place, "\(node.code) knows no such person of this ticket.")
      }
      return .person(found)
    }
  }

  /// The ticket that is meant; becomes the one spoken of last.
  mutating func ticket(
    _ reference: Story.TicketReference, at node: SimulatedNode, _ place: StoryPlace
  ) throws -> EntityID {
    switch reference {
    case .named(let name): latest = tickets[name] ?? latest
    case .number(let number):
      guard let found = try find(number, at: node) else {
        throw StoryProblem(place, "\(node.code) knows no ticket \(number).")
      }
      latest = found
    case .it: break
    }
    guard let latest else { throw StoryProblem(place, "No ticket was spoken of yet.") }
    return latest
  }

  /// The ticket with this number as the office knows it.
  func find(_ number: String, at node: SimulatedNode) throws -> EntityID? {
    guard let store = node.store, let name = TicketNumber(number)?.description else { return nil }
    return try store.readNow { db in
      let sql = "SELECT t.id FROM ticket_number n JOIN ticket t ON t.no = n.ticket WHERE n.number = ?"
      return try Data.fetchOne(db, sql: sql, arguments: [name]).flatMap { EntityID(bytes: $0) }
    }
  }

  /// The ticket as a page of the office would show it.
  func detail(_ ticket: EntityID, at node: SimulatedNode) throws -> TicketDetail? {
    try node.store.flatMap { store in try store.readNow { db in try SiteStore.detail(ticket, db) } }
  }
}
