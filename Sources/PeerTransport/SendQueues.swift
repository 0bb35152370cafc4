/// What waits to be sent, per connection, bounded in messages and bytes: a plain value, tested without sockets.
struct SendQueues {
  private struct Queue {
    var messages: [[[UInt8]]] = []
    /// Messages before this index are sent already and hold no bytes.
    var sentCount = 0
    var byteCount = 0
    var waitingCount: Int { messages.count - sentCount }
  }

  /// Bytes counted for a frame beyond its own, for what Swift and libzmq keep beside it.
  static let frameOverheadBytes = 64

  private let messagesMax: Int
  private let bytesMax: Int
  private var queues: [ConnectionID: Queue] = [:]

  init(messagesMax: Int, bytesMax: Int) {
    self.messagesMax = messagesMax
    self.bytesMax = bytesMax
  }

  /// Bytes waiting over all connections.
  var byteCount: Int { queues.values.reduce(0) { $0 + $1.byteCount } }

  /// Connections that something waits for.
  var waiting: [ConnectionID] { queues.compactMap { $0.value.waitingCount > 0 ? $0.key : nil } }

  /// Admits messages for a connection; opening it twice changes nothing.
  mutating func open(_ connection: ConnectionID) {
    if queues[connection] == nil { queues[connection] = Queue() }
  }

  /// Drops what waits and admits nothing more.
  mutating func close(_ connection: ConnectionID) { queues[connection] = nil }

  /// Adds a message at the end. An empty queue takes any message, so that none can be too big for ever.
  mutating func append(_ frames: [[UInt8]], to connection: ConnectionID) -> SendOutcome {
    let size = Self.size(of: frames)
    guard let (waitingCount, byteCount) = queues[connection].map({ ($0.waitingCount, $0.byteCount) }) else {
      return .notConnected
    }
    guard waitingCount == 0 || (waitingCount < messagesMax && byteCount + size <= bytesMax) else { return .full }
    queues[connection]?.messages.append(frames)
    queues[connection]?.byteCount += size
    return .queued
  }

  /// The message that is next in line; nil when nothing waits.
  func first(for connection: ConnectionID) -> [[UInt8]]? {
    guard let queue = queues[connection], queue.waitingCount > 0 else { return nil }
    return queue.messages[queue.sentCount]
  }

  /// Takes the first message away after it was sent.
  mutating func removeFirst(for connection: ConnectionID) {
    guard var queue = queues.removeValue(forKey: connection) else { return }
    if queue.waitingCount > 0 {
      queue.byteCount -= Self.size(of: queue.messages[queue.sentCount])
      queue.messages[queue.sentCount] = []
      queue.sentCount += 1
      if queue.waitingCount == 0 {
        queue.messages.removeAll(keepingCapacity: queue.messages.capacity <= 64)
        queue.sentCount = 0
      } else if queue.sentCount >= 32 && queue.sentCount * 2 >= queue.messages.count {
        queue.messages.removeFirst(queue.sentCount)
        queue.sentCount = 0
      }
    }
    queues[connection] = queue
  }

  private static func size(of frames: [[UInt8]]) -> Int {
    frames.reduce(0) { $0 + $1.count + frameOverheadBytes }
  }
}
