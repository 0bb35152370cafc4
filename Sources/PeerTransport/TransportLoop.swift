import CZeroMQ
import Glibc
import Logging

/// What the transport's one thread owns and does: every socket, every timer; nothing here is touched by another thread.
final class TransportLoop {
  /// Messages read from or given to one connection before the others have their turn.
  static let turnMessagesMax = 64

  let context: ZeroMQContext
  let mailbox: TransportMailbox
  let settings: TransportSettings
  let keyPair: CurveKeyPair
  let onEvent: @Sendable (TransportEvent) -> Void
  var logger: Logger
  var random = SystemRandomNumberGenerator()

  // Listening.
  let admissions: ZeroMQSocket
  var listener: ZeroMQSocket?
  var listenerMonitor: SocketMonitor?
  /// Where it listens, with the port it got; nil when it only dials.
  var boundEndpoint: TransportEndpoint?
  /// Set while `recycle()` waits for its port.
  var rebinding: Rebinding?
  var inbound: [[UInt8]: InboundPeer] = [:]
  var inboundByDescriptor: [Int32: [UInt8]] = [:]
  var isInboundBlocked = false

  // Dialling.
  var neighbours: [String: Neighbour] = [:]
  let resolver = NameResolver()
  /// Numbers attempts and monitors over the whole life of the transport, so that none is mistaken for another.
  private var generation: UInt64 = 0

  // Sending.
  var stalledSince: [ConnectionID: ContinuousClock.Instant] = [:]

  // Watching for messages without an end.
  var watches: [Int32: ReceiveWatch] = [:]
  var nextWatch = ContinuousClock.now
  /// Every message that libzmq had ready was read in this turn.
  var isDrained = false

  var probes: [StrangerProbe] = []

  /// Sets everything up on the calling thread, so that what fails is thrown; the loop then moves to its own.
  init(
    _ configuration: TransportConfiguration, mailbox: TransportMailbox,
    onEvent: @escaping @Sendable (TransportEvent) -> Void
  ) throws(TransportStartError) {
    guard zmq_has("curve") == 1 else { throw TransportStartError(cause: .curveMissing, call: "zmq_has") }
    self.mailbox = mailbox
    self.onEvent = onEvent
    settings = configuration.settings
    keyPair = configuration.keyPair
    logger = configuration.logger
    do throws(ZeroMQFailure) {
      let context = try ZeroMQContext()
      // Bound before the first listener: without an answering handler libzmq lets nobody in, but says so to nobody.
      let admissions = try ZeroMQSocket(context, kind: ZMQ_ROUTER)
      try admissions.set(ZMQ_LINGER, to: 0 as Int32)
      try admissions.bind("inproc://zeromq.zap.01")
      self.context = context
      self.admissions = admissions
      if let endpoint = configuration.bind { try listen(on: endpoint) }
    } catch {
      throw TransportStartError(error, endpoint: configuration.bind)
    }
  }

  /// Runs until told to stop; closes everything before it returns.
  func run() {
    while true {
      let (commands, isStopping) = mailbox.takeCommands()
      for command in commands { perform(command) }
      if isStopping { break }
      let hasMore = flushQueues()
      runTimers()
      wait(atMost: hasMore ? .zero : nil)
      isDrained = true
      serveAdmissions()
      readListenerReports()
      readListener()
      for neighbour in neighbours.values {
        readReports(of: neighbour)
        readMessages(of: neighbour)
      }
      readProbes()
      checkWatches()
    }
    shutDown()
  }

  func nextGeneration() -> UInt64 {
    generation += 1
    return generation
  }

  private func perform(_ command: TransportCommand) {
    switch command {
    case .connect(let label, let endpoint, let serverKey):
      connect(label, endpoint, serverKey)
    case .disconnect(let label):
      disconnect(label)
    case .pause(let label):
      pause(label)
    case .resume(let label):
      resume(label)
    case .recycle:
      recycleListener()
    case .proveStrangerRefused(let deadline, let answer):
      beginProbe(deadline: deadline, answer: answer)
    case .resolved(let label, let endpoint, let addresses):
      addressesArrived(label, endpoint, addresses)
    }
  }

  // MARK: Waiting

  private func runTimers() {
    let now = ContinuousClock.now
    for neighbour in neighbours.values {
      if let deadline = neighbour.deadline, deadline <= now { deadlinePassed(neighbour, now) }
    }
    if let rebinding, rebinding.nextAttempt <= now { rebind(now) }
    endOverdueProbes(now)
  }

  private var nextDeadline: ContinuousClock.Instant? {
    var deadlines = neighbours.values.compactMap(\.deadline)
    deadlines += probes.map(\.deadline)
    if let rebinding { deadlines.append(rebinding.nextAttempt) }
    if !watches.isEmpty { deadlines.append(nextWatch) }
    deadlines += stalledSince.values.map { $0 + settings.stallTimeout }
    return deadlines.min()
  }

  /// Sleeps until a socket, another thread or a deadline needs attention.
  private func wait(atMost limit: Duration?) {
    var timeout = limit?.milliseconds ?? 60_000
    if let nextDeadline {
      // One more millisecond, so that rounding down does not make the last one a busy loop.
      timeout = min(timeout, (nextDeadline - .now).milliseconds.addingReportingOverflow(1).partialValue)
    }
    // A full pipe of the listener tells no poll when it has room again, so it is tried again soon.
    if isInboundBlocked { timeout = min(timeout, 10) }
    var items = [zmq_pollitem_t(socket: nil, fd: mailbox.wakeDescriptor, events: Int16(ZMQ_POLLIN), revents: 0)]
    func add(_ socket: ZeroMQSocket?, _ events: Int32) {
      guard let handle = socket?.handle else { return }
      items.append(zmq_pollitem_t(socket: handle, fd: 0, events: Int16(events), revents: 0))
    }
    add(admissions, ZMQ_POLLIN)
    add(listener, ZMQ_POLLIN)
    add(listenerMonitor?.socket, ZMQ_POLLIN)
    for neighbour in neighbours.values {
      add(neighbour.socket, neighbour.isBlocked ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)
      add(neighbour.monitor?.socket, ZMQ_POLLIN)
    }
    for probe in probes { add(probe.monitor.socket, ZMQ_POLLIN) }
    if zmq_poll(&items, Int32(items.count), Int(timeout)) < 0, zmq_errno() != EINTR {
      // Nothing can be waited for; every socket is still tried, at a pace that does not burn a core.
      logger.error("zmq_poll failed", metadata: ["errno": "\(zmq_errno())"])
      usleep(10_000)
    }
  }

  // MARK: End

  private func shutDown() {
    // What the session layer said last, such as a goodbye, still goes out.
    _ = flushQueues()
    for probe in probes { finish(probe, .undecided("the transport was stopped")) }
    probes = []
    for neighbour in neighbours.values { neighbour.closeSocket() }
    neighbours = [:]
    listenerMonitor?.close()
    listenerMonitor = nil
    listener?.close()
    listener = nil
    admissions.close()
    context.close()
  }
}
