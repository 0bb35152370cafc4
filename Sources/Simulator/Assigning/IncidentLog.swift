/// The published incident log of Volvo IT Belgium (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee), as far as a
/// simulation of its May 2012 needs it: who had which incident when, and where.
package struct IncidentLog: Sendable {
  struct Step {
    /// Milliseconds UTC.
    var at: Int64
    var isAccepted: Bool
    var isInProgress: Bool
    /// Upper-case code of the team's country; `0` where the log names none.
    var country: String
    /// The person; nil for the source system itself.
    var person: String?
    var level: String
    var impact: String
  }

  /// Per incident its steps in the order of their time.
  let incidents: [[Step]]
  /// Rows that could not be read.
  package let rejected: Int

  /// Nil when the header is not that of the log. Takes the text of the unpacked file.
  package init?(csv bytes: [UInt8]) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)[...]
    guard let header = lines.popFirst() else { return nil }
    let names = String(decoding: header, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
    func place(_ name: String) -> Int? {
      names.firstIndex { $0.trimmed.hasSuffix(name) && ($0.trimmed == name || $0.trimmed.hasPrefix("\u{FEFF}")) }
    }
    guard let id = place("SR Number"), let time = place("Change Date+Time"), let status = place("Status"),
      let sub = place("Sub Status"), let country = place("Country"), let owner = place("Owner First Name"),
      let resource = place("Resource"), let level = place("ST Level"), let impact = place("SR Latest Impact")
    else { return nil }
    var order: [String: Int] = [:]
    var incidents: [[Step]] = []
    var rejected = 0
    for line in lines {
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard fields.count == names.count, let at = Self.moment(fields[time]) else {
        rejected += 1
        continue
      }
      let step = Step(
        at: at, isAccepted: fields[status] == "Accepted", isInProgress: fields[sub] == "In Progress",
        country: fields[country].uppercased(), person: fields[owner] == "Siebel" ? nil : fields[resource],
        level: fields[level], impact: fields[impact])
      let number = order[fields[id], default: incidents.count]
      if number == incidents.count {
        order[fields[id]] = number
        incidents.append([])
      }
      incidents[number].append(step)
    }
    self.incidents = incidents.map { steps in
      // The log's order among equal times is kept.
      steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
    self.rejected = rejected
  }

  /// `2012-05-03T10:15:00+01:00` as milliseconds UTC; nil for anything else.
  static func moment(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 25, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84, bytes[13] == 58 else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), let zoneHour = number(20..<22),
      let zoneMinute = number(23..<25), (1...12).contains(month)
    else { return nil }
    // Days since 1970 in the proleptic Gregorian calendar (Hinnant 2013).
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    let zone = (zoneHour * 60 + zoneMinute) * (bytes[19] == 45 ? -1 : 1)
    return ((days * 24 + hour) * 60 + minute - zone) * 60_000 + second * 1000
  }
}

extension Substring {
  /// Without spaces and carriage returns at its ends.
  fileprivate var trimmed: Substring {
    var text = self
    while let last = text.last, last == " " || last == "\r" { text.removeLast() }
    while text.first == " " { text.removeFirst() }
    return text
  }
}
