import Helpdesk
import OperationLog

/// What a ticket must look like, computed in the simplest way from all its operations: no merging, no order, no memory.
///
/// A value stands until somebody writes the field who had seen it. Everything here compares every operation with every other.
struct FieldOracle {
  struct Operation {
    let dot: Dot
    let clock: HybridTime
    let observed: ObservedVector
    let entry: EntryID?
    let changes: [Change]
  }

  private struct Write {
    let operation: Operation
    let value: Value
    let rank: UInt8
  }

  let operations: [Operation]

  /// What of the ticket differs from its stored state; nil when nothing does.
  func difference(from state: EntityState) -> (promise: Promise, what: String)? {
    var tags: Set<UInt8> = []
    for operation in operations {
      for change in operation.changes {
        switch change {
        case .set(let tag, _), .claim(let tag, _, _): tags.insert(tag)
        default: continue
        }
      }
    }
    for tag in tags.sorted() {
      let expected = standing(tag)
      let found = (state.register(tag)?.siblings ?? []).map(\.reference.dot).sorted()
      if expected == found { continue }
      let name = TicketField(rawValue: tag)?.name ?? "\(tag)"
      if let missing = expected.first(where: { !found.contains($0) }) {
        return (.noSilentConflict, "nobody who wrote \(name) had seen \(missing), yet it is gone")
      }
      let extra = found.first { !expected.contains($0) }
      return (.causalSupersession, "\(name) still has \(extra.map { "\($0)" } ?? "?"), which a later author had seen")
    }
    let entries = Set(operations.compactMap(\.entry)).count
    if state.entryCount != entries {
      return (.convergence, "\(state.entryCount) replies and notes are counted, \(entries) were written")
    }
    return elementDifference(state) ?? claimDifference(state)
  }

  private func writes(_ tag: UInt8) -> [Write] {
    operations.flatMap { operation in
      operation.changes.compactMap { change -> Write? in
        switch change {
        case .set(tag, let value): Write(operation: operation, value: value, rank: 0)
        case .claim(tag, let value, let rank): Write(operation: operation, value: value, rank: rank.rawValue)
        default: nil
        }
      }
    }
  }

  private func standingWrites(_ tag: UInt8) -> [Write] {
    let writes = writes(tag)
    return writes.filter { write in !writes.contains { $0.operation.observed.covers(write.operation.dot) } }
  }

  private func standing(_ tag: UInt8) -> [Dot] { standingWrites(tag).map(\.operation.dot).sorted() }

  // MARK: Sets

  private func elementDifference(_ state: EntityState) -> (promise: Promise, what: String)? {
    let tag = TicketField.tag.rawValue
    var elements: Set<[UInt8]> = []
    for operation in operations {
      for case .add(tag, let element) in operation.changes { elements.insert(element) }
    }
    let expected = elements.filter { element in
      let adds = operations.filter { $0.changes.contains(.add(tag: tag, element)) }
      let removals = operations.filter { $0.changes.contains(.remove(tag: tag, element)) }
      return adds.contains { add in !(adds + removals).contains { $0.observed.covers(add.dot) } }
    }
    let found = Set(state.members(tag))
    guard expected != found else { return nil }
    return (.noSilentConflict, "\(found.count) tags stand, \(expected.count) should")
  }

  // MARK: Claims

  private func claimDifference(_ state: EntityState) -> (promise: Promise, what: String)? {
    let ticket = Ticket(id: .zero, state: state)
    if let winner = winner(.assignee), ticket.assigneeClaim?.reference.dot != winner.operation.dot {
      return (.custody, "the ticket is given to another agent than the claim that wins")
    }
    let stream = winner(.custodianStream)?.value.identifier.map { StreamID(high: $0.high, low: $0.low) }
    if ticket.custodianStream != stream {
      return (.custody, "the ticket has another custodian than the claim that wins")
    }
    return nil
  }

  /// Started work, then a person's claim, then an automatic one; the earlier clock; the lower dot.
  private func winner(_ field: TicketField) -> Write? {
    standingWrites(field.rawValue).min { order($0) < order($1) }
  }

  private func order(_ claim: Write) -> (Int, HybridTime, Dot) {
    (-(hasStarted(claim) ? 3 : Int(claim.rank)), claim.operation.clock, claim.operation.dot)
  }

  private func hasStarted(_ claim: Write) -> Bool {
    guard let person = claim.value.identifier else { return false }
    let work = Change.saw(tag: TicketField.work.rawValue, person.bytes)
    return operations.contains { $0.changes.contains(work) && $0.observed.covers(claim.operation.dot) }
  }
}
