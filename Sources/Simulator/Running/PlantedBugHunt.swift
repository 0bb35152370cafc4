package import OperationLog

/// One planted bug, which checkers may find it, and where to look for it.
package struct PlantedBugCase: Sendable {
  package let bug: PlantedBugs
  package let name: String
  /// Any of these promises being found broken finds the bug.
  package let promises: Set<Promise>
  /// Faults without which the bug would do no harm.
  let faults: Set<FaultKind>
  var topology: Topology?
  let hasDesks: Bool

  /// All of them.
  package static let all: [PlantedBugCase] = [
    PlantedBugCase(
      .acknowledgeBeforeCommit, "acknowledge before commit", [.noLostWrite], [.commit, .disk, .full]),
    PlantedBugCase(
      .lastWriterWins, "last writer wins by wall clock", [.noSilentConflict, .causalSupersession, .convergence],
      [.partition, .skew]),
    PlantedBugCase(
      .reuseSequences, "sequence reuse after a restore", [.dotUniqueness, .authenticity, .noLostWrite], [.restore]),
    PlantedBugCase(.dropUnknownKinds, "drop on unknown kind", [.contiguity, .unknownOperations], [.versions]),
    PlantedBugCase(.foldTwice, "fold twice", [.convergence], [.partition]),
    PlantedBugCase(
      .loseEarlyDischarge, "lose an out-of-order discharge", [.causalSupersession, .convergence],
      [.partition, .reordering, .delay]),
    PlantedBugCase(.skipSignatures, "skip a signature", [.authenticity, .dotUniqueness], [.forgery]),
    PlantedBugCase(.skipTextCommitments, "skip a text's commitment", [.authenticity], [.forgery]),
    PlantedBugCase(.unboundedQueue, "unbounded queue", [.boundedMemory], [.frozen], topology: .hub),
    PlantedBugCase(
      .claimByArrival, "claim decided by arrival order", [.custody, .convergence, .noSilentConflict], [.partition]),
    PlantedBugCase(.reuseNumbers, "ticket number reuse", [.uniqueNumbers], [.kill]),
    PlantedBugCase(.synchronousNormal, "synchronous=NORMAL", [.noLostWrite], [.power]),
    PlantedBugCase(
      .reencodeForwarded, "forward re-encoded instead of verbatim", [.liveness, .unknownOperations, .contiguity],
      [.loss]),
    PlantedBugCase(
      .acknowledgeOnArrival, "acknowledge a peer's operations on arrival", [.noLostWrite], [.power, .full, .kill]),
    PlantedBugCase(
      .keepMemoryAfterFailure, "go on from memory after a failed commit",
      [.contiguity, .noLostWrite, .convergence, .authenticity, .dotUniqueness, .liveness], [.full, .disk]),
    PlantedBugCase(.followEveryClock, "follow every clock", [.soundClocks], [.skew]),
    PlantedBugCase(.neverAskAgain, "never ask again for what was lost", [.liveness], [.loss, .reordering]),
    PlantedBugCase(
      .forgetHeldRuns, "forget runs of nodes not admitted yet", [.liveness, .convergence], [.partition, .delay]),
    PlantedBugCase(
      .neverFoldDeferred, "leave deferred operations after an upgrade", [.liveness, .unknownOperations], [.versions]),
    PlantedBugCase(.digestOnlyGrows, "an earlier state stays in the digest", [.convergence], [.partition]),
    PlantedBugCase(
      .hoardTickets, "tickets are kept for one's own office", [.custody], [.partition], hasDesks: true),
  ]

  private init(
    _ bug: PlantedBugs, _ name: String, _ promises: Set<Promise>, _ faults: Set<FaultKind>, topology: Topology? = nil,
    hasDesks: Bool = false
  ) {
    self.bug = bug
    self.name = name
    self.promises = promises
    self.faults = faults
    self.topology = topology
    self.hasDesks = hasDesks
  }
}

/// The hunt for one planted bug.
package struct PlantedBugHunt: Sendable {
  package let bug: PlantedBugCase
  /// The report of the seed that found it; nil when none did.
  package private(set) var found: SimulationReport?
  package private(set) var seeds = 0

  /// Tries seeds from the first on until a checker that must find the bug has found it, in a life that passes without.
  package static func hunt(_ bug: PlantedBugCase, from seed: UInt64 = 1, seedsMax: Int = 40, steps: Int = 600)
    -> PlantedBugHunt
  {
    var hunt = PlantedBugHunt(bug: bug)
    while hunt.found == nil, hunt.seeds < seedsMax {
      var plan = SimulationPlan(seed: seed + UInt64(hunt.seeds))
      plan.nodeCount = 4
      plan.steps = steps
      plan.faults = bug.faults
      plan.faultRate = 4
      plan.plantedBugs = bug.bug
      plan.topology = bug.topology
      plan.hasDesks = bug.hasDesks
      plan.healingMillisecondsMax = 120_000
      hunt.seeds += 1
      let report = Simulation.run(plan)
      guard let promise = report.violation?.promise, bug.promises.contains(promise) else { continue }
      // The very same life without the bug has to pass, or the checker has found something else.
      plan.plantedBugs = []
      if Simulation.run(plan).violation == nil { hunt.found = report }
    }
    return hunt
  }
}
