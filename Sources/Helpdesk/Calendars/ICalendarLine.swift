/// One content line of an iCalendar file, unfolded: `NAME;PARAMETER=value:value`.
struct ICalendarLine: Hashable, Sendable {
  /// From 1.
  let number: Int
  /// Upper case.
  let name: String
  /// Names in upper case, values without their quotes.
  let parameters: [(name: String, value: String)]
  let value: String

  func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// Lines end with CR LF or LF; one that begins with a space or a tab goes on from the one before (RFC 5545, 3.1).
  static func unfolded(_ bytes: [UInt8]) throws(ICalendarFault) -> [ICalendarLine] {
    var bytes = bytes[...]
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    var lines: [(number: Int, bytes: [UInt8])] = []
    for (index, part) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
      let line = part.last == 0x0d ? part.dropLast() : part
      if let first = line.first, first == 0x20 || first == 0x09, !lines.isEmpty {
        lines[lines.count - 1].bytes += line.dropFirst()
      } else if !line.isEmpty {
        lines.append((index + 1, Array(line)))
      }
    }
    var result: [ICalendarLine] = []
    for line in lines { result.append(try ICalendarLine(line.bytes, number: line.number)) }
    guard let first = result.first, first.name == "BEGIN", first.value.uppercased() == "VCALENDAR" else {
      throw ICalendarFault(line: lines.first?.number ?? 1, .notCalendar)
    }
    return result
  }

  private init(_ bytes: [UInt8], number: Int) throws(ICalendarFault) {
    // Folding may cut a letter in two, so only a whole line can be checked.
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ICalendarFault(line: number, .notUTF8) }
    var parts: [Substring] = []
    var isQuoted = false
    var start = text.startIndex
    var end: String.Index?
    for index in text.unicodeScalars.indices {
      switch text.unicodeScalars[index] {
      case "\"": isQuoted.toggle()
      case ";" where !isQuoted:
        parts.append(text[start..<index])
        start = text.unicodeScalars.index(after: index)
      case ":" where !isQuoted: end = index
      default: continue
      }
      if end != nil { break }
    }
    guard let end, !(parts.first ?? text[start..<end]).isEmpty else {
      throw ICalendarFault(line: number, number == 1 ? .notCalendar : .lineMalformed)
    }
    parts.append(text[start..<end])
    self.number = number
    name = parts[0].uppercased()
    parameters = parts.dropFirst().map { part in
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = sides.count == 2 ? sides[1].filter { $0 != "\"" } : ""
      return (sides[0].uppercased(), value)
    }
    value = String(text[text.unicodeScalars.index(after: end)...])
  }

  static func == (left: ICalendarLine, right: ICalendarLine) -> Bool {
    left.number == right.number && left.name == right.name && left.value == right.value
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(number)
    hasher.combine(value)
  }
}

/// Goes through the lines and gives each event's own ones; other components, and those inside an event, are passed over.
struct ICalendarEventReader {
  private let lines: [ICalendarLine]
  private var place = 0
  private var open: [String] = []
  /// What does not fit together.
  private(set) var faults: [ICalendarFault] = []

  init(_ lines: [ICalendarLine]) { self.lines = lines }

  /// The lines of the next event, `BEGIN:VEVENT` first; nil after the last.
  mutating func next() -> [ICalendarLine]? {
    var event: [ICalendarLine] = []
    while place < lines.count {
      let line = lines[place]
      place += 1
      switch line.name {
      case "BEGIN":
        open.append(line.value.uppercased())
        if open == ["VCALENDAR", "VEVENT"] { event = [line] }
      case "END":
        let component = line.value.uppercased()
        guard open.last == component else {
          faults.append(ICalendarFault(line: line.number, .unbalanced(line.value)))
          place = lines.count
          return nil
        }
        let isEvent = open == ["VCALENDAR", "VEVENT"]
        open.removeLast()
        if isEvent { return event }
      default:
        if open == ["VCALENDAR", "VEVENT"] { event.append(line) }
      }
    }
    if let missing = open.last, let last = lines.last {
      open = []
      faults.append(ICalendarFault(line: last.number, .unbalanced(missing)))
    }
    return nil
  }
}
