import Helpdesk
import OperationLog

// What the simulator's planted bugs make of an operation; nothing here runs in a node.

extension FoldableOperation {
  /// The operation as a store with these mistakes would fold it into the state.
  func misread(by bugs: PlantedBugs, _ state: EntityState) -> FoldableOperation {
    var header = header
    var changes = changes
    if bugs.contains(.loseEarlyDischarge) {
      var seen = ObservedVector()
      for entry in header.observed.entries {
        guard let held = state.vector.entries.first(where: { $0.stream == entry.stream }) else { continue }
        seen.note(min(entry, held))
      }
      header.observed = seen
    }
    if bugs.contains(.claimByArrival) {
      changes.removeAll { change in
        guard case .claim(let tag, _, _) = change else { return false }
        return state.register(tag)?.siblings.contains { !header.observed.covers($0.reference.dot) } ?? false
      }
    }
    if bugs.contains(.lastWriterWins) {
      var everything = header.observed
      everything.join(state.vector)
      changes.removeAll { change in
        guard case .set(let tag, _) = change, let latest = state.register(tag)?.latest else { return false }
        return latest.clock > header.clock
      }
      header.observed = everything
    }
    return FoldableOperation(reference: reference, header: header, changes: changes)
  }
}

extension OperationRun {
  /// The run as a node would pass it on that encodes what it has understood.
  func reencoded() -> OperationRun {
    var run = self
    for index in run.records.indices {
      // What cannot be read at all is passed on even by this mistake.
      guard let header = try? OperationHeader(decoding: run.records[index].header) else { continue }
      var understood = header
      understood.people = []
      run.records[index].header = understood.encoded()
    }
    return run
  }
}
