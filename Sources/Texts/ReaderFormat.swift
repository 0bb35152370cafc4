/// Dates, times, durations and numbers as one reader expects them: their language, their clock, and what "today" is.
///
/// Made once per page or message. All words and separators come from the catalogue (`date.*`, `duration.*`, `number.*`).
package struct ReaderFormat: Sendable {
  package let language: Language
  package let zone: ReaderZone
  /// The moment of reading, in milliseconds since 1970.
  package let nowMilliseconds: Int64
  private let catalogue: Catalogue

  package init(language: Language, zone: ReaderZone, nowMilliseconds: Int64, catalogue: Catalogue = .embedded) {
    self.language = language
    self.zone = zone
    self.nowMilliseconds = nowMilliseconds
    self.catalogue = catalogue
  }

  /// A sentence of the catalogue in the reader's language.
  package func text(_ key: String, _ arguments: [String: String] = [:]) -> String {
    catalogue.text(key, language: language, arguments: arguments)
  }

  // MARK: Dates and times

  /// `14:05`, on the reader's clock, 24 hours.
  package func time(_ milliseconds: Int64) -> String {
    let moment = zone.civil(milliseconds)
    return Self.twoDigits(moment.hour) + ":" + Self.twoDigits(moment.minute)
  }

  /// `12 May` / `12 may`, with the year when it is not the reader's present one.
  package func date(_ milliseconds: Int64) -> String {
    let moment = zone.civil(milliseconds)
    let arguments = [
      "day": String(moment.day), "month": text("date.month_short.\(moment.month)"), "year": String(moment.year),
    ]
    return text(moment.year == zone.civil(nowMilliseconds).year ? "date.day_month" : "date.day_month_year", arguments)
  }

  /// `Tuesday 12 May 2026` / `martes, 12 de mayo de 2026`.
  package func longDate(_ milliseconds: Int64) -> String {
    let moment = zone.civil(milliseconds)
    return text(
      "date.long",
      [
        "weekday": text("date.weekday.\(moment.weekday)"), "day": String(moment.day),
        "month": text("date.month.\(moment.month)"), "year": String(moment.year),
      ])
  }

  /// `today`, `yesterday`, `tomorrow`, otherwise the date.
  package func day(_ milliseconds: Int64) -> String {
    nearDay(milliseconds).map { text("date.\($0)") } ?? date(milliseconds)
  }

  /// `today 14:05`, `yesterday 14:05`, `12 May 14:05`: what stands beside a message or a step of history.
  package func moment(_ milliseconds: Int64) -> String {
    let arguments = ["time": time(milliseconds), "date": date(milliseconds)]
    return text(nearDay(milliseconds).map { "date.\($0)_at" } ?? "date.at", arguments)
  }

  /// `just now`, `5 min ago`, `in 2 h`, `3 days ago`: the largest unit alone, rounded down.
  package func relative(_ milliseconds: Int64) -> String {
    let (difference, overflow) = nowMilliseconds.subtractingReportingOverflow(milliseconds)
    let seconds = overflow ? (milliseconds < 0 ? Int64.max : Int64.min) / 1000 : difference / 1000
    if seconds > -60, seconds < 60 { return text("relative.now") }
    let (value, unit) = Self.largestUnit(Int64(clamping: seconds.magnitude))
    return text(seconds > 0 ? "relative.past" : "relative.future", ["duration": amount(value, unit)])
  }

  /// `45 s`, `18 min`, `2 h 5 min`, `3 days 4 h`: the two largest units; a negative duration counts as none.
  package func duration(seconds: Int64) -> String {
    let total = max(0, seconds)
    let (value, unit) = Self.largestUnit(total)
    let rest = total - value * unit.seconds
    guard let smaller = unit.smaller, rest >= smaller.seconds else { return amount(value, unit) }
    return amount(value, unit) + " " + amount(rest / smaller.seconds, smaller)
  }

  // MARK: Numbers

  /// `12,345` / `12.345`; Spanish groups from five digits on, as CLDR says.
  package func number(_ value: Int64) -> String {
    let digits = Array(String(value.magnitude).utf8)
    let separator = Array(text("number.group_separator").utf8)
    let groupsFrom = Int(text("number.group_from_digits")) ?? 4
    var bytes: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
    for (index, digit) in digits.enumerated() {
      let left = digits.count - index
      if index > 0, left % 3 == 0, digits.count >= groupsFrom { bytes += separator }
      bytes.append(digit)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A number given in tenths: 12 → `1.2` / `1,2`.
  package func tenths(_ value: Int64) -> String {
    let (whole, tenth) = value.quotientAndRemainder(dividingBy: 10)
    let sign = value < 0 && whole == 0 ? "-" : ""
    return sign + number(whole) + text("number.decimal_separator") + String(tenth.magnitude)
  }

  /// `85%` / `85 %`, from whole per cent.
  package func percent(_ value: Int64) -> String {
    text("number.percent", ["number": number(value)])
  }

  /// `512 B`, `1.2 MiB`, `48 GiB`: one decimal below ten, rounded down so that free space is never overstated.
  package func bytes(_ count: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    let magnitude = count.magnitude
    var step = 0
    while step < units.count - 1, magnitude >> (10 * UInt64(step + 1)) > 0 { step += 1 }
    let shift = 10 * UInt64(step)
    let whole = Int64(clamping: magnitude >> shift)
    // The remainder is below 2^40, so ten times it stays far inside 64 bits.
    let tenth = Int64(((magnitude & ((1 << shift) - 1)) * 10) >> shift)
    let text = step > 0 && whole < 10 ? tenths(whole * 10 + tenth) : number(whole)
    return (count < 0 ? "-" : "") + text + " " + units[step]
  }

  /// `A`, `A and B`, `A, B and C`; Spanish "y" becomes "e" before the sound of i.
  package func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    let key = Self.beginsWithSoundOfI(last) ? "list.and_before_i" : "list.and"
    return items.dropLast().joined(separator: ", ") + text(key) + last
  }

  // MARK: Parts

  private enum Unit: String {
    case seconds
    case minutes
    case hours
    case days

    var seconds: Int64 {
      switch self {
      case .seconds: 1
      case .minutes: 60
      case .hours: 3600
      case .days: 86_400
      }
    }

    var smaller: Unit? {
      switch self {
      case .seconds, .minutes: nil
      case .hours: .minutes
      case .days: .hours
      }
    }
  }

  private static func largestUnit(_ seconds: Int64) -> (value: Int64, unit: Unit) {
    let unit: Unit = seconds < 60 ? .seconds : seconds < 3600 ? .minutes : seconds < 86_400 ? .hours : .days
    return (seconds / unit.seconds, unit)
  }

  private func amount(_ value: Int64, _ unit: Unit) -> String {
    text("duration.\(unit.rawValue)", ["count": number(value)])
  }

  private func nearDay(_ milliseconds: Int64) -> String? {
    switch zone.civil(milliseconds).dayNumber - zone.civil(nowMilliseconds).dayNumber {
    case 0: "today"
    case -1: "yesterday"
    case 1: "tomorrow"
    default: nil
    }
  }

  private static func beginsWithSoundOfI(_ word: String) -> Bool {
    let lower = word.lowercased()
    if lower.hasPrefix("hie") || lower.hasPrefix("io") || lower.hasPrefix("ia") { return false }
    return lower.hasPrefix("i") || lower.hasPrefix("í") || lower.hasPrefix("hi") || lower.hasPrefix("hí")
  }

  private static func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : String(value)
  }
}
