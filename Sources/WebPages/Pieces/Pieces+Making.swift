package import Texts

extension PersonChip {
  /// The chip of a person, with initials from the first letters of the first and last word of the name.
  package init(name: String, isYou: Bool = false) {
    let words = name.split(whereSeparator: { $0 == " " || $0 == "-" }).filter { $0.first?.isLetter == true }
    let first = words.first?.first.map(String.init) ?? "?"
    let last = words.count > 1 ? words.last?.first.map(String.init) ?? "" : ""
    self.init(name: name, initials: (first + last).uppercased(), isYou: isYou)
  }
}

extension SiteChip {
  /// The chip of a site; the tint follows from the code alone, so it is the same at every site and for ever.
  package init(code: String, name: String) {
    self.init(code: code, name: name, tint: Self.tint(of: code))
  }

  /// 0 to 7, from the code's letters (FNV-1a, folded).
  static func tint(of code: String) -> Int {
    let hash = FNV.hash(code.utf8)
    return Int((hash ^ (hash >> 29) ^ (hash >> 47)) % 8)
  }
}

extension Moment {
  /// "today 14:05", "12 May 14:05": for messages and history.
  package static func at(_ milliseconds: Int64, _ format: ReaderFormat) -> Moment {
    Moment(
      text: format.moment(milliseconds), full: full(milliseconds, format), iso: RFC3339.text(milliseconds: milliseconds)
    )
  }

  /// "5 min ago": for lists; the script keeps it fresh.
  package static func ago(_ milliseconds: Int64, _ format: ReaderFormat) -> Moment {
    Moment(
      text: format.relative(milliseconds), full: full(milliseconds, format),
      iso: RFC3339.text(milliseconds: milliseconds), isRelative: true)
  }

  private static func full(_ milliseconds: Int64, _ format: ReaderFormat) -> String {
    format.longDate(milliseconds) + ", " + format.time(milliseconds)
  }
}
