/// Times as programs exchange them: `2026-05-12T14:05:09Z` (RFC 3339 §5.6), always written in UTC.
package enum RFC3339 {
  /// The latest moment that has four digits of year: 9999-12-31T23:59:59.999Z.
  private static let latest: Int64 = 253_402_300_799_999
  /// 0000-01-01T00:00:00Z.
  private static let earliest: Int64 = -62_167_219_200_000

  /// The text of a moment in milliseconds since 1970; milliseconds appear only when they are not zero.
  ///
  /// A moment outside the years 0…9999, which the format cannot say, is written as the nearest one it can.
  package static func text(milliseconds: Int64) -> String {
    let moment = CivilMoment(milliseconds: max(earliest, min(latest, milliseconds)), offsetSeconds: 0)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    append(moment.year, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(moment.month, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(moment.day, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(moment.hour, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(moment.minute, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(moment.second, digits: 2, to: &bytes)
    if moment.millisecond != 0 {
      bytes.append(UInt8(ascii: "."))
      append(moment.millisecond, digits: 3, to: &bytes)
    }
    bytes.append(UInt8(ascii: "Z"))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Milliseconds since 1970 of a time with `Z` or an offset; nil when the text is not RFC 3339.
  ///
  /// Fractions beyond milliseconds are cut off. Leap seconds (`:60`) are refused, as our clocks do not show them.
  package static func milliseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 40, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"), let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), let days = CivilMoment.dayNumber(year: year, month: month, day: day),
      let hour = number(bytes[11..<13]), hour < 24, let minute = number(bytes[14..<16]), minute < 60,
      let second = number(bytes[17..<19]), second < 60
    else { return nil }
    var rest = bytes[19...]
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard !digits.isEmpty else { return nil }
      let thousandths = Array(digits.prefix(3)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 3 - digits.count))
      fraction = number(thousandths[...]) ?? 0
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offsetMinutes = offset(rest) else { return nil }
    let minutes = Int64(days) * 1440 + Int64(hour) * 60 + Int64(minute) - Int64(offsetMinutes)
    return (minutes * 60 + Int64(second)) * 1000 + Int64(fraction)
  }

  /// Minutes east of UTC of `Z`, `+02:00` or `-05:00`.
  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
    let text = Array(bytes)
    if text.count == 1, text[0] == UInt8(ascii: "Z") || text[0] == UInt8(ascii: "z") { return 0 }
    guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = number(text[1..<3]), hours < 24,
      let minutes = number(text[4..<6]), minutes < 60
    else { return nil }
    switch text[0] {
    case UInt8(ascii: "+"): return hours * 60 + minutes
    case UInt8(ascii: "-"): return -(hours * 60 + minutes)
    default: return nil
    }
  }

  /// Four digits at most, so the sum cannot overflow.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}
