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
  /// Raised with each setting of the timer, so that an earlier one does nothing.
  private var timerNumber = 0
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
    timerNumber += 1
    let number = timerNumber
    time.after(delay) { [weak self] in
      guard let self, self.timerNumber == number, !self.isDead else { return }
      if self.isFrozen {
        // Woken when it thaws.
        return self.schedule(afterMilliseconds: 100)
      }
      self.run { self.wake?() }
    }
  }

  func cancel() { timerNumber += 1 }

  func assertIsCurrent() { precondition(isCurrent, "the engine was called from outside its executor") }

  /// The process ends here, in the middle of whatever waited.
  func die() {
    isDead = true
    waiting = []
    wake = nil
    timerNumber += 1
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
