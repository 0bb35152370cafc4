/// Texts of other people, made safe for a terminal.
enum PlainText {
  /// Control characters and escape sequences' first bytes become spaces; line breaks stay where `keepsLines`.
  static func shown(_ text: String, keepsLines: Bool) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isKept = scalar.properties.generalCategory != .control || (keepsLines && scalar == "\n")
      shown.append(isKept ? scalar : " ")
    }
    return String(shown)
  }

  /// Every line moved to the right.
  static func indented(_ text: String, by columns: Int) -> String {
    let indent = String(repeating: " ", count: columns)
    return shown(text, keepsLines: true).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : indent + $0 }.joined(separator: "\n")
  }
}
