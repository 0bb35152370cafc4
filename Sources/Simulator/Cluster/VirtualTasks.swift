/// Runs the asynchronous work of one process in virtual time: every piece of it is an event like any other, so that the order
/// of tasks follows from the seed and not from threads.
///
/// Confined to the thread of its simulation.
final class VirtualTasks: TaskExecutor, @unchecked Sendable {
  private let time: VirtualTime
  private var waiting: [UnownedJob] = []
  /// A frozen process runs nothing until it thaws; one that died runs to the end of what it began, where all it asks for fails.
  private var isFrozen = false

  init(_ time: VirtualTime) { self.time = time }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isFrozen { return waiting.append(job) }
    plan(job)
  }

  func setFrozen(_ frozen: Bool) {
    isFrozen = frozen
    if frozen { return }
    for job in waiting { plan(job) }
    waiting = []
  }

  private func plan(_ job: UnownedJob) {
    time.after(0) { [self] in
      if isFrozen { return waiting.append(job) }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
