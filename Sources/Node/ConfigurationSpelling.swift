/// Finds the word that somebody probably meant.
enum ConfigurationSpelling {
  /// The candidate nearest to `word`, if it is near enough to be a slip: one edit for short words, one in three letters
  /// for longer ones, or the beginning of it. Case and `-` for `_` cost nothing. Ties go to the first candidate.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let wanted = letters(word)
    guard wanted.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let offered = letters(candidate)
      let isBeginning = wanted.count >= 3 && offered.starts(with: wanted)
      let distance = isBeginning ? 1 : distance(wanted, offered)
      let limit = max(1, max(wanted.count, candidate.utf8.count) / 3)
      if distance <= limit, distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.candidate
  }

  /// How many letters must be added, dropped, replaced or swapped with their neighbour (optimal string alignment).
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
        var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }

  private static func letters(_ word: String) -> [UInt8] {
    word.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
  }
}
