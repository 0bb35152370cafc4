import Foundation
import OperationLog
import Simulator
import Testing

/// Whole lives of clusters, and the checkers against planted bugs.
///
/// A sample of both, in a minute: `scripts/test` runs 300 seeds (5,000 with `--all`) and every planted bug by `relevo-sim`.
@Suite("Simulated clusters", .serialized)
struct SimulationTests {
  private static let hunted: [PlantedBugCase] = PlantedBugCase.all.filter { bug in
    [PlantedBugs.lastWriterWins, .dropUnknownKinds, .digestOnlyGrows, .followEveryClock, .hoardTickets]
      .contains(bug.bug)
  }
  private static let huntingSteps = 250
  #if DEBUG
    // About ten times slower.
    private static let seeds = 4
    private static let steps = 150
  #else
    private static let seeds = 6
    private static let steps = 1_000
  #endif

  @Test("No seed breaks a promise")
  func seeds() {
    var plan = SimulationPlan(seed: 1)
    plan.steps = Self.steps
    let reports = SeedRange(first: 1, count: Self.seeds, plan: plan).run()
    for report in reports {
      if let violation = report.violation {
        Issue.record("seed \(report.plan.seed): \(violation); relevo-sim run --seed \(report.plan.seed)")
      }
      #expect(report.acknowledged > report.plan.steps / 4)
      #expect(report.healingMilliseconds != nil)
    }
  }

  @Test("The same seed replays bit for bit", arguments: [UInt64(3), 8])
  func replay(seed: UInt64) {
    var plan = SimulationPlan(seed: seed)
    plan.steps = 150
    let first = Simulation.run(plan)
    let second = Simulation.run(plan)
    #expect(first.traceHash == second.traceHash)
    #expect(first.events == second.events)
    #expect(first.network == second.network)
    plan.seed += 1
    #expect(Simulation.run(plan).traceHash != first.traceHash)
  }

  @Test("Offices that assign by themselves replay bit for bit, and write more than people do")
  func desks() {
    var plan = SimulationPlan(seed: 4)
    plan.steps = 150
    plan.hasDesks = true
    let first = Simulation.run(plan)
    let second = Simulation.run(plan)
    #expect(first.violation == nil)
    #expect(first.traceHash == second.traceHash)
    #expect(first.events == second.events)
    plan.hasDesks = false
    let people = Simulation.run(plan)
    #expect(people.violation == nil)
    #expect(people.operations < first.operations)
  }

  @Test("Keeping a trace changes nothing that happens")
  func tracing() {
    var plan = SimulationPlan(seed: 5)
    plan.steps = 80
    let silent = Simulation.run(plan)
    plan.traceLinesMax = 50
    let told = Simulation.run(plan)
    #expect(silent.traceHash == told.traceHash)
    #expect(silent.trace.isEmpty)
    #expect(told.trace.count == 50)
  }

  @Test("A planted bug is found by a checker of its promise", arguments: hunted.map(\.name))
  func plantedBugs(name: String) throws {
    let bug = try #require(PlantedBugCase.all.first { $0.name == name })
    let hunt = PlantedBugHunt.hunt(bug, seedsMax: 40, steps: Self.huntingSteps)
    #expect(hunt.found != nil, "\(name) was not found in \(hunt.seeds) seeds")
  }

  @Test("What a planted bug breaks, the same seed without the bug keeps")
  func innocence() throws {
    let bug = try #require(PlantedBugCase.all.first { $0.bug == .digestOnlyGrows })
    let found = try #require(PlantedBugHunt.hunt(bug, steps: 100).found)
    var plan = found.plan
    plan.plantedBugs = []
    #expect(Simulation.run(plan).violation == nil)
  }

  @Test("A failing seed is shrunk to one that breaks the same promise with fewer faults")
  func shrinking() throws {
    var plan = SimulationPlan(seed: 2)
    plan.nodeCount = 3
    plan.steps = 60
    plan.faults = [.partition, .loss, .delay]
    plan.plantedBugs = .digestOnlyGrows
    let report = Simulation.run(plan)
    let promise = try #require(report.violation?.promise)
    let small = Shrinking.shrink(report, attempts: 10)
    #expect(small.violation?.promise == promise)
    #expect(small.plan.faults.isEmpty)
    #expect(small.plan.steps <= report.steps)
    #expect(!small.trace.isEmpty)
  }

  @Test("Every topology heals, with three nodes and with nine", arguments: Topology.allCases)
  func topologies(topology: Topology) {
    for count in [3, 9] {
      var plan = SimulationPlan(seed: 11)
      plan.nodeCount = count
      plan.steps = 60
      plan.topology = topology
      #expect(Simulation.run(plan).violation == nil)
    }
  }

  @Test(
    "Nodes apart for ten days heal, whether they fetched the directory or began with a copy of it", arguments: [30, 60])
  func scale(count: Int) throws {
    var scale = ScaleRun()
    scale.nodeCount = count
    scale.operations = 2 * count
    scale.absenceDays = 10
    let result = try scale.run { _ in }
    #expect(result.isHealed)
    #expect(result.virtualMilliseconds > 10 * 24 * 3_600_000)
    #expect(result.streams == count)
  }
}
