import Helpdesk
import OpenSSLCrypto
import OperationLog
import Testing

@Suite("The same operations give the same bytes, in any order and with any repetition")
struct ConvergenceTests {
  @Test("Every pair of kinds, causal and concurrent, with a third stream's word beside them, in every order")
  func pairs() {
    for (number, first) in OperationMill.kinds.enumerated() {
      for (other, second) in OperationMill.kinds.enumerated() {
        for variant in 0..<4 {
          let seed = UInt64(number * 10_000 + other * 100 + variant)
          expectOneOutcome(ofEveryOrderOf: pair(first, second, seed: seed, variant: variant), seed)
        }
      }
    }
  }

  /// An opened ticket, then both operations and a reply; variants say who sees whose work.
  private func pair(
    _ first: OperationKind, _ second: OperationKind, seed: UInt64, variant: Int
  ) -> [FoldableOperation] {
    var mill = OperationMill(seed: seed)
    mill.write(.ticketOpened, at: 0)
    if variant > 0 {
      mill.deliver(from: 0, to: 1)
      mill.deliver(from: 0, to: 2)
    }
    mill.write(first, at: 1)
    if variant == 2 {
      mill.deliver(from: 1, to: 2)
      mill.deliver(from: 1, to: 0)
    }
    mill.write(second, at: variant == 3 ? 1 : 2)
    if variant == 3 { mill.deliver(from: 1, to: 0) }
    mill.write(.replied, at: 0)
    return mill.operations
  }

  private func expectOneOutcome(ofEveryOrderOf operations: [FoldableOperation], _ seed: UInt64) {
    let expected = TestFold.bytes(operations)
    for order in Self.permutations(operations.count) {
      let bytes = TestFold.bytes(order.map { operations[$0] } + [operations[order[0]]])
      if bytes != expected { Issue.record("seed \(seed): the order \(order) gives another state") }
    }
    check(operations, seed)
  }

  private static func permutations(_ count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return permutations(count - 1).flatMap { shorter in
      (0...shorter.count).map { Array(shorter[..<$0]) + [count - 1] + Array(shorter[$0...]) }
    }
  }

  @Test("Random histories of up to thirty operations, shuffled and repeated")
  func histories() {
    for seed in 0..<300 {
      var mill = OperationMill(seed: UInt64(seed))
      mill.grind(.random(in: 2...30, using: &mill.dice))
      let expected = TestFold.bytes(mill.operations)
      for _ in 0..<4 {
        var delivered = mill.operations + mill.operations.filter { _ in mill.dice.isOne(in: 3) }
        delivered.shuffle(using: &mill.dice)
        if TestFold.bytes(delivered) != expected { Issue.record("seed \(seed): another order gives another state") }
      }
      check(mill.operations, UInt64(seed))
    }
  }

  /// Compares the state with what its promises say, computed from the operations alone.
  private func check(_ operations: [FoldableOperation], _ seed: UInt64) {
    let state = TestFold.of(operations)
    let oracle = Oracle(operations: operations)
    if !oracle.agrees(with: state) { Issue.record("seed \(seed): a register is not what the operations say") }
    let ticket = Ticket(id: OperationMill.ticket, state: state)
    if ticket.assigneeClaim?.reference != oracle.assigneeClaim { Issue.record("seed \(seed): another claim wins") }
    if ticket.custodyClaim?.reference != oracle.custodyClaim { Issue.record("seed \(seed): another custody wins") }
    if ticket.hops != oracle.hops { Issue.record("seed \(seed): \(ticket.hops) hops, \(oracle.hops) written") }
    if ticket.needsReview != oracle.needsReview { Issue.record("seed \(seed): needs review \(ticket.needsReview)") }
    if ticket.needsReview, ticket.status != .open { Issue.record("seed \(seed): in review and not open") }
    do {
      let read = try EntityState(decoding: state.encoded())
      if read != state || read.encoded() != state.encoded() { Issue.record("seed \(seed): does not read back") }
    } catch { Issue.record("seed \(seed): \(error)") }
  }

  @Test("A replica that holds an operation it does not understand says so, and agrees once it does")
  func deferred() throws {
    for seed in 0..<200 {
      var mill = OperationMill(seed: UInt64(seed))
      mill.grind(12)
      let late = mill.dice.one(of: mill.operations)
      var state = EntityState()
      for operation in mill.operations {
        if operation.reference == late.reference {
          state.noteDeferred(operation.reference)
        } else {
          state.fold(operation)
        }
      }
      #expect(!state.vector.covers(late.reference.dot))
      #expect(try EntityState(decoding: state.encoded()) == state)
      state.fold(late)
      var all = EntityState()
      for operation in mill.operations { all.fold(operation) }
      #expect(state.encoded() == all.encoded(), "seed \(seed)")
    }
  }

  @Test("The encoded state has a version, and another one is refused rather than guessed")
  func version() {
    var bytes = EntityState().encoded()
    bytes[0] = 1
    #expect(throws: ByteDecodingFailure.unknownVersion(1)) { try EntityState(decoding: bytes) }
    #expect(throws: ByteDecodingFailure.trailing) { try EntityState(decoding: EntityState().encoded() + [0]) }
  }
}

/// What the promises say of a set of operations, in the plainest words: it compares each operation with each other
/// one.
private struct Oracle {
  let operations: [FoldableOperation]

  /// A value stands exactly while nobody who touched its field had seen it; clocks play no part.
  func agrees(with state: EntityState) -> Bool {
    var keys: Set<[UInt8]> = []
    for operation in operations { for change in operation.changes { keys.insert(Self.key(change, operation)) } }
    return keys.allSatisfy { key in
      let found = state.register(key[0], Array(key.dropFirst()))?.siblings.map(\.reference) ?? []
      return found == standing(key).map(\.reference).sorted()
    }
  }

  private func standing(_ key: [UInt8]) -> [FoldableOperation] {
    let touching = operations.filter { touched in touched.changes.contains { Self.key($0, touched) == key } }
    return touching.filter { written in
      written.changes.contains { Self.isWrite($0) && Self.key($0, written) == key }
        && !touching.contains { $0.header.observed.covers(written.reference.dot) }
    }
  }

  private static func isWrite(_ change: Change) -> Bool {
    switch change {
    case .set, .claim, .add: true
    case .remove, .saw, .mark: false
    }
  }

  private static func key(_ change: Change, _ operation: FoldableOperation) -> [UInt8] {
    switch change {
    case .set(let tag, _), .claim(let tag, _, _): return [tag]
    case .add(let tag, let element), .remove(let tag, let element), .saw(let tag, let element): return [tag] + element
    case .mark(let tag):
      var writer = ByteWriter()
      writer.byte(tag)
      writer.identifier(operation.reference.stream)
      writer.fixed64(operation.reference.sequence)
      return writer.bytes
    }
  }

  /// Started work, then a person's claim, then an automatic one, then the earlier clock, then the dot.
  var assigneeClaim: DotReference? { winner(.assignee) }

  /// The same rule over offices: it is the stream under whose custody work has started.
  var custodyClaim: DotReference? { winner(.custodianStream) }

  /// However the copies arrive, each hop counts once.
  var hops: Int { operations.count { $0.changes.contains(.mark(tag: TicketField.hop.rawValue)) } }

  private func winner(_ field: TicketField) -> DotReference? {
    standing([field.rawValue]).min { order($0, field) < order($1, field) }?.reference
  }

  private func order(_ operation: FoldableOperation, _ field: TicketField) -> (Int, HybridTime, DotReference) {
    for case .claim(let tag, let value, let rank) in operation.changes where tag == field.rawValue {
      let hasStarted = operations.contains { work in
        guard let person = value.identifier, work.header.observed.covers(operation.reference.dot) else { return false }
        return work.changes.contains(.saw(tag: TicketField.work.rawValue, person.bytes))
      }
      return (hasStarted ? -3 : -Int(rank.rawValue), operation.header.clock, operation.reference)
    }
    return (0, operation.header.clock, operation.reference)
  }

  /// Somebody's word stands beside every ending: none had seen it, and it had seen none.
  var needsReview: Bool {
    let statuses = standing([TicketField.status.rawValue])
    let endings = statuses.filter { operation in
      operation.changes.contains { change in
        if case .set(TicketField.status.rawValue, .code(2...3)) = change { true } else { false }
      }
    }
    guard !endings.isEmpty, endings.count == statuses.count else { return false }
    let words = operations.filter { $0.changes.contains(.mark(tag: TicketField.voice.rawValue)) }
    return words.contains { word in
      endings.allSatisfy { ending in
        !ending.header.observed.covers(word.reference.dot) && !word.header.observed.covers(ending.reference.dot)
          && ending.reference != word.reference
      }
    }
  }
}
