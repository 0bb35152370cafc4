import Helpdesk
import Logging
import OperationLog
import SiteEngine
import Store

/// The assignment desk of one simulated process: the node's own code, its passes carried out in virtual time.
///
/// As in a node, a change is looked at in the instant and those that follow at once together, and every few seconds
/// deadlines are looked at. Confined to the thread of its simulation.
final class SimulatedDesk: @unchecked Sendable {
  private let desk: AssignmentDesk
  private let time: VirtualTime
  private let tasks: VirtualTasks
  private let code: String
  private unowned let cluster: SimulatedCluster
  private var isDead = false
  private var isPassing = false
  private var isPlanned = false
  private var isWanted = false
  private var passedAt = Int64.min / 2

  init(of node: SimulatedNode, _ store: SiteStore, _ engine: SiteEngine, in cluster: SimulatedCluster) {
    self.cluster = cluster
    time = cluster.time
    tasks = VirtualTasks(cluster.time)
    code = node.code
    let seed = Dice(seed: cluster.shape.seed, "desk \(node.boot)", node.number)
    desk = AssignmentDesk(
      store: store, engine: engine, clock: NodeClock(node: node), zones: UniversalTime(), isCentral: node.original == 0,
      random: { seed }, logger: Logger(label: "relevo.simulator") { _ in SwiftLogNoOpLogHandler() })
    desk.onWanted { [weak self] in self?.want() }
    tick()
  }

  /// The process ends, in the middle of whatever it was at.
  func die() {
    isDead = true
    tasks.setFrozen(false)
  }

  func setFrozen(_ frozen: Bool) { tasks.setFrozen(frozen) }

  private func tick() {
    if isDead { return }
    want()
    time.after(AssignmentDesk.tickMilliseconds) { [weak self] in self?.tick() }
  }

  private func want() {
    isWanted = true
    plan()
  }

  private func plan() {
    guard isWanted, !isPlanned, !isPassing, !isDead else { return }
    isPlanned = true
    time.after(max(0, passedAt + cluster.shape.deskPauseMilliseconds - time.now)) { [weak self] in self?.begin() }
  }

  private func begin() {
    isPlanned = false
    if isDead { return }
    isWanted = false
    isPassing = true
    Task(executorPreference: tasks) { [self] in
      do {
        try await desk.pass()
      } catch {
        cluster.trace.note(time.now, "the desk of \(code) could not finish: \(error)")
      }
      end()
    }
  }

  private func end() {
    isPassing = false
    passedAt = time.now
    plan()
  }

  /// Offices of a simulation live by one clock, so that what an hour is needs no files of this machine.
  private struct UniversalTime: ZoneReading {
    func rules(_ name: String) -> ZoneRules? { .utc }
    func names() -> [String] { ["UTC"] }
  }
}
