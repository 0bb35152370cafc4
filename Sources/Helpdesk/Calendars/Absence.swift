import OperationLog

/// Why somebody is away, as far as colleagues may know: never their health.
package enum AbsenceKind: UInt64, NamedCode {
  case away = 1
  case vacation = 2
  case training = 3
  case travel = 4

  package var name: String {
    switch self {
    case .away: "away"
    case .vacation: "vacation"
    case .training: "training"
    case .travel: "travel"
    }
  }
}

/// A time in which a person takes no work, on the clock of where they work.
package struct Absence: Hashable, Comparable, Sendable {
  package let from: WallTime
  /// After `from`, itself no longer part of it.
  package let to: WallTime
  package let kind: AbsenceKind

  /// The longest that makes sense: two years.
  package static let daysMax = 731

  /// Nil when it is empty or longer than two years.
  package init?(from: WallTime, to: WallTime, kind: AbsenceKind) {
    guard from < to, to.day.dayNumber - from.day.dayNumber <= Self.daysMax else { return nil }
    self.from = from
    self.to = to
    self.kind = kind
  }

  package static func < (left: Absence, right: Absence) -> Bool {
    (left.from, left.to, left.kind.rawValue) < (right.from, right.to, right.kind.rawValue)
  }

  // MARK: Texts

  /// Reads days, both included (`2026-12-21` to `2026-12-24`), or times (`2026-12-21T14:00`); nil where the second is not later
  /// or either is neither.
  package init?(fromText: String, toText: String, kind: AbsenceKind) {
    guard let from = WallTime(text: fromText) ?? CivilDate(text: fromText).map({ WallTime($0) }),
      let to = WallTime(text: toText) ?? CivilDate(text: toText).map({ WallTime($0.advanced(byDays: 1)) })
    else { return nil }
    self.init(from: from, to: to, kind: kind)
  }

  /// True when it begins and ends at midnight.
  package var isWholeDays: Bool { from.minute == 0 && to.minute == 0 }

  /// The last day it touches.
  package var lastDay: CivilDate { to.minute == 0 ? to.day.advanced(byDays: -1) : to.day }

  /// As `init(fromText:toText:kind:)` reads them.
  package var texts: (from: String, to: String) {
    isWholeDays ? (from.day.description, lastDay.description) : (from.description, to.description)
  }

  // MARK: Bytes

  /// As an element of a person's set: days and minutes big-endian, then the kind; 13 bytes.
  package var element: [UInt8] {
    var writer = ByteWriter(reserving: 13)
    for time in [from, to] {
      writer.fixed32(UInt32(bitPattern: Int32(clamping: time.day.dayNumber)) ^ 1 << 31)
      writer.fixed16(UInt16(time.minute))
    }
    writer.byte(UInt8(kind.rawValue))
    return writer.bytes
  }

  /// Nil for an element of another form.
  package init?(element: [UInt8]) {
    guard element.count == 13, let kind = AbsenceKind(rawValue: UInt64(element[12])) else { return nil }
    var reader = ByteReader(element)
    func time() -> WallTime? {
      // Bytes of another version are simply not ours.
      guard let day = try? reader.fixed32(), let minute = try? reader.fixed16(), minute < 1440 else { return nil }
      return WallTime(CivilDate(dayNumber: Int(Int32(bitPattern: day ^ 1 << 31))), minute: Int(minute))
    }
    guard let from = time(), let to = time() else { return nil }
    self.init(from: from, to: to, kind: kind)
  }
}
