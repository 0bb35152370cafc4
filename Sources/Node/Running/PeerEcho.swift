import OperationLog
import Replication
import SiteEngine
import Synchronization

/// Measures a link from end to end: small messages that another node sends straight back, over the session as it is.
///
/// Echoes travel as relayed soft state: they may be lost, and a node that does not know them stays silent.
final class PeerEcho: Sendable {
  static let topic = "echo"
  /// The longest message that is sent back.
  static let bytesMax = 32 * 1024
  /// Bytes sent back within a second, over all who ask; what is above stays unanswered, so that nobody can use it as a load.
  private static let bytesPerSecondMax = 4 << 20
  /// Kind and number stand before the padding.
  private static let headBytes = 9

  private enum Kind: UInt8 {
    case question = 0
    case answer = 1
  }

  private struct Pending {
    var sentAt: ContinuousClock.Instant
    var from: NodeID
    var told: AsyncStream<Duration>.Continuation
  }

  private struct Echoes {
    var last: UInt64 = 0
    var pending: [UInt64: Pending] = [:]
    var windowStart = ContinuousClock.now
    var windowBytes = 0
  }

  private let engine: SiteEngine
  private let state = Mutex(Echoes())

  /// Begins to answer at once.
  init(engine: SiteEngine) {
    self.engine = engine
    engine.onDelivered { [weak self] message in self?.take(message) }
  }

  /// Sends `count` messages at once and waits for their return; the times of those that came back within `limit`.
  func ask(_ node: NodeID, bytes: Int, count: Int, within limit: Duration) async -> [Duration] {
    let (answers, told) = AsyncStream.makeStream(of: Duration.self, bufferingPolicy: .bufferingOldest(count))
    var numbers: [UInt64] = []
    for _ in 0..<count {
      let number = state.withLock { state in
        state.last &+= 1
        state.pending[state.last] = Pending(sentAt: .now, from: node, told: told)
        return state.last
      }
      numbers.append(number)
      engine.relay(to: node, topic: Self.topic, Self.message(.question, number, bytes: bytes))
    }
    let deadline = Task {
      try await Task.sleep(for: limit)
      told.finish()
    }
    var times: [Duration] = []
    for await time in answers {
      times.append(time)
      if times.count == count { break }
    }
    deadline.cancel()
    state.withLock { state in for number in numbers { state.pending[number] = nil } }
    return times
  }

  private func take(_ message: RelayedMessage) {
    guard message.topic == Self.topic, message.destination != nil, message.bytes.count >= Self.headBytes,
      message.bytes.count <= Self.bytesMax, let kind = Kind(rawValue: message.bytes[0])
    else { return }
    var reader = ByteReader(Array(message.bytes[1..<Self.headBytes]))
    // Eight bytes are there: they were counted above.
    guard let number = try? reader.fixed64() else { return }
    switch kind {
    case .question:
      guard mayAnswer(message.bytes.count) else { return }
      engine.relay(
        to: message.origin, topic: Self.topic, Self.message(.answer, number, bytes: message.bytes.count))
    case .answer:
      let pending = state.withLock { state -> Pending? in
        guard state.pending[number]?.from == message.origin else { return nil }
        return state.pending.removeValue(forKey: number)
      }
      if let pending { pending.told.yield(.now - pending.sentAt) }
    }
  }

  private func mayAnswer(_ bytes: Int) -> Bool {
    state.withLock { state in
      let now = ContinuousClock.now
      if now - state.windowStart >= .seconds(1) {
        state.windowStart = now
        state.windowBytes = 0
      }
      guard state.windowBytes + bytes <= Self.bytesPerSecondMax else { return false }
      state.windowBytes += bytes
      return true
    }
  }

  /// Padding that does not compress, so that what is measured is the line.
  private static func message(_ kind: Kind, _ number: UInt64, bytes: Int) -> [UInt8] {
    var writer = ByteWriter(reserving: bytes)
    writer.byte(kind.rawValue)
    writer.fixed64(number)
    var mixed = number &* 0x9E37_79B9_7F4A_7C15 | 1
    while writer.bytes.count < bytes {
      mixed ^= mixed << 13
      mixed ^= mixed >> 7
      mixed ^= mixed << 17
      writer.byte(UInt8(truncatingIfNeeded: mixed))
    }
    return writer.bytes
  }
}
