/// Where zone rules come from; the pure rooms read no files.
package protocol ZoneReading: Sendable {
  /// Nil when the machine's tz database has no zone of this name, or its file cannot be read.
  func rules(_ name: String) -> ZoneRules?
  /// Every name there is, in order.
  func names() -> [String]
  /// Looks again at where the rules come from: true when some that were given out are no longer what stands there. From then
  /// on the new ones are given out; until somebody looks, a name always brings the same rules.
  func refresh() -> Bool
}

extension ZoneReading {
  /// Rules that never change.
  package func refresh() -> Bool { false }

  /// What somebody may have meant who wrote a name that no zone has: at most three, the likeliest first.
  package func suggestions(for text: String) -> [String] {
    let wanted = Self.plain(text)
    guard !wanted.isEmpty, wanted.count <= 40 else { return [] }
    let rated = names().compactMap { name -> (distance: Int, name: String)? in
      let whole = Self.plain(name)
      let city = Self.plain(name.split(separator: "/").last.map(String.init) ?? name)
      if whole == wanted || city == wanted { return (0, name) }
      let distance = min(Self.distance(wanted, whole), Self.distance(wanted, city))
      return distance <= max(1, wanted.count / 4) ? (distance, name) : nil
    }
    return rated.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// Letters and digits in lower case.
  private static func plain(_ text: String) -> [UInt8] {
    text.lowercased().utf8.filter { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
  }

  /// Letters to put in, take out or exchange (Levenshtein).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard abs(left.count - right.count) <= 10 else { return 10 }
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let above = row[j + 1]
        row[j + 1] = letter == other ? diagonal : min(diagonal, above, row[j]) + 1
        diagonal = above
      }
    }
    return row[right.count]
  }
}
