/// A moment of the hybrid logical clock (Kulkarni et al. 2014): 48 bits of milliseconds since 1970 and a 16-bit counter.
///
/// It is shown to people and breaks ties between concurrent values; it never decides causality.
package struct HybridTime: Hashable, Comparable, Sendable {
  package let raw: UInt64

  package init(raw: UInt64) { self.raw = raw }

  /// Clamps milliseconds into 48 bits (the year 10889).
  package init(milliseconds: Int64, counter: UInt16 = 0) {
    let clamped = UInt64(clamping: min(max(milliseconds, 0), (1 << 48) - 1))
    raw = clamped << 16 | UInt64(counter)
  }

  /// Milliseconds since 1970, UTC.
  package var milliseconds: Int64 { Int64(raw >> 16) }
  package var counter: UInt16 { UInt16(truncatingIfNeeded: raw) }

  package static func < (left: HybridTime, right: HybridTime) -> Bool { left.raw < right.raw }
}

/// A node's hybrid clock; the wall clock comes in as an argument.
package struct HybridClock: Sendable {
  /// A peer further ahead of our wall clock than this is not followed, so one wrong clock cannot drag the cluster along.
  package static let followMillisecondsMax: Int64 = 10 * 60 * 1000

  /// The latest moment given out or followed.
  package private(set) var latest: HybridTime

  package init(latest: HybridTime = HybridTime(raw: 0)) { self.latest = latest }

  /// The next moment: later than every one before, and not before the wall clock.
  ///
  /// When our own wall clock jumped back by more than the follow limit the clock steps back with it; the caller sees
  /// that by comparing with `latest` and flags it.
  package mutating func tick(wallMilliseconds: Int64) -> HybridTime {
    let wall = HybridTime(milliseconds: wallMilliseconds)
    if wall > latest || latest.milliseconds - wall.milliseconds > Self.followMillisecondsMax {
      latest = wall
    } else {
      latest = HybridTime(raw: latest.raw &+ 1)
    }
    return latest
  }

  /// Follows a peer's moment; false when it is too far ahead of our wall clock and was not followed (flag it).
  @discardableResult
  package mutating func follow(_ remote: HybridTime, wallMilliseconds: Int64) -> Bool {
    if remote.milliseconds - wallMilliseconds > Self.followMillisecondsMax { return false }
    if remote > latest { latest = remote }
    return true
  }
}
