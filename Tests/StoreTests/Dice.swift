import OperationLog
import Synchronization

/// A small seeded generator (SplitMix64, Steele et al. 2014), so that a seed names a case.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  /// True once in so many times.
  mutating func isOne(in times: Int) -> Bool { Int.random(in: 1...times, using: &self) == 1 }

  mutating func one<Element>(of choices: [Element]) -> Element {
    choices[Int.random(in: choices.indices, using: &self)]
  }
}

/// Bytes that follow from a seed: keys, salts and names of a case are the same in every run.
final class SeededBytes: RandomBytes {
  private let dice: Mutex<Dice>

  init(seed: UInt64) { dice = Mutex(Dice(seed: seed)) }

  func bytes(_ count: Int) -> [UInt8] {
    dice.withLock { dice in (0..<count).map { _ in UInt8(truncatingIfNeeded: dice.next()) } }
  }
}

/// A wall clock that moves when it is told to, and by one millisecond each time it is read.
final class ManualClock: Sendable {
  private let milliseconds: Mutex<Int64>

  init(_ milliseconds: Int64 = 1_760_000_000_000) { self.milliseconds = Mutex(milliseconds) }

  var now: Int64 { milliseconds.withLock { $0 } }

  func advance(minutes: Int64 = 0, seconds: Int64 = 0) {
    milliseconds.withLock { $0 += (minutes * 60 + seconds) * 1000 }
  }

  func read() -> Int64 {
    milliseconds.withLock { milliseconds in
      milliseconds += 1
      return milliseconds
    }
  }
}
