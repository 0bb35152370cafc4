import OperationLog

/// A seeded generator (SplitMix64, Steele et al. 2014); each purpose has its own, so that leaving one fault out changes no other.
package struct Dice: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A generator for one purpose of a seed.
  init(seed: UInt64, _ purpose: String, _ number: Int = 0) {
    state = seed
    for byte in purpose.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    state ^= UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15
    _ = next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  /// True once in so many times.
  mutating func isOne(in times: Int) -> Bool { Int.random(in: 1...times, using: &self) == 1 }

  /// True in so many of 10,000 cases.
  mutating func happens(_ tenThousandths: Int) -> Bool { Int.random(in: 0..<10_000, using: &self) < tenThousandths }

  mutating func one<Element>(of choices: [Element]) -> Element {
    choices[Int.random(in: choices.indices, using: &self)]
  }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
}

/// Bytes that follow from a seed: keys, salts and names are the same in every run.
///
/// Confined to the thread of its simulation.
package final class SeededBytes: RandomBytes, @unchecked Sendable {
  private var dice: Dice

  package init(_ dice: Dice) { self.dice = dice }

  package func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count {
      var word = dice.next()
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
