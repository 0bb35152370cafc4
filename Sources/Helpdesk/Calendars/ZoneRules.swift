/// The offsets from UTC that hold, held and will hold in one time zone, as the tz database states them.
///
/// Nothing of it is ever stored: which offset will hold next year changes whenever a parliament decides so.
package struct ZoneRules: Hashable, Sendable {
  /// IANA name, e.g. `Europe/Madrid`.
  package let name: String
  /// Seconds UTC, ascending.
  private let transitions: [Int64]
  /// Seconds east of UTC from the transition of the same index on.
  private let offsets: [Int]
  private let firstOffset: Int
  /// What holds after the last transition; nil when the last offset stays.
  private let tail: PosixZone?

  /// Offsets from UTC are at most this large (RFC 8536 recommends −25…26 h).
  static let offsetSecondsMax = 26 * 3600
  /// Later years are worked out from the tail each time.
  private static let expandedUntilYear = 2100
  /// The years 0 and 9999: moments beyond are treated as these.
  private static let secondsMin: Int64 = -62_167_219_200
  private static let secondsMax: Int64 = 253_402_300_799

  package static let utc = ZoneRules(name: "UTC", fixedOffsetSeconds: 0)

  /// A clock that never changes its offset, in seconds east of UTC.
  package init(name: String, fixedOffsetSeconds: Int) {
    self.init(name: name, transitions: [], offsets: [], firstOffset: fixedOffsetSeconds, tail: nil)
  }

  /// `transitions` ascend and have one offset each.
  init(name: String, transitions: [Int64], offsets: [Int], firstOffset: Int, tail: PosixZone?) {
    var transitions = transitions
    var offsets = offsets
    if let tail, let last = transitions.last {
      let year = CivilDate(dayNumber: Int(last / 86_400)).year
      for year in stride(from: year, through: Self.expandedUntilYear, by: 1) {
        for change in tail.changes(inYear: year) where change.at > transitions[transitions.count - 1] {
          transitions.append(change.at)
          offsets.append(change.offset)
        }
      }
    }
    self.name = name
    self.transitions = transitions
    self.offsets = offsets
    self.firstOffset = firstOffset
    self.tail = tail
  }

  // MARK: From moments to clocks

  /// Seconds east of UTC in force at a moment in milliseconds UTC.
  package func offsetSeconds(at milliseconds: Int64) -> Int { offset(atSecond: Self.seconds(milliseconds)) }

  /// What a clock there shows at a moment in milliseconds UTC.
  package func wallTime(at milliseconds: Int64) -> WallTime {
    let seconds = Self.seconds(milliseconds)
    let wall = seconds + Int64(offset(atSecond: seconds))
    let (days, rest) = Self.floorDivide(wall, 86_400)
    return WallTime(CivilDate(dayNumber: Int(days)), minute: Int(rest / 60))
  }

  /// When the offset changes next after a moment, milliseconds UTC; nil when it never does again.
  package func nextTransition(after milliseconds: Int64) -> Int64? {
    nextChange(afterSecond: Self.seconds(milliseconds)).map { $0.at * 1000 }
  }

  // MARK: From clocks to moments

  /// The first moment at which a clock there has reached this day and minute, milliseconds UTC.
  ///
  /// What is skipped when clocks go forward is reached the moment they do; what comes twice when they go back is reached the
  /// first time. `minute` may lie beyond the day. So later clock times never give earlier moments.
  package func moment(of day: CivilDate, minute: Int) -> Int64 {
    let dayNumber = Int64(min(max(day.dayNumber, -719_528), 2_932_896))
    let wall = dayNumber * 86_400 + Int64(min(max(minute, -1_000_000), 1_000_000)) * 60
    var start = wall - Int64(Self.offsetSecondsMax)
    var offset = Int64(offset(atSecond: start))
    while let next = nextChange(afterSecond: start), next.at + offset <= wall {
      // The clock reaches at most `next.at + offset` before it is put forward or back.
      let reached = next.at + Int64(next.offset)
      if reached >= wall { return next.at * 1000 }
      start = next.at
      offset = Int64(next.offset)
    }
    return max(start, wall - offset) * 1000
  }

  package func moment(of time: WallTime) -> Int64 { moment(of: time.day, minute: time.minute) }

  // MARK: The table

  private func offset(atSecond second: Int64) -> Int {
    guard let last = transitions.last else { return tail?.offset(atSecond: second) ?? firstOffset }
    if second >= last { return tail?.offset(atSecond: second) ?? offsets[offsets.count - 1] }
    let place = placeAfter(second)
    return place == 0 ? firstOffset : offsets[place - 1]
  }

  private func nextChange(afterSecond second: Int64) -> (at: Int64, offset: Int)? {
    let place = placeAfter(second)
    if place < transitions.count { return (transitions[place], offsets[place]) }
    return tail?.nextChange(afterSecond: second)
  }

  /// The index of the first transition after a second.
  private func placeAfter(_ second: Int64) -> Int {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= second { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func seconds(_ milliseconds: Int64) -> Int64 {
    min(max(floorDivide(milliseconds, 1000).quotient, secondsMin), secondsMax)
  }

  static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
