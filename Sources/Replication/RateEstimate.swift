/// How fast a peer acknowledges: the greatest rate of the last seconds and the shortest time to an acknowledgement in a session,
/// after BBR's model of a path (Cardwell et al. 2016). Milliseconds and whole bytes, so that it is the same everywhere.
struct RateEstimate: Sendable {
  /// What has to be known of a run when it is acknowledged.
  struct Departure: Hashable, Sendable {
    var at: Int64
    var delivered: Int64
    var deliveredAt: Int64
    /// More waited to be sent than the window allowed, so the sample shows the path and not our lack of work.
    var isFull: Bool
  }

  /// How long a sample counts at least and, twice, at most.
  private static let epochMilliseconds: Int64 = 10_000
  /// More than any line carries, and far from any overflow.
  private static let bytesPerSecondMax: Int64 = 1 << 40

  private var delivered: Int64 = 0
  private var deliveredAt: Int64 = 0
  private var epochAt: Int64?
  private var best: Int64 = 0
  private var bestBefore: Int64 = 0
  private var shortest: Int64 = .max

  /// Bytes a second; nil before the first acknowledgement.
  var bytesPerSecond: Int64? {
    let rate = max(best, bestBefore)
    return rate > 0 ? rate : nil
  }

  /// From the departure of a run to its acknowledgement, at best; nil before the first.
  var latencyMilliseconds: Int64? { shortest == .max ? nil : shortest }

  /// A run leaves.
  mutating func departure(now: Int64, isIdle: Bool, isFull: Bool) -> Departure {
    if isIdle { deliveredAt = now }
    return Departure(at: now, delivered: delivered, deliveredAt: deliveredAt, isFull: isFull)
  }

  /// A run was acknowledged.
  mutating func note(_ departure: Departure, bytes: Int, now: Int64) {
    delivered &+= Int64(bytes)
    deliveredAt = now
    let elapsed = max(1, now - departure.deliveredAt)
    let bytes = min(max(0, delivered &- departure.delivered), Self.bytesPerSecondMax)
    let rate = bytes * 1_000 / elapsed
    let latency = max(1, now - departure.at)
    let start = epochAt ?? now
    epochAt = start
    shortest = min(shortest, latency)
    // Only what filled the path can show that it became slower; without such samples the old figure stays.
    if now - start >= Self.epochMilliseconds, departure.isFull {
      epochAt = now
      bestBefore = best
      best = rate
    } else {
      best = max(best, rate)
    }
  }

  /// How many bytes may be under way: what the path holds, and half a second's worth that waits before it.
  func window(least: Int, most: Int, unknown: Int) -> Int {
    guard let rate = bytesPerSecond else { return min(unknown, most) }
    let bytes = min(rate, Self.bytesPerSecondMax) * (min(latencyMilliseconds ?? 0, 10_000) + 500) / 1_000
    return min(most, max(least, Int(clamping: bytes)))
  }

  /// How many bytes one run should have: half a second's worth, 4 KiB at 64 kbit/s.
  func runBytes(least: Int, most: Int, unknown: Int) -> Int {
    guard let rate = bytesPerSecond else { return min(unknown, most) }
    return min(most, max(least, Int(clamping: rate / 2)))
  }
}
