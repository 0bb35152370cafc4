/// What replication promises (docs/replication.md) and a simulation checks; raw values are the numbers of the promises.
package enum Promise: Int, CaseIterable, Sendable {
  case convergence = 1
  case noLostWrite = 2
  case dotUniqueness = 3
  case contiguity = 4
  case causalSupersession = 5
  case noSilentConflict = 6
  case custody = 7
  case authenticity = 8
  case boundedMemory = 9
  case liveness = 10
  case unknownOperations = 12
  case uniqueNumbers = 14
  /// No promise of its own, but what the fifth leans on: nobody's clock follows one that is far ahead.
  case soundClocks = 100

  /// The promise in two or three words.
  package var name: String {
    switch self {
    case .convergence: "convergence"
    case .noLostWrite: "no lost write"
    case .dotUniqueness: "dot uniqueness"
    case .contiguity: "contiguity"
    case .causalSupersession: "causal supersession"
    case .noSilentConflict: "no silent conflict"
    case .custody: "custody"
    case .authenticity: "authenticity"
    case .boundedMemory: "bounded memory"
    case .liveness: "liveness"
    case .unknownOperations: "unknown operations survive"
    case .uniqueNumbers: "unique numbers"
    case .soundClocks: "sound clocks"
    }
  }
}

/// A promise that was broken in a simulation.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  package let promise: Promise
  package let what: String
  /// Milliseconds since the simulation began.
  package let at: Int64

  package var description: String {
    let number = promise == .soundClocks ? "" : " \(promise.rawValue)"
    return "promise\(number) (\(promise.name)) broken after \(at) ms: \(what)"
  }
}
