import Helpdesk
import OpenSSLCrypto
import OperationLog
import Store

/// Plays a seeded day at some offices: every kind of command, in random order, by random people.
struct Play {
  private var dice: Dice
  private let people = ["eva", "ana", "luc", "leo", "ada"]
  private var steps = 0
  /// Every ticket opened by anybody; an office refuses one it has not heard of.
  private(set) var tickets: [EntityID] = []
  private(set) var kinds: Set<OperationKind> = []
  private(set) var refusals = 0

  init(seed: UInt64) { dice = Dice(seed: seed) }

  /// Lets one office do one random thing; a refusal is part of the day.
  mutating func step(at office: TestOffice) async throws {
    steps += 1
    office.clock.advance(seconds: Int64.random(in: 0...90, using: &dice))
    let name = dice.one(of: people)
    let command = try await command(at: office, actor: .person(TestOffice.person(name)))
    do {
      let outcome = try await office.store.execute(command)
      if case .openTicket = command.body { tickets.append(outcome.entity) }
      if let last = outcome.dots.last { try await note(last, at: office) }
    } catch is CommandRefusal {
      refusals += 1
    }
  }

  private mutating func note(_ dot: Dot, at office: TestOffice) async throws {
    let run = try await office.store.run(of: dot.stream, from: dot.sequence, to: dot.sequence, bytesMax: 1)
    guard let header = run?.records.first?.header else { return }
    if let kind = OperationKind(rawValue: try OperationHeader(decoding: header).kind) { kinds.insert(kind) }
  }

  private mutating func command(at office: TestOffice, actor: Actor) async throws -> Command {
    if tickets.isEmpty || dice.isOne(in: 9) { return opening(office, actor) }
    if dice.isOne(in: 10) { return directory(office) }
    let ticket = dice.one(of: tickets)
    let body = try await ticketBody(ticket, office)
    var command = Command(actor: actor, body: body)
    if case .assignAutomatically = body { command.actor = .system }
    if case .importStep = body { command.actor = .console }
    // A page that was rendered a while ago: here, what another day's write had seen.
    if dice.isOne(in: 3), let detail = try await office.store.detail(ticket) {
      command.rendered = older(detail.version)
      command.refusesIfChanged = dice.isOne(in: 3)
    }
    return command
  }

  /// A version some operations before this one.
  private mutating func older(_ version: ObservedVector) -> ObservedVector {
    var result = ObservedVector()
    for entry in version.entries {
      let back = UInt64.random(in: 0...4, using: &dice)
      guard entry.sequence > back else { continue }
      result.note(
        DotReference(dot: Dot(stream: entry.stream, sequence: entry.sequence - back), hashPrefix: entry.hashPrefix))
    }
    return result
  }

  private mutating func opening(_ office: TestOffice, _ actor: Actor) -> Command {
    let source = dice.isOne(in: 5) ? OpenTicket.Source(name: "old", id: "\(Int.random(in: 1...9, using: &dice))") : nil
    let body = OpenTicket(
      subject: "Ticket \(steps)", description: dice.isOne(in: 2) ? "" : "What happened in step \(steps)",
      requesterEmail: source == nil ? nil : "guest\(Int.random(in: 1...3, using: &dice))@example.org",
      category: dice.isOne(in: 2) ? nil : TestOffice.hashing.category(key: dice.one(of: ["vpn", "printer"])),
      urgency: dice.one(of: Urgency.allCases), impact: dice.one(of: Impact.allCases),
      tags: dice.isOne(in: 2) ? [] : ["t\(Int.random(in: 1...4, using: &dice))"], source: source)
    return Command(
      actor: source == nil ? actor : .console, idempotencyKey: dice.isOne(in: 3) ? "open\(steps % 7)" : nil,
      occurredAt: source == nil ? nil : office.clock.now - 86_400_000, body: .openTicket(body))
  }

  private mutating func directory(_ office: TestOffice) -> Command {
    let body: CommandBody
    switch Int.random(in: 0...8, using: &dice) {
    case 5, 6, 7, 8: body = work()
    case 0:
      let name = dice.one(of: ["ana", "luc", "eva"])
      body = .definePerson(
        PersonDefinition(
          email: "\(name)@example.org", name: "\(name) \(steps)", isAvailable: dice.isOne(in: 2),
          capacity: Int.random(in: 1...9, using: &dice)))
    case 1: body = .defineCategory(key: "vpn", english: "VPN \(steps)", spanish: "VPN \(steps)")
    case 2: body = .defineQueue(name: dice.one(of: ["Network", "Field"]), level: Int.random(in: 1...3, using: &dice))
    case 3:
      let digest = TestOffice.hashing.sha256([UInt8(steps % 5)])
      body = .createToken(person: TestOffice.person("ana"), name: "Token \(steps)", digest: digest)
    default: body = .revokeToken(TestOffice.hashing.token(digest: TestOffice.hashing.sha256([UInt8(steps % 5)])))
    }
    return Command(actor: .console, body: body)
  }

  /// Hours, holidays, absences, skills and policies.
  private mutating func work() -> CommandBody {
    let calendar = TestOffice.hashing.calendar(key: "night")
    let person = TestOffice.person(dice.one(of: ["ana", "luc"]))
    let first = CivilDate(dayNumber: 20_800 + Int.random(in: 0...3, using: &dice))
    let next = first.advanced(byDays: 1)
    switch Int.random(in: 0...5, using: &dice) {
    case 0:
      return .defineCalendar(
        CalendarDefinition(key: "night", name: "Night \(steps)", hours: dice.isOne(in: 2) ? .always : .standard))
    case 1, 2:
      let days = [first, next].compactMap { Holiday(date: $0, name: "Free \($0)") }
      return .changeHolidays(calendar, adding: [days[0]], removing: [days[1]])
    case 3:
      let times = [first, next].compactMap { Absence(from: WallTime($0), to: WallTime(next, minute: 60), kind: .away) }
      return .changeAbsences(person, adding: [times[0]], removing: Array(times.dropFirst()))
    case 4: return .definePolicy(key: "company", text: dice.isOne(in: 3) ? nil : [UInt8(steps % 5 + 1)])
    default:
      let skills = ["vpn", "printer"].filter { _ in dice.isOne(in: 2) }.map { TestOffice.hashing.category(key: $0) }
      return .definePerson(
        PersonDefinition(
          email: "ana@example.org", calendar: dice.isOne(in: 2) ? .some(nil) : calendar, skills: skills,
          spokenLanguages: dice.isOne(in: 2) ? ["fr"] : ["de", "it"], worksRemotely: dice.isOne(in: 2)))
    }
  }

  private mutating func ticketBody(_ ticket: EntityID, _ office: TestOffice) async throws -> CommandBody {
    let agent = TestOffice.person(dice.one(of: ["ana", "luc", "leo"]))
    switch Int.random(in: 0...13, using: &dice) {
    case 0, 1, 2: return .editTicket(ticket, edit())
    case 3, 4: return .reply(ticket, body: "Word \(steps)", isInternal: false)
    case 5: return .reply(ticket, body: "Note \(steps)", isInternal: true)
    case 6: return .assign(ticket, to: dice.isOne(in: 4) ? nil : agent)
    case 7: return .take(ticket)
    case 8:
      let queue = dice.isOne(in: 2) ? TestOffice.hashing.queue(name: "Network") : nil
      return .escalate(
        ticket, Escalation(person: dice.isOne(in: 2) ? agent : nil, queue: queue, reason: "Reason \(steps)"))
    case 9: return .close(ticket, resolution: "Solved \(steps)", isFinal: dice.isOne(in: 2))
    case 10: return .reopen(ticket, reason: "Again \(steps)")
    case 11:
      if let conflict = try await office.store.detail(ticket)?.conflicts.first, conflict.choices.count > 1 {
        return .resolveConflict(ticket, FieldChoice(field: conflict.field, value: chosen(conflict)))
      }
      return .resolveConflict(ticket, FieldChoice(field: .subject, value: "Chosen \(steps)"))
    case 12:
      return .assignAutomatically(
        ticket, AutomaticAssignment(agent: agent, rule: "next", record: "step \(steps)"))
    default:
      var edit = TicketEdit()
      edit.status = dice.one(of: TicketStatus.allCases)
      edit.assignee = .some(dice.isOne(in: 3) ? nil : agent)
      let source = OpenTicket.Source(name: "old", id: "step \(Int.random(in: 1...30, using: &dice))")
      return .importStep(
        ticket,
        ImportedStep(
          source: source, text: "Step \(steps)", edit: edit, level: Int.random(in: 1...3, using: &dice),
          person: dice.isOne(in: 2) ? agent : nil))
    }
  }

  private func chosen(_ conflict: FieldConflict) -> String {
    let choice = conflict.choices[0]
    switch conflict.field {
    case .subject, .description: return choice.text ?? ""
    case .status: return TicketStatus(rawValue: (choice.value.code ?? 0) & 0xff)?.name ?? ""
    case .urgency: return Urgency(rawValue: choice.value.code ?? 0)?.name ?? ""
    case .impact: return Impact(rawValue: choice.value.code ?? 0)?.name ?? ""
    case .priority: return choice.value.code.flatMap(Priority.init(rawValue:))?.name ?? ""
    default: return choice.value.identifier?.description ?? ""
    }
  }

  private mutating func edit() -> TicketEdit {
    var edit = TicketEdit()
    switch Int.random(in: 0...7, using: &dice) {
    case 0: edit.subject = "Subject \(steps)"
    case 1: edit.description = "Description \(steps)"
    case 2:
      edit.status = dice.one(of: TicketStatus.allCases)
      edit.waitingReason = dice.one(of: WaitingReason.allCases)
    case 3: edit.urgency = dice.one(of: Urgency.allCases)
    case 4: edit.impact = dice.one(of: Impact.allCases)
    case 5: edit.priority = .some(dice.isOne(in: 3) ? nil : dice.one(of: Priority.allCases))
    case 6:
      edit.category = .some(
        dice.isOne(in: 3) ? nil : TestOffice.hashing.category(key: dice.one(of: ["vpn", "printer"])))
    default: edit.tags = (0..<Int.random(in: 0...3, using: &dice)).map { "t\($0 + steps % 3)" }
    }
    return edit
  }
}
