import Helpdesk
import OpenSSLCrypto
import OperationLog

/// Writes random operations on one ticket at three streams that see each other's work late, in part, or not at all.
///
/// What an author had seen is what their own replica shows, or an older page that was still open; the clocks are
/// wrong by up to ten years; deliveries keep each stream's order and nothing more; now and then a replica cannot
/// understand an operation.
struct OperationMill {
  static let ticket = EntityID(high: 3, low: 3)
  static let kinds: [OperationKind] = OperationKind.allCases.filter { $0.entityKind == .ticket }
  static let people = (1...4).map { EntityID(high: 4, low: $0) }
  private static let tenYears: Int64 = 10 * 365 * 86_400_000

  var dice: Dice
  private(set) var operations: [FoldableOperation] = []
  private var replicas: [Replica]
  private var moment: Int64 = 1_790_000_000_000

  private struct Replica {
    let stream: StreamID
    let skew: Int64
    var sequence: UInt64 = 0
    var written: [FoldableOperation] = []
    var state = EntityState()
    /// How many operations of each replica it has taken in.
    var received = [0, 0, 0]
    /// What pages opened earlier show.
    var pages: [ObservedVector] = []
  }

  init(seed: UInt64) {
    var dice = Dice(seed: seed)
    replicas = (1...3).map { number in
      Replica(stream: StreamID(high: 2, low: number), skew: .random(in: -Self.tenYears...Self.tenYears, using: &dice))
    }
    self.dice = dice
  }

  /// Somebody at the replica does something of this kind.
  mutating func write(_ kind: OperationKind, at place: Int) {
    moment += .random(in: 0...5_000, using: &dice)
    // Between two operations on this ticket the stream has others.
    replicas[place].sequence += .random(in: 1...3, using: &dice)
    var observed = replicas[place].state.vector
    if !replicas[place].pages.isEmpty, dice.isOne(in: 5) { observed = dice.one(of: replicas[place].pages) }
    if kind == .ticketOpened { observed = ObservedVector() }
    let changes = changes(of: kind, at: place)
    let header = OperationHeader(
      kind: kind.rawValue, sequence: replicas[place].sequence,
      clock: HybridTime(milliseconds: moment + replicas[place].skew), lamport: 1, entity: Self.ticket,
      entry: entry(of: kind), observed: observed, actor: dice.one(of: Self.people), facts: Facts.encode(changes))
    let reference = DotReference(
      dot: Dot(stream: replicas[place].stream, sequence: header.sequence),
      hashPrefix: SHA256Hashing().sha256(header.encoded()).prefix)
    let operation = FoldableOperation(reference: reference, header: header, changes: changes)
    operations.append(operation)
    replicas[place].written.append(operation)
    replicas[place].state.fold(operation)
    if dice.isOne(in: 3) { replicas[place].pages.append(replicas[place].state.vector) }
  }

  /// The replica takes in the next operations of another, in that stream's order.
  mutating func deliver(from giver: Int, to taker: Int, atMost count: Int = .max) {
    guard giver != taker else { return }
    let pending = replicas[giver].written.dropFirst(replicas[taker].received[giver]).prefix(count)
    for operation in pending {
      if dice.isOne(in: 25) {
        replicas[taker].state.noteDeferred(operation.reference)
      } else {
        replicas[taker].state.fold(operation)
      }
    }
    replicas[taker].received[giver] += pending.count
  }

  /// A random history of so many operations.
  mutating func grind(_ count: Int) {
    write(.ticketOpened, at: 0)
    while operations.count < count {
      if dice.isOne(in: 2) {
        deliver(
          from: .random(in: 0...2, using: &dice), to: .random(in: 0...2, using: &dice),
          atMost: .random(in: 1...4, using: &dice))
      } else {
        write(dice.one(of: Self.kinds), at: .random(in: 0...2, using: &dice))
      }
    }
  }

  // MARK: Shapes of operations, as deciding makes them

  private mutating func entry(of kind: OperationKind) -> EntryID? {
    switch kind {
    case .replied, .noted, .escalated, .closed, .reopened, .assignedAutomatically, .stepImported, .handedOver,
      .handOverAcknowledged, .handOverTakenBack, .takenOver, .offerDeclined, .offerWithdrawn:
      // Few identifiers, so that the same entry is written at several places.
      EntryID(high: UInt64(kind.rawValue), low: .random(in: 1...6, using: &dice))
    default: nil
    }
  }

  private mutating func changes(of kind: OperationKind, at place: Int) -> [Change] {
    let person = dice.one(of: Self.people)
    let work = Change.saw(tag: TicketField.work.rawValue, person.bytes)
    let voice = Change.mark(tag: TicketField.voice.rawValue)
    switch kind {
    case .ticketOpened: return opening(at: place)
    case .ticketEdited: return edits() + [work] + (dice.isOne(in: 3) ? [claim(by: .person), voice] : [])
    case .replied:
      guard dice.isOne(in: 2) else {
        return [work, set(.lastWordBy, .code(1)), set(.firstAnsweredAt, .number(moment))]
      }
      return [set(.lastWordBy, .code(2)), voice] + (dice.isOne(in: 3) ? [set(.status, .code(0))] : [])
    case .noted: return [work] + (dice.isOne(in: 3) ? [claim(by: .started)] : [])
    case .assigned, .taken: return [claim(by: .person), voice]
    case .escalated:
      return [set(.level, .code(.random(in: 1...3, using: &dice))), claim(by: .person), voice, work]
    case .closed:
      return [
        set(.status, .code(.random(in: 2...3, using: &dice))), .mark(tag: TicketField.ending.rawValue),
        set(.resolvedAt, .number(moment)), work,
      ]
    case .reopened: return [set(.status, .code(0))] + (dice.isOne(in: 2) ? [set(.lastWordBy, .code(2)), voice] : [])
    case .conflictResolved: return [dice.isOne(in: 3) ? set(.status, .code(0)) : set(.subject, .text(0)), work]
    case .assignedAutomatically: return [claim(by: .automatic)]
    case .stepImported: return [claim(by: .person), set(.impact, .code(.random(in: 1...4, using: &dice))), work]
    case .handedOver:
      // Half of them by a rule, which takes an untouched assignment along.
      guard dice.isOne(in: 2) else { return custody(to: nil, by: .person) }
      return custody(to: nil, by: .automatic) + [.mark(tag: TicketField.hop.rawValue), claim(by: .automatic)]
    case .handOverAcknowledged, .handOverTakenBack: return custody(to: place, by: .automatic)
    case .takenOver: return custody(to: place, by: .person) + [claim(by: .person), voice]
    case .offerAccepted: return [work, underCustody(), claim(by: .started)]
    case .offerDeclined: return [nobody, .add(tag: TicketField.declined.rawValue, person.bytes)]
    case .offerWithdrawn:
      return [nobody, .mark(tag: TicketField.lapse.rawValue), .add(tag: TicketField.lapsed.rawValue, person.bytes)]
    default: return []
    }
  }

  private var nobody: Change { .claim(tag: TicketField.assignee.rawValue, .none, rank: .automatic) }

  /// Custody of an office: acknowledged by the replica at this place, or on its way to any while nil.
  private mutating func custody(to place: Int?, by rank: ClaimRank) -> [Change] {
    let number = place.map { UInt64($0) } ?? UInt64.random(in: 0...2, using: &dice)
    let stream = place.map { Value.identifier(EntityID(replicas[$0].stream)) } ?? .none
    return [
      .claim(tag: TicketField.custodian.rawValue, .identifier(EntityID(high: 9, low: number)), rank: rank),
      .claim(tag: TicketField.custodianStream.rawValue, stream, rank: rank),
    ]
  }

  /// Work under the custody of some replica, as its agents' writes remember it.
  private mutating func underCustody() -> Change {
    .saw(tag: TicketField.work.rawValue, EntityID(dice.one(of: replicas).stream).bytes)
  }

  private mutating func opening(at place: Int) -> [Change] {
    [
      set(.subject, .text(0)), set(.description, .text(1)), set(.status, .code(0)), set(.urgency, .code(2)),
      set(.impact, .code(1)), set(.requester, .identifier(Self.people[0])), set(.createdAt, .number(moment)),
      .claim(tag: TicketField.custodian.rawValue, .identifier(EntityID(high: 9, low: UInt64(place))), rank: .automatic),
      .claim(
        tag: TicketField.custodianStream.rawValue, .identifier(EntityID(replicas[place].stream)), rank: .automatic),
      .add(tag: TicketField.number.rawValue, Array("MAD-\(place)".utf8)),
    ]
  }

  private mutating func edits() -> [Change] {
    var changes: [Change] = []
    if dice.isOne(in: 2) { changes.append(set(.subject, .text(0))) }
    if dice.isOne(in: 3) { changes.append(set(.urgency, .code(.random(in: 1...4, using: &dice)))) }
    if dice.isOne(in: 3) { changes.append(set(.priority, dice.isOne(in: 2) ? .none : .code(1))) }
    if dice.isOne(in: 4) { changes.append(set(.status, .code(1 | .random(in: 1...4, using: &dice) << 8))) }
    for tag in ["vpn", "printer", "urgent"] where dice.isOne(in: 3) {
      changes.append(
        dice.isOne(in: 2)
          ? .add(tag: TicketField.tag.rawValue, Array(tag.utf8))
          : .remove(tag: TicketField.tag.rawValue, Array(tag.utf8)))
    }
    return changes
  }

  private func set(_ field: TicketField, _ value: Value) -> Change { .set(tag: field.rawValue, value) }

  private mutating func claim(by rank: ClaimRank) -> Change {
    let value: Value = dice.isOne(in: 4) && rank == .person ? .none : .identifier(dice.one(of: Self.people))
    return .claim(tag: TicketField.assignee.rawValue, value, rank: rank)
  }
}

/// Folds operations as a store does: each entry is counted once, for the operation with the earliest clock, then dot.
struct TestFold {
  private(set) var state = EntityState()
  private var standing: [EntryID: FoldableOperation] = [:]

  mutating func take(_ operation: FoldableOperation) {
    state.fold(operation)
    guard let entry = operation.header.entry else { return }
    let previous = standing[entry]
    if let previous {
      let isEarlier =
        (operation.header.clock, operation.reference) < (previous.header.clock, previous.reference)
      guard isEarlier else { return }
    }
    standing[entry] = operation
    state.countEntry(Self.term(operation), replacing: previous.map(Self.term))
  }

  private static func term(_ operation: FoldableOperation) -> Hash32 {
    SHA256Hashing().sha256(operation.header.encoded(), operation.reference.stream.bytes)
  }

  static func bytes(_ operations: [FoldableOperation]) -> [UInt8] { of(operations).encoded() }

  static func of(_ operations: [FoldableOperation]) -> EntityState {
    var fold = TestFold()
    for operation in operations { fold.take(operation) }
    return fold.state
  }
}
