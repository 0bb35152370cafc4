/// A language people can read Relevo in; the raw value is the BCP 47 primary subtag and the name of the file in
/// `Translations/`. A further language is a file there, a case here and a line in `Catalogue.embedded`.
package enum Language: String, Sendable, CaseIterable, Codable, Hashable {
  case english = "en"
  case spanish = "es"

  /// The language's name in itself, for the switch on every page.
  package var ownName: String {
    switch self {
    case .english: "English"
    case .spanish: "Español"
    }
  }

  /// The language a locale or tag such as `es`, `es-CO` or `es_ES.UTF-8` asks for; nil when we do not have it.
  package init?(tag: String) {
    let primary = tag.utf8.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: ".") }
    guard primary.count == 2 else { return nil }
    self.init(rawValue: String(Substring(primary)).lowercased())
  }

  /// The language an `Accept-Language` header prefers (RFC 9110 §12.5.4); nil when it names none of ours.
  ///
  /// Weights are compared in thousandths; among equal weights the earlier one wins; `q=0` means "not this one".
  /// A header longer than 1,000 bytes is read up to there.
  package static func preferred(acceptLanguage header: String) -> Language? {
    var best: (language: Language, weight: Int)?
    for range in header.utf8.prefix(1000).split(separator: UInt8(ascii: ",")) {
      let parts = range.split(separator: UInt8(ascii: ";")).map { String(Substring($0)).filter { $0 != " " } }
      guard let tag = parts.first, let language = Language(tag: tag) else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { thousandths($0.dropFirst(2)) } ?? 1000
      if weight > (best?.weight ?? 0) { best = (language, weight) }
    }
    return best?.language
  }

  /// `1`, `0.8` or `0.125` in thousandths; anything malformed counts as 0, so that it is never preferred.
  private static func thousandths(_ text: Substring) -> Int {
    let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = halves.first, let whole = Int(first), whole == 0 || whole == 1 else { return 0 }
    guard halves.count == 2 else { return whole * 1000 }
    let digits = String(halves[1].prefix(3))
    let padded = digits + String(repeating: "0", count: 3 - digits.count)
    guard let fraction = Int(padded), fraction >= 0 else { return 0 }
    return min(1000, whole * 1000 + fraction)
  }
}
