import CZeroMQ
import Dispatch
import Glibc

/// One operating system thread of our own, and a way to wait for its end.
struct TransportThread: Sendable {
  private let running: DispatchGroup

  /// Starts a thread that runs the body once.
  init(name: String, _ body: @escaping @Sendable () -> Void) throws(ZeroMQFailure) {
    let running = DispatchGroup()
    running.enter()
    let start = Start(name: name) {
      body()
      running.leave()
    }
    let context = Unmanaged.passRetained(start)
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        relevo_name_thread(start.name)
        start.body()
        return nil
      }, context.toOpaque())
    guard result == 0 else {
      context.release()
      running.leave()
      throw ZeroMQFailure(call: "pthread_create", code: result)
    }
    pthread_detach(thread)
    self.running = running
  }

  /// Blocks until the body has returned; false when the deadline comes first. Not for the cooperative pool.
  func wait(atMost limit: Duration) -> Bool {
    running.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds))) == .success
  }

  private final class Start {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
