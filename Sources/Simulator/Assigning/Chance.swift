import Assignment

/// Random amounts from a seeded generator.
struct Chance {
  private var dice: ReplayDice

  /// Each purpose of a seed has its own generator, so that a change to one leaves the others as they are.
  init(seed: UInt64, purpose: UInt64) { dice = ReplayDice(seed: seed &* 1_000_003 &+ purpose) }

  /// Exponentially distributed with this mean, at least 1.
  mutating func exponential(mean: Double) -> Int64 {
    // In (0, 1]: the logarithm of 0 would be endless.
    let even = Double((dice.next() >> 11) + 1) / Double(1 << 53)
    return max(1, Int64(-Self.logarithm(even) * mean))
  }

  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &dice) }

  /// In 0 ..< 1.
  mutating func share() -> Double { Double(dice.next() >> 11) / Double(1 << 53) }

  /// The natural logarithm, from the exponent and a series of the significand; exact to about 15 digits.
  static func logarithm(_ value: Double) -> Double {
    var significand = value.significand
    var exponent = Double(value.exponent)
    if significand > 1.414_213_562_373_095 {
      significand /= 2
      exponent += 1
    }
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var term = ratio
    var sum = 0.0
    for power in stride(from: 1.0, through: 25.0, by: 2.0) {
      sum += term / power
      term *= square
    }
    return exponent * 0.693_147_180_559_945_3 + 2 * sum
  }
}
