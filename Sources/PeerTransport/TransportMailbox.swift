import CZeroMQ
import Glibc
import Synchronization

/// What other threads ask of the transport's thread.
enum TransportCommand: Sendable {
  case connect(label: String, endpoint: TransportEndpoint, serverKey: CurvePublicKey)
  case disconnect(label: String)
  case pause(label: String)
  case resume(label: String)
  case recycle
  case proveStrangerRefused(deadline: ContinuousClock.Instant, answer: @Sendable (StrangerProof) -> Void)
  /// A neighbour's host name was looked up; empty when it has no address.
  case resolved(label: String, endpoint: TransportEndpoint, addresses: [TransportEndpoint])
}

/// Where other threads and the transport's own meet: commands, queues and the allow-list behind a lock.
final class TransportMailbox: Sendable {
  private struct State {
    var commands: [TransportCommand] = []
    var queues: SendQueues
    var allowed: [CurvePublicKey: String] = [:]
    var isWakePending = false
    var isStopping = false

    /// True for the first of several callers between two looks of the thread: only that one needs to wake it.
    mutating func claimWake() -> Bool {
      defer { isWakePending = true }
      return !isWakePending
    }
  }

  /// Commands come from configuration and administration, a few at a time; more than this is a runaway caller.
  private static let commandsMax = 65_536

  /// Readable whenever the thread has something to look at.
  let wakeDescriptor: Int32
  private let state: Mutex<State>
  private let messageFramesMax: Int
  private let messageBytesMax: Int

  init(settings: TransportSettings) throws(ZeroMQFailure) {
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard descriptor >= 0 else { throw ZeroMQFailure(call: "eventfd", code: errno) }
    wakeDescriptor = descriptor
    messageFramesMax = settings.messageFramesMax
    messageBytesMax = settings.messageBytesMax
    state = Mutex(
      State(queues: SendQueues(messagesMax: settings.queueMessagesMax, bytesMax: settings.queueBytesMax)))
  }

  deinit { close(wakeDescriptor) }

  // MARK: For any thread

  func post(_ command: TransportCommand) {
    let isFirst = state.withLock { state in
      precondition(state.commands.count < Self.commandsMax, "\(Self.commandsMax) commands wait for the transport")
      state.commands.append(command)
      return state.claimWake()
    }
    if isFirst { wake() }
  }

  func send(_ frames: [[UInt8]], to connection: ConnectionID) -> SendOutcome {
    let byteCount = frames.reduce(0) { $0 + $1.count }
    guard frames.count <= messageFramesMax, byteCount <= messageBytesMax else { return .tooLarge }
    let (outcome, isFirst) = state.withLock { state in
      guard !state.isStopping else { return (SendOutcome.notConnected, false) }
      let outcome = state.queues.append(frames, to: connection)
      return (outcome, outcome == .queued && state.claimWake())
    }
    if isFirst { wake() }
    return outcome
  }

  func setAllowed(_ allowed: [CurvePublicKey: String]) { state.withLock { $0.allowed = allowed } }

  func stop() {
    state.withLock { $0.isStopping = true }
    wake()
  }

  /// Bytes waiting to be sent, over all connections.
  var queuedByteCount: Int { state.withLock { $0.queues.byteCount } }

  // MARK: For the transport's thread

  /// Everything asked since the last call; whatever is asked from now on wakes the thread again.
  func takeCommands() -> (commands: [TransportCommand], isStopping: Bool) {
    var count: UInt64 = 0
    // Empties the descriptor; nothing to read (EAGAIN) is as good.
    _ = read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
    return state.withLock { state in
      state.isWakePending = false
      let commands = state.commands
      state.commands = []
      return (commands, state.isStopping)
    }
  }

  func user(of key: CurvePublicKey) -> String? { state.withLock { $0.allowed[key] } }

  func openQueue(_ connection: ConnectionID) { state.withLock { $0.queues.open(connection) } }

  func closeQueue(_ connection: ConnectionID) { state.withLock { $0.queues.close(connection) } }

  func waitingConnections() -> [ConnectionID] { state.withLock { $0.queues.waiting } }

  func firstMessage(for connection: ConnectionID) -> [[UInt8]]? { state.withLock { $0.queues.first(for: connection) } }

  func removeFirstMessage(for connection: ConnectionID) { state.withLock { $0.queues.removeFirst(for: connection) } }

  private func wake() {
    var one: UInt64 = 1
    // Fails only when the counter is full, and then the descriptor is readable already.
    _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
  }
}
