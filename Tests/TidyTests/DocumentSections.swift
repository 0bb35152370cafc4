/// Headings of a Markdown document and the text below each.
enum DocumentSections {
  /// The text below each heading of the given level, up to the next heading; backticks in a heading do not count.
  static func sections(of document: String, level: Int) -> [String: String] {
    let mark = String(repeating: "#", count: level) + " "
    var sections: [String: String] = [:]
    var current: String?
    for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(mark) {
        let name = line.dropFirst(mark.count).filter { $0 != "`" }
        sections[name] = ""
        current = name
      } else if line.hasPrefix("#") {
        current = nil
      } else if let current {
        sections[current, default: ""] += line
      }
    }
    return sections
  }
}
