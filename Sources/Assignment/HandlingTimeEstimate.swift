/// A learned handling time: the median of the latest pieces of work, so that one forgotten ticket does not move it.
package struct HandlingTimeEstimate: Hashable, Sendable {
  /// How many of the latest pieces count.
  package static let window = 31
  /// Before so many have ended the default holds.
  package static let samplesMin = 5
  /// Shorter and longer work is counted as this: 1 minute and 8 hours.
  package static let range: ClosedRange<Int64> = 60_000...8 * 3_600_000

  /// Oldest first.
  private var samples: [Int64] = []

  package init() {}

  /// How many pieces of work it rests on, at most `window`.
  package var count: Int { samples.count }

  /// Takes in a piece of work that has ended, in milliseconds of work.
  package mutating func note(_ milliseconds: Int64) {
    if samples.count == Self.window { samples.removeFirst() }
    samples.append(min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound))
  }

  /// Milliseconds; the lower median, or the default while too little is known.
  package var milliseconds: Int64 {
    guard samples.count >= Self.samplesMin else { return AssignmentPolicy.handlingMillisecondsDefault }
    return samples.sorted()[(samples.count - 1) / 2]
  }
}
