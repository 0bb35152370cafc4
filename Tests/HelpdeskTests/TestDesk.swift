import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

/// One office in memory: it decides commands, stamps the drafts into its own stream and folds them, and takes in
/// what other desks wrote. It reads no clock: each command is one second after the one before.
final class TestDesk: DecisionReading {
  /// Some afternoon, milliseconds UTC.
  static let start: Int64 = 1_790_000_000_000

  let home: Home
  var directory: TestDirectory
  /// The next command's time, milliseconds UTC.
  var now: Int64
  /// Everything written or received, in the order it came.
  private(set) var held: [FoldableOperation] = []
  private(set) var texts: [DotReference: [String]] = [:]
  private(set) var states: [EntityID: EntityState] = [:]
  private var heldDots: Set<Dot> = []
  private var entries: Set<EntryID> = []
  private var sequence: UInt64 = 0
  private var numbersTaken: Int64 = 0
  private var keysTaken = 0
  private let hashing = SHA256Hashing()

  init(_ code: String = "MAD", directory: TestDirectory = .standard, skew: Int64 = 0) {
    let number = code.utf8.reduce(0) { $0 << 8 | UInt64($1) }
    home = Home(
      node: NodeID(high: 1, low: number), stream: StreamID(high: 2, low: number),
      site: SHA256Hashing().site(code: code), siteCode: code)
    self.directory = directory
    now = Self.start + skew
  }

  // MARK: Commands

  /// Decides without writing anything.
  func decide(_ command: Command, key: String = "once") throws -> Decision {
    try Decider(reading: self, hashing: hashing, normaliser: AccentNormaliser(), now: now).decide(command, key: key)
  }

  /// Decides, stamps and folds; a key of its own unless one is given.
  @discardableResult
  func run(
    _ body: CommandBody, as person: EntityID, key: String? = nil, rendered: ObservedVector? = nil,
    refusesIfChanged: Bool = false, occurredAt: Int64? = nil
  ) throws -> EntityID {
    let command = Command(
      actor: .person(person), rendered: rendered, refusesIfChanged: refusesIfChanged, occurredAt: occurredAt, body: body
    )
    return try run(command, key: key)
  }

  @discardableResult
  func run(_ command: Command, key: String? = nil) throws -> EntityID {
    keysTaken += 1
    let decision = try decide(command, key: key ?? "\(home.siteCode) \(keysTaken)")
    for draft in decision.drafts { write(draft) }
    now += 1_000
    return decision.entity
  }

  /// Why the command is refused; nil when it is not.
  func refusal(
    _ body: CommandBody, as actor: Actor, rendered: ObservedVector? = nil, refusesIfChanged: Bool = false
  ) -> CommandRefusal? {
    do {
      _ = try decide(
        Command(actor: actor, rendered: rendered, refusesIfChanged: refusesIfChanged, body: body))
      return nil
    } catch let refusal as CommandRefusal {
      return refusal
    } catch {
      Issue.record("refused with \(error), which is no refusal")
      return nil
    }
  }

  func refusal(
    _ body: CommandBody, as person: EntityID, rendered: ObservedVector? = nil, refusesIfChanged: Bool = false
  ) -> CommandRefusal? {
    refusal(body, as: .person(person), rendered: rendered, refusesIfChanged: refusesIfChanged)
  }

  /// A ticket of Elena's.
  func open(
    _ subject: String = "Printer", by person: EntityID = TestDirectory.elena,
    change: (inout OpenTicket) -> Void = { _ in }
  ) throws -> EntityID {
    var body = OpenTicket(subject: subject, description: "It does not print.")
    change(&body)
    return try run(.openTicket(body), as: person)
  }

  // MARK: Operations

  /// Gives a draft its place, through the bytes that a stream would hold.
  @discardableResult
  func write(_ draft: OperationDraft) -> FoldableOperation {
    sequence += 1
    let header = OperationHeader(
      kind: draft.kind.rawValue, sequence: sequence, clock: HybridTime(milliseconds: now), lamport: sequence,
      occurredAt: draft.occurredAt, entity: draft.entity, entry: draft.entry,
      observed: draft.observed ?? states[draft.entity]?.vector ?? ObservedVector(), actor: draft.actor,
      facts: Facts.encode(draft.changes), textLength: TextSegments.encode(draft.texts).count)
    let hash = hashing.sha256(home.stream.bytes, header.encoded())
    let reference = DotReference(dot: Dot(stream: home.stream, sequence: sequence), hashPrefix: hash.prefix)
    let operation = FoldableOperation(reference: reference, header: header, changes: draft.changes)
    texts[reference] = draft.texts
    take(operation)
    return operation
  }

  /// Takes in what the other desk holds and this one lacks; `only` limits it to one stream's operations.
  func receive(from other: TestDesk, only stream: StreamID? = nil) {
    for operation in other.held where !heldDots.contains(operation.reference.dot) {
      if let stream, operation.reference.stream != stream { continue }
      texts[operation.reference] = other.texts[operation.reference]
      take(operation)
    }
  }

  private func take(_ operation: FoldableOperation) {
    heldDots.insert(operation.reference.dot)
    held.append(operation)
    states[operation.header.entity, default: EntityState()].fold(operation)
    if let entry = operation.header.entry { entries.insert(entry) }
  }

  /// The ticket as this desk shows it.
  func shown(_ id: EntityID) -> Ticket { Ticket(id: id, state: states[id] ?? EntityState()) }

  func vector(_ id: EntityID) -> ObservedVector { shown(id).state.vector }

  func text(_ reference: TextReference?) -> String? {
    guard let reference else { return nil }
    return texts.first { $0.key.dot == reference.dot }?.value[reference.index]
  }

  // MARK: DecisionReading

  func ticket(_ id: EntityID) throws -> Ticket? { states[id] == nil ? nil : shown(id) }
  func person(_ id: EntityID) throws -> Person? {
    guard var person = directory.people[id], let state = states[id] else { return directory.people[id] }
    person.absences = state.members(DirectoryField.Person.absences).compactMap(Absence.init(element:))
    person.skills = state.members(DirectoryField.Person.skills).compactMap(EntityID.init(bytes:))
    person.spokenLanguages = state.members(DirectoryField.Person.spokenLanguages).map {
      String(decoding: $0, as: UTF8.self)
    }
    return person
  }
  func site(_ id: EntityID) throws -> Site? { directory.sites[id] }
  func category(_ id: EntityID) throws -> Category? { directory.categories[id] }
  func queue(_ id: EntityID) throws -> Queue? { directory.queues[id] }
  func token(_ id: EntityID) throws -> AccessToken? { directory.tokens[id] }

  func calendar(_ id: EntityID) throws -> OfficeCalendar? {
    typealias Field = DirectoryField.Calendar
    guard let state = states[id], let key = state.value(Field.key)?.bytes else { return nil }
    return OfficeCalendar(
      id: id, key: String(decoding: key, as: UTF8.self), name: "",
      hours: state.value(Field.hours)?.bytes.flatMap(WeeklyHours.init(bytes:)) ?? .standard,
      timeZone: state.value(Field.timeZone)?.bytes.map { String(decoding: $0, as: UTF8.self) },
      holidays: state.members(Field.holidays).compactMap(Holiday.init(element:)))
  }

  func policy(_ id: EntityID) throws -> PolicyText? {
    states[id].map { PolicyText(id: id, key: "", text: $0.value(DirectoryField.Policy.text)?.bytes) }
  }
  func activeAdminCount() throws -> Int { directory.people.values.count { $0.role == .admin && $0.isActive } }
  func holdsEntry(_ id: EntryID) throws -> Bool { entries.contains(id) }

  func takeTicketNumber() throws -> TicketNumber {
    numbersTaken += 1
    return TicketNumber(site: home.siteCode, incarnation: nil, count: numbersTaken)
  }
}

/// Composes an e with an acute accent, which is as much of normalisation form C as these tests need.
struct AccentNormaliser: TextNormalising {
  func normalised(_ text: String) -> String {
    var scalars: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      if scalar == "\u{301}", scalars.last == "e" {
        scalars[scalars.count - 1] = "\u{e9}"
      } else {
        scalars.append(scalar)
      }
    }
    return scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
  }
}
