import OperationLog
import Replication
import SiteEngine
import Store

/// One simulation from its seed to its verdict: found a cluster, let people work and things go wrong, heal, compare.
///
/// Confined to one thread.
package struct Simulation {
  private let plan: SimulationPlan
  private let cluster: SimulatedCluster
  private let ledger: Ledger
  private let workload: Workload
  private let faults: FaultDriver
  private var dice: Dice
  private var report: SimulationReport

  /// Carries a plan out.
  package static func run(_ plan: SimulationPlan) -> SimulationReport {
    var simulation = Simulation(plan)
    simulation.run()
    return simulation.report
  }

  private init(_ plan: SimulationPlan) {
    self.plan = plan
    var shape = ClusterShape(seed: plan.seed, nodeCount: plan.nodeCount, topology: plan.chosenTopology)
    shape.plantedBugs = plan.plantedBugs
    shape.hasDesks = plan.choosesDesks
    shape.traceLinesMax = plan.traceLinesMax
    shape.tracesFrames = plan.tracesFrames
    // Small enough that a simulated minute fills them.
    shape.settings.inFlightBytesMax = 16 * 1024
    shape.settings.runBytesMax = 4 * 1024
    shape.settings.runBytesMin = 1024
    shape.settings.runBytesFirst = 2 * 1024
    shape.settings.windowBytesFirst = 8 * 1024
    shape.settings.newsReserveBytes = 8 * 1024
    shape.settings.bulkOperationsMin = 40
    shape.settings.plantedBugs = plan.plantedBugs
    cluster = SimulatedCluster(shape)
    ledger = Ledger(cluster)
    workload = Workload(cluster, ledger)
    faults = FaultDriver(cluster, ledger, kinds: plan.chosenFaults, rate: plan.faultRate)
    dice = Dice(seed: plan.seed, "pace")
    report = SimulationReport(plan)
    let ledger = ledger
    cluster.onCommitted = { ledger.committed($0, $1) }
    cluster.onStarted = { ledger.started($0, $1) }
    let workload = workload
    faults.onFreeze = { workload.burst(milliseconds: 9_000) }
    cluster.mustStop = { ledger.violation != nil }
  }

  private mutating func run() {
    do {
      faults.choosePrograms()
      try cluster.found()
      // In some seeds the nodes hear of each other only while things go wrong already.
      let mayStartUnready = dice.isOne(in: 4)
      if !mayStartUnready, !cluster.run(atMost: 120_000, until: { cluster.isConverged }) {
        ledger.report(.liveness, "the nodes do not find together at the start")
      }
      faults.begin()
      work()
      if ledger.violation == nil { try judge() }
    } catch {
      ledger.report(.contiguity, "a database cannot be read: \(error)")
    }
    finish()
  }

  private mutating func work() {
    while report.steps < plan.steps, ledger.violation == nil {
      report.steps += 1
      faults.step()
      workload.step()
      cluster.run(milliseconds: pause())
      if report.steps % 40 == 0 {
        ledger.checkAcknowledgements()
        ledger.checkMemory()
      }
      if dice.isOne(in: 400) { audit(cluster.nodes[Int.random(in: cluster.nodes.indices, using: &dice)]) }
    }
  }

  /// Mostly people are quick one after the other; sometimes nothing happens for a while.
  private mutating func pause() -> Int64 {
    switch Int.random(in: 0..<100, using: &dice) {
    case ..<50: dice.number(0...20)
    case ..<90: dice.number(20...300)
    case ..<99: dice.number(300...2_000)
    default: dice.number(2_000...20_000)
    }
  }

  private func audit(_ node: SimulatedNode) {
    guard node.isUp else { return }
    var audit = LogAudit(node, ledger)
    do {
      try audit.run()
    } catch {
      // A disk that fails just now is no finding; what it holds is read again at the end.
      cluster.trace.note(cluster.now, "\(node.code) could not be read: \(error)")
    }
  }

  private mutating func judge() throws {
    faults.heal()
    let healed = cluster.now
    let cluster = cluster
    guard cluster.run(atMost: plan.healingMillisecondsMax, until: { cluster.isConverged }) else {
      return ledger.report(.liveness, "after healing and \(plan.healingMillisecondsMax / 1000) s: \(differences())")
    }
    report.healingMilliseconds = cluster.now - healed
    // Acknowledgements of the last operations are still on their way, and desks are still giving out what waited.
    let ledger = ledger
    var waiting: String?
    let isSettled = cluster.run(atMost: Self.settlingMilliseconds) {
      guard cluster.isConverged, cluster.nodes.allSatisfy({ $0.isRetired || $0.engine?.onlyHere().operations == 0 })
      else { return false }
      // A disk that cannot be read just now is asked again.
      if cluster.shape.hasDesks { waiting = (try? ledger.ticketLeftWaiting(at: cluster.nodes[0])) ?? nil }
      return waiting == nil
    }
    if !isSettled, let waiting { return ledger.report(.custody, waiting) }
    for node in cluster.nodes where node.isUp {
      var audit = LogAudit(node, ledger)
      try audit.run()
      try ledger.checkEnd(node)
    }
    ledger.checkAcknowledgements()
    ledger.checkMemory()
  }

  /// Within this time of virtual time after healing every free agent has got work, as far as there is any.
  private static let settlingMilliseconds: Int64 = 120_000

  private func differences() -> String {
    cluster.nodes.map { node in
      let count = node.vector.sorted.reduce(UInt64(0)) { $0 &+ $1.sequence }
      return
        "\(node.code) \(node.isUp ? "" : "down ")\(count) operations, digest \(String(node.digest.description.prefix(8)))"
    }.joined(separator: "; ")
  }

  private mutating func finish() {
    report.violation = ledger.violation
    report.traceHash = cluster.trace.hash
    report.trace = cluster.trace.latest
    report.virtualMilliseconds = cluster.now
    report.operations = ledger.operationCount
    report.acknowledged = ledger.acknowledgedCount
    report.refused = workload.refusals
    report.failed = workload.failures
    report.events = cluster.time.eventCount
    report.network = cluster.network.counters
    report.faults = faults.counts
    if plan.keepsDisks, ledger.violation != nil {
      for node in cluster.nodes { report.disks["\(node.number)-\(node.code)"] = node.disk.snapshot() }
    }
    faults.onFreeze = nil
    cluster.end()
  }
}
