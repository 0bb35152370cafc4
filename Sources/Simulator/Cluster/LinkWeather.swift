import Replication

/// How frames fare on their way from one node to another.
package struct LinkWeather: Hashable, Sendable {
  /// Milliseconds a frame takes.
  package var delay: ClosedRange<Int64> = 1...12
  /// Of 10,000 frames, so many vanish.
  package var loss = 0
  /// So many arrive twice.
  package var duplication = 0
  /// So many may overtake others or be overtaken.
  package var reordering = 0
  /// So many arrive with altered bytes.
  package var corruption = 0
  /// Nil without a limit.
  package var bytesPerSecond: Int64?

  package init() {}
}

extension Frame {
  /// True for bytes whose second is that of a frame with operations; what they say beyond that is not looked at.
  static func carriesOperations(_ bytes: [UInt8]) -> Bool { bytes.count > 1 && bytes[1] == 5 }
}

/// What the network carried since the simulation began.
package struct NetworkCounters: Hashable, Sendable {
  package var frames: UInt64 = 0
  package var bytes: UInt64 = 0
  package var lost: UInt64 = 0
  package var corrupted: UInt64 = 0
  package var forged: UInt64 = 0
  package var connections: UInt64 = 0
}
