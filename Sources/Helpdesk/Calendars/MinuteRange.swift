/// A stretch of a day's clock, from one minute up to, and without, another.
package struct MinuteRange: Hashable, Comparable, Sendable {
  /// Minutes since midnight, 0…1439.
  package let from: Int
  /// After `from`, at most 24 hours later: above 1440 it lies on the next day.
  package let to: Int

  package static let wholeDay = MinuteRange(checkedFrom: 0, to: 1440)

  /// Nil when it is empty, longer than a day, or does not begin within the day.
  package init?(from: Int, to: Int) {
    guard (0..<1440).contains(from), from < to, to <= from + 1440 else { return nil }
    self.init(checkedFrom: from, to: to)
  }

  private init(checkedFrom from: Int, to: Int) {
    self.from = from
    self.to = to
  }

  /// Reads `09:00-18:00`; an end that is not after the beginning is on the next day, and a day ends at `24:00`. Nil for
  /// anything else.
  package init?(text: some StringProtocol) {
    // People also write a dash of their keyboard's typography.
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "–" }
    guard parts.count == 2, let from = Self.minute(parts[0]), let to = Self.minute(parts[1]), from < 1440
    else { return nil }
    self.init(from: from, to: to > from ? to : to + 1440)
  }

  package static func < (left: MinuteRange, right: MinuteRange) -> Bool {
    (left.from, left.to) < (right.from, right.to)
  }

  /// In order, those that overlap or touch made one.
  package static func merged(_ ranges: [MinuteRange]) -> [MinuteRange] {
    var result: [MinuteRange] = []
    for range in ranges.sorted() {
      if let last = result.last, range.from <= last.to {
        let to = min(max(last.to, range.to), last.from + 1440)
        result[result.count - 1] = MinuteRange(checkedFrom: last.from, to: to)
      } else {
        result.append(range)
      }
    }
    return result
  }

  /// Reads `9:00`, `09:00` or `24:00`; nil for anything else.
  package static func minute(_ text: some StringProtocol) -> Int? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
      let hour = Digits.number(parts[0]), let minute = Digits.number(parts[1]), minute < 60,
      hour < 24 || (hour == 24 && minute == 0)
    else { return nil }
    return hour * 60 + minute
  }

  /// `09:00`; minutes of the next day begin again at `00:00`, and only a day's own end is `24:00`.
  package static func text(_ minute: Int) -> String {
    let shown = minute > 1440 ? minute - 1440 : minute
    return "\(Digits.padded(shown / 60, 2)):\(Digits.padded(shown % 60, 2))"
  }
}

extension MinuteRange: CustomStringConvertible {
  /// `09:00-18:00`, `22:00-06:00`.
  package var description: String { "\(Self.text(from))-\(Self.text(to))" }
}
