package import OperationLog

/// What one simulation does; a plan replays bit for bit.
package struct SimulationPlan: Hashable, Sendable {
  package var seed: UInt64
  package var nodeCount = 5
  package var steps = 2_000
  package var faults = FaultKind.standard
  /// Nil lets the seed choose.
  package var topology: Topology?
  /// Whether offices assign by themselves; nil lets the seed choose.
  package var hasDesks: Bool?
  package var plantedBugs: PlantedBugs = []
  /// How many times as often faults happen as usual.
  package var faultRate = 1
  /// Lines of the trace that are kept.
  package var traceLinesMax = 0
  /// Each frame is one of them.
  package var tracesFrames = false
  /// Whether the report of a broken promise has the disks of all nodes, to be looked at.
  package var keepsDisks = false
  /// Digests must be equal so many milliseconds after healing.
  package var healingMillisecondsMax: Int64 = 300_000

  package init(seed: UInt64) { self.seed = seed }

  /// The kinds of faults that are carried out. Every second seed keeps bytes whole, as the encrypted lines of a real cluster do, so
  /// that what nodes say of one another can be checked too. A third of the seeds copies no disk and a third copies none and
  /// takes none back, because after those not every check can tell what is right.
  var chosenFaults: Set<FaultKind> {
    var chosen = seed % 2 == 0 && faults.count > 1 ? faults.subtracting([.corruption]) : faults
    if chosen.isSuperset(of: [.clone, .restore]) {
      switch Dice(seed: seed, "copies").seedBelow() % 3 {
      case 0: chosen.subtract([.clone, .restore])
      case 1: chosen.remove(.clone)
      default: break
      }
    }
    return chosen
  }

  /// In every eighth life each office has an assignment desk, the node's own code: in the others people assign, and nothing
  /// writes but they, so that what each of them is told can be held against what is found.
  package var choosesDesks: Bool { hasDesks ?? (Dice(seed: seed, "desks").seedBelow() % 8 == 0) }

  /// The topology the seed chooses where none is named.
  package var chosenTopology: Topology {
    topology ?? Topology.allCases[Int(Dice(seed: seed, "topology").seedBelow() % 3)]
  }
}

/// What became of a simulation.
package struct SimulationReport: Sendable {
  package let plan: SimulationPlan
  package var violation: Violation?
  /// Steps that were carried out.
  package var steps = 0
  package var traceHash: UInt64 = 0
  package var trace: [String] = []
  package var virtualMilliseconds: Int64 = 0
  /// How long it took until digests were equal after healing.
  package var healingMilliseconds: Int64?
  package var operations = 0
  package var acknowledged = 0
  package var refused = 0
  package var failed = 0
  package var events: UInt64 = 0
  package var network = NetworkCounters()
  package var faults: [FaultKind: Int] = [:]
  /// What the disks held when a promise broke, by number and code of the node; empty where the plan keeps none.
  package var disks: [String: DiskImage] = [:]

  init(_ plan: SimulationPlan) { self.plan = plan }
}
