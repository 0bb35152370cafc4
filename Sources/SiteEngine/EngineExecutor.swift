import Dispatch

/// Runs an engine's work one piece after the other, and wakes it; injected so that a simulator can own time.
package protocol EngineExecutor: Sendable {
  /// Runs the work after everything handed in before; may be called from any thread.
  func async(_ work: @escaping @Sendable () -> Void)
  /// Sets what `schedule` calls; called once, before anything else.
  func onWake(_ wake: @escaping @Sendable () -> Void)
  /// Wakes the engine once after so many milliseconds, between two pieces of work; replaces what was set before.
  func schedule(afterMilliseconds delay: Int64)
  /// Wakes it no more.
  func cancel()
  /// Traps when the caller is not a piece of work of this executor.
  func assertIsCurrent()
}

/// A serial queue with a timer: what a node's engine runs on.
package final class DispatchExecutor: EngineExecutor {
  private let queue: DispatchQueue
  /// Touched on the queue only, once made; the protocol itself is not declared Sendable.
  nonisolated(unsafe) private let timer: any DispatchSourceTimer

  package init(label: String) {
    queue = DispatchQueue(label: label)
    timer = DispatchSource.makeTimerSource(queue: queue)
  }

  package func async(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

  package func onWake(_ wake: @escaping @Sendable () -> Void) {
    timer.setEventHandler(handler: wake)
    timer.schedule(deadline: .now() + .milliseconds(50))
    timer.resume()
  }

  package func schedule(afterMilliseconds delay: Int64) {
    timer.schedule(deadline: .now() + .milliseconds(Int(delay)), leeway: .milliseconds(1))
  }

  package func cancel() { timer.cancel() }

  package func assertIsCurrent() { dispatchPrecondition(condition: .onQueue(queue)) }
}
