import Dispatch
import Glibc
import Synchronization

/// A fixed number of threads and a bounded queue before them; a job beyond the bound is refused, never waited for.
///
/// The threads end once the pool is released and the jobs it took are done.
final class WorkerPool: Sendable {
  private let shared: Shared
  private let threads: Int

  init(threads: Int, queueMax: Int) throws(ThreadFailure) {
    precondition(threads > 0 && queueMax > 0, "a pool needs a thread and a place to wait")
    self.threads = threads
    shared = Shared(queueMax: queueMax)
    for started in 0..<threads {
      do throws(ThreadFailure) {
        try Self.startThread(shared)
      } catch {
        shared.close(threads: started)
        throw error
      }
    }
  }

  deinit { shared.close(threads: threads) }

  /// False when the queue is full; otherwise the job runs soon on one of the threads.
  func submit(_ job: @escaping @Sendable () -> Void) -> Bool { shared.submit(job) }

  private static func startThread(_ shared: Shared) throws(ThreadFailure) {
    let context = Unmanaged.passRetained(shared)
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Shared>.fromOpaque(context).takeRetainedValue().work()
        return nil
      }, context.toOpaque())
    guard result == 0 else {
      context.release()
      throw ThreadFailure(code: result)
    }
    pthread_detach(thread)
  }

  /// The queue, which outlives the pool until the threads have emptied it.
  private final class Shared: Sendable {
    private struct State {
      var jobs: [@Sendable () -> Void] = []
      var isClosed = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let queueMax: Int

    init(queueMax: Int) { self.queueMax = queueMax }

    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
      let isTaken = state.withLock { state in
        guard state.jobs.count < queueMax else { return false }
        state.jobs.append(job)
        return true
      }
      if isTaken { available.signal() }
      return isTaken
    }

    func close(threads: Int) {
      state.withLock { $0.isClosed = true }
      for _ in 0..<threads { available.signal() }
    }

    func work() {
      while true {
        available.wait()
        let job: (@Sendable () -> Void)? = state.withLock { state in
          state.jobs.isEmpty ? nil : state.jobs.removeFirst()
        }
        if let job { job() } else if state.withLock({ $0.isClosed }) { return }
      }
    }
  }
}

/// The system starts no further thread.
package struct ThreadFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The errno of pthread_create.
  package let code: Int32

  /// What is wrong and what to do.
  package var description: String {
    "The system starts no further thread (errno \(code)). "
      + "Raise the limit on tasks of the service or user, then start again."
  }
}
