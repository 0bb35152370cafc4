import Foundation
import GRDB
import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store

/// People at work: seeded commands at random offices over tickets, many of them at the same few.
///
/// Confined to the thread of its simulation.
final class Workload {
  private let cluster: SimulatedCluster
  private let ledger: Ledger
  private var dice: Dice
  private let hashing = SHA256Hashing()
  private var steps = 0
  private(set) var tickets: [EntityID] = []
  /// Versions of tickets that a page was rendered with some time ago.
  private var rendered: [(ticket: EntityID, version: ObservedVector)] = []
  /// Commands that somebody may send a second time.
  private var keyed: [(command: Command, node: Int)] = []
  private(set) var refusals = 0
  private(set) var failures = 0

  init(_ cluster: SimulatedCluster, _ ledger: Ledger) {
    self.cluster = cluster
    self.ledger = ledger
    dice = Dice(seed: cluster.shape.seed, "workload")
  }

  /// Lets somebody do something somewhere.
  func step() {
    steps += 1
    let number = Int.random(in: cluster.nodes.indices, using: &dice)
    let node = cluster.nodes[number]
    let command = command(at: node)
    guard node.isUp, !node.isFrozen else { return }
    send(command, to: node)
    // Somebody who got no answer at one office asks at another, with the same key.
    guard command.idempotencyKey != nil, dice.isOne(in: 4) else { return }
    let other = dice.one(of: cluster.nodes)
    if other.isUp, !other.isFrozen { send(command, to: other) }
  }

  /// Somebody pastes long logs into tickets, everywhere, for a few seconds: what fills lines and queues.
  func burst(milliseconds: Int64) {
    guard !tickets.isEmpty else { return }
    // Letters without a pattern, which no compression makes much smaller.
    let letters = String(
      decoding: (0..<2_500).map { _ in UInt8.random(in: 48...122, using: &dice) }, as: UTF8.self)
    for moment in stride(from: Int64(0), to: milliseconds, by: 60) {
      let node = cluster.nodes[Int.random(in: cluster.nodes.indices, using: &dice)]
      let ticket = dice.one(of: Array(tickets.suffix(6)))
      cluster.time.after(moment) { [weak self] in
        guard node.isUp, !node.isFrozen, self?.cluster.mustStop?() != true else { return }
        self?.send(
          Command(actor: .console, body: .reply(ticket, body: "\(moment) \(letters)", isInternal: true)), to: node)
      }
    }
  }

  private func send(_ command: Command, to node: SimulatedNode) {
    guard let store = node.store else { return }
    let opens: Bool
    if case .openTicket = command.body { opens = true } else { opens = false }
    let answer = Answer { [self] result in
      switch result {
      case .success(let outcome):
        if opens, !outcome.isRepetition { tickets.append(outcome.entity) }
        ledger.acknowledge(outcome, opened: opens)
      case .failure(let error):
        if error is CommandRefusal { refusals += 1 } else { failures += 1 }
      }
    }
    store.execute(command) { answer.take($0) }
  }

  /// Confined to the thread of its simulation.
  private final class Answer: @unchecked Sendable {
    let take: (Result<CommandOutcome, any Error>) -> Void
    init(_ take: @escaping (Result<CommandOutcome, any Error>) -> Void) { self.take = take }
  }

  // MARK: Choosing

  private func command(at node: SimulatedNode) -> Command {
    let choice = Int.random(in: 0..<100, using: &dice)
    if choice < 3, let repeated = keyed.last, dice.isOne(in: 2) { return repeated.command }
    if tickets.isEmpty || choice < 26 { return opening() }
    if choice < 29 { return directory() }
    let ticket = dice.isOne(in: 2) ? dice.one(of: Array(tickets.suffix(6))) : dice.one(of: tickets)
    var command = work(on: ticket, choice, at: node)
    if dice.isOne(in: 5) { look(at: ticket, node) }
    if dice.isOne(in: 4), let page = rendered.last(where: { $0.ticket == ticket }) {
      command.rendered = page.version
      command.refusesIfChanged = dice.isOne(in: 3)
    }
    return command
  }

  /// Renders a page: what somebody may answer to later.
  private func look(at ticket: EntityID, _ node: SimulatedNode) {
    guard let store = node.store, !node.isFrozen else { return }
    // An office that does not hold the ticket, or whose disk fails, renders nothing.
    let state = try? store.readNow { db in
      try Data.fetchOne(db, sql: "SELECT state FROM ticket WHERE id = ?", arguments: [Data(ticket.bytes)])
    }
    // As above: what cannot be read is not rendered.
    guard let bytes = state.flatMap({ $0 }), let state = try? EntityState(decoding: [UInt8](bytes)) else { return }
    if rendered.count > 64 { rendered.removeFirst(32) }
    rendered.append((ticket, state.vector))
  }

  private func person(_ names: [String]) -> Actor { .person(SimulatedCluster.person(dice.one(of: names))) }
  private func agent() -> Actor { person(["ana", "luc", "leo"]) }
  private func agentID() -> EntityID { SimulatedCluster.person(dice.one(of: ["ana", "luc", "leo"])) }

  private func opening() -> Command {
    var body = OpenTicket(
      subject: "Ticket \(steps)", description: dice.isOne(in: 3) ? "" : "What happened in step \(steps).",
      urgency: dice.one(of: Urgency.allCases), impact: dice.one(of: Impact.allCases))
    if dice.isOne(in: 2) { body.category = hashing.category(key: dice.one(of: SimulatedCluster.categories)) }
    if dice.isOne(in: 2) { body.tags = ["t\(Int.random(in: 1...4, using: &dice))"] }
    if dice.isOne(in: 12) {
      // The same import at two offices names the same ticket.
      body.requesterEmail = "guest\(Int.random(in: 1...3, using: &dice))@example.org"
      body.source = OpenTicket.Source(name: "old", id: "\(Int.random(in: 1...6, using: &dice))")
      return Command(actor: .console, body: .openTicket(body))
    }
    let key = dice.isOne(in: 3) ? "open \(steps)" : nil
    let command = Command(actor: person(["eva", "ana", "luc"]), idempotencyKey: key, body: .openTicket(body))
    if key != nil { remember(command) }
    return command
  }

  private func remember(_ command: Command) {
    if keyed.count > 16 { keyed.removeFirst(8) }
    keyed.append((command, 0))
  }

  private func directory() -> Command {
    let name = dice.one(of: ["ana", "luc", "eva"])
    let definition = PersonDefinition(
      email: "\(name)@example.org", name: "\(name) \(steps)", isAvailable: dice.isOne(in: 2),
      // With desks at work some are to have room left at the end, when all others have as much as they take.
      capacity: Int.random(in: 1...(cluster.shape.hasDesks ? 120 : 9), using: &dice))
    return Command(actor: .console, body: .definePerson(definition))
  }

  private func work(on ticket: EntityID, _ choice: Int, at node: SimulatedNode) -> Command {
    switch choice {
    case ..<44:
      let command = Command(
        actor: dice.isOne(in: 2) ? person(["eva"]) : agent(), idempotencyKey: dice.isOne(in: 3) ? "say \(steps)" : nil,
        body: .reply(ticket, body: "Words of step \(steps).", isInternal: false))
      if command.idempotencyKey != nil { remember(command) }
      return command
    case ..<50: return Command(actor: agent(), body: .reply(ticket, body: "Note \(steps).", isInternal: true))
    case ..<68: return Command(actor: agent(), body: .editTicket(ticket, edit()))
    case ..<73: return Command(actor: agent(), body: .assign(ticket, to: dice.isOne(in: 6) ? nil : agentID()))
    case ..<80: return Command(actor: agent(), body: .take(ticket))
    case ..<84 where cluster.shape.hasDesks:
      // Mostly it is somebody else's offer, or none.
      let declines = dice.isOne(in: 4)
      return Command(
        actor: agent(), body: declines ? .declineOffer(ticket, reason: "Step \(steps)") : .acceptOffer(ticket))
    case ..<84:
      let automatic = AutomaticAssignment(agent: agentID(), rule: "on arrival", record: "step \(steps)")
      return Command(actor: .system, body: .assignAutomatically(ticket, automatic))
    case ..<89 where !node.isOld:
      return Command(
        actor: agent(),
        body: .escalate(ticket, Escalation(queue: hashing.queue(name: "Network"), reason: "Step \(steps)")))
    case ..<92 where !node.isOld:
      let choice = FieldChoice(field: .urgency, value: dice.one(of: Urgency.allCases).name)
      return Command(actor: agent(), body: .resolveConflict(ticket, choice))
    case ..<96:
      return Command(
        actor: agent(), body: .close(ticket, resolution: "Solved in \(steps).", isFinal: dice.isOne(in: 4)))
    default: return Command(actor: person(["eva", "ana"]), body: .reopen(ticket, reason: "Not solved in \(steps)."))
    }
  }

  private func edit() -> TicketEdit {
    var edit = TicketEdit()
    switch Int.random(in: 0..<8, using: &dice) {
    case 0: edit.subject = "Subject \(steps)"
    case 1: edit.urgency = dice.one(of: Urgency.allCases)
    case 2: edit.impact = dice.one(of: Impact.allCases)
    case 3: edit.category = .some(hashing.category(key: dice.one(of: SimulatedCluster.categories)))
    case 4: edit.tags = (1...4).filter { _ in dice.isOne(in: 2) }.map { "t\($0)" }
    case 5: edit.waitingReason = dice.one(of: WaitingReason.allCases)
    case 6: edit.status = dice.one(of: [.open, .resolved])
    default:
      edit.priority = .some(dice.isOne(in: 3) ? nil : dice.one(of: Priority.allCases))
      edit.assignee = dice.isOne(in: 2) ? .some(agentID()) : nil
    }
    return edit
  }
}
