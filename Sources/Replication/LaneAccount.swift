/// The credit of one lane of a session in both directions, in bytes of run content since the session began. Totals, so that a
/// lost CREDIT is made up for by the next one, and a lost run by the sender's total in its next ping.
struct LaneAccount: Sendable {
  // Outwards.

  /// What we sent.
  private(set) var sent: UInt64 = 0
  /// What the peer granted; everything when it does not give credit.
  private(set) var granted: UInt64 = 0
  /// Since when something waits for credit, monotonic.
  var blockedSince: Int64?

  // Inwards.

  /// What arrived, or was lost on the way as far as the sender's total told.
  private(set) var arrived: UInt64 = 0
  /// Of it, what waits to be stored.
  private(set) var waiting: UInt64 = 0
  /// What we told the peer it may send.
  private(set) var announced: UInt64 = 0
  /// What the sender said last of what it sent.
  private var told: UInt64?

  /// What may still be sent.
  var credit: UInt64 { granted > sent ? granted - sent : 0 }

  /// What the peer may still send.
  var allowance: UInt64 { announced > arrived ? announced - arrived : 0 }

  /// A session begins; `granted` is nil for a peer that gives no credit.
  mutating func begin(granted: UInt64?, announced: UInt64) {
    self = LaneAccount()
    self.granted = granted ?? .max
    self.announced = announced
  }

  mutating func noteSent(_ bytes: Int) { sent &+= UInt64(bytes) }

  /// The peer's grant; an older one that comes late changes nothing.
  mutating func noteGranted(_ total: UInt64) {
    guard granted != .max, total > granted else { return }
    granted = total
    blockedSince = nil
  }

  mutating func noteArrived(_ bytes: Int) { arrived &+= UInt64(bytes) }

  /// The sender's own total. When it says the same twice, whatever did not arrive by then is lost.
  mutating func noteTold(_ total: UInt64) {
    if told == total { arrived = max(total, waiting) }
    told = total
  }

  mutating func beginStoring(_ bytes: Int) { waiting &+= UInt64(bytes) }

  mutating func endStoring(_ bytes: Int) { waiting -= min(waiting, UInt64(bytes)) }

  /// The total to grant with this much room; nil unless it is worth a frame, or `always`.
  mutating func grant(window: Int, always: Bool = false) -> UInt64? {
    let total = max(announced, (arrived - min(arrived, waiting)) &+ UInt64(window))
    guard total > announced else { return nil }
    guard always || total - announced >= UInt64(window / 4) else { return nil }
    announced = total
    return total
  }
}

/// Admits so many things a second, and a burst of them.
struct TokenBucket: Sendable {
  private let perSecond: Int64
  private let burst: Int64
  /// Thousandths of a token.
  private var level: Int64
  private var at: Int64?

  init(perSecond: Int, burst: Int) {
    self.perSecond = Int64(perSecond)
    self.burst = Int64(burst) * 1_000
    level = self.burst
  }

  /// Takes tokens if there are enough.
  mutating func take(_ count: Int = 1, now: Int64) -> Bool {
    let elapsed = min(max(0, now - (at ?? now)), 3_600_000)
    level = min(burst, level + elapsed * perSecond)
    at = now
    guard level >= Int64(count) * 1_000 else { return false }
    level -= Int64(count) * 1_000
    return true
  }
}
