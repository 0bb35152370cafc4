package import Texts

/// Where an index of equal service stands on a picture whose every step is a doubling: a site that waits twice as long
/// is as far from the middle as one that waits half as long.
package enum IndexScale {
  /// Doublings from the middle to either end.
  static let doublings = 3.0

  /// Doublings from equal, negative for less; an index in thousandths, at least one.
  static func doublings(_ perMille: Int64) -> Double {
    let value = Double(max(1, perMille)) / 1000
    // value = 2^exponent · significand with 1 ≤ significand < 2, so that the series below ends soon.
    let y = (value.significand - 1) / (value.significand + 1)
    var power = y
    var sum = 0.0
    for step in stride(from: 1.0, through: 15, by: 2) {
      sum += power / step
      power *= y * y
    }
    return Double(value.exponent) + 2 * sum / 0.693_147_180_559_945_3
  }

  /// A place from 0 to `width`; `edge` tells when the index lies beyond the picture.
  static func place(_ perMille: Int64, from start: Int, width: Int) -> (at: Int, edge: Int) {
    let share = doublings(perMille) / doublings
    let bounded = min(1, max(-1, share))
    return (start + Int((Double(width) * (bounded + 1) / 2).rounded()), share > 1 ? 1 : share < -1 ? -1 : 0)
  }

  /// `1.25`; from ten on one decimal, from a hundred on none.
  package static func text(_ perMille: Int64, _ format: ReaderFormat) -> String {
    let point = format.text("number.decimal_separator")
    if perMille >= 100_000 { return format.number((perMille + 500) / 1000) }
    if perMille >= 10_000 { return format.tenths((perMille + 50) / 100) }
    let hundredths = (max(0, perMille) + 5) / 10
    return format.number(hundredths / 100) + point + String(100 + hundredths % 100).dropFirst()
  }
}
