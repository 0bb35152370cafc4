import SiteEngine

/// Runs one engine's work in virtual time; the work of a process that died is never run.
///
/// Confined to the thread of its simulation.
final class VirtualExecutor: EngineExecutor, @unchecked Sendable {
  private let time: VirtualTime
  private var waiting: [@Sendable () -> Void] = []
  private var wake: (@Sendable () -> Void)?
  private var isDraining = false
  private var isCurrent = false
  /// When the timer rings, virtual milliseconds; nil when it is off.
  private var wakeAt: Int64?
  /// What is planned in virtual time for it, at that moment or earlier: a timer that is set later is planned only then,
  /// because there are as many settings as events.
  private var plannedAt: Int64?
  /// Raised with each plan, so that an earlier one does nothing.
  private var planNumber = 0
  private(set) var isDead = false
  /// A frozen process runs nothing until it thaws.
  private(set) var isFrozen = false

  init(_ time: VirtualTime) { self.time = time }

  func async(_ work: @escaping @Sendable () -> Void) {
    if isDead { return }
    waiting.append(work)
    planDrain()
  }

  func onWake(_ wake: @escaping @Sendable () -> Void) {
    self.wake = wake
    schedule(afterMilliseconds: 50)
  }

  func schedule(afterMilliseconds delay: Int64) {
    let at = time.now + max(0, delay)
    wakeAt = at
    if plannedAt.map({ $0 > at }) ?? true { plan(at) }
  }

  private func plan(_ at: Int64) {
    plannedAt = at
    planNumber += 1
    let number = planNumber
    time.after(at - time.now) { [weak self] in
      guard let self, self.planNumber == number, !self.isDead else { return }
      self.plannedAt = nil
      self.ring()
    }
  }

  private func ring() {
    guard let at = wakeAt else { return }
    if at > time.now { return plan(at) }
    // Woken when it thaws.
    if isFrozen { return schedule(afterMilliseconds: 100) }
    wakeAt = nil
    run { wake?() }
  }

  func cancel() { wakeAt = nil }

  func assertIsCurrent() { precondition(isCurrent, "the engine was called from outside its executor") }

  /// The process ends here, in the middle of whatever waited.
  func die() {
    isDead = true
    waiting = []
    wake = nil
    wakeAt = nil
  }

  func setFrozen(_ frozen: Bool) {
    isFrozen = frozen
    if !frozen { planDrain() }
  }

  private func planDrain() {
    guard !isDraining, !isFrozen, !waiting.isEmpty else { return }
    isDraining = true
    time.after(0) { [weak self] in self?.drain() }
  }

  private func drain() {
    isDraining = false
    while !waiting.isEmpty, !isDead, !isFrozen {
      let batch = waiting
      waiting = []
      for (index, work) in batch.enumerated() {
        if isDead { return }
        if isFrozen {
          waiting = Array(batch[index...]) + waiting
          return
        }
        run(work)
      }
    }
  }

  private func run(_ work: () -> Void) {
    isCurrent = true
    work()
    isCurrent = false
  }
}
