/// Rows in aligned columns under their names, two spaces apart; the last column may be cut to fit the terminal.
struct TextTable {
  /// One column: its name, and on which side its cells stand.
  struct Column {
    let name: String
    let isRight: Bool

    init(_ name: String, isRight: Bool = false) {
      self.name = name
      self.isRight = isRight
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  init(_ names: [String]) {
    self.init(names.map { Column($0) })
  }

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: [String]) {
    rows.append(columns.indices.map { $0 < cells.count ? Self.oneLine(cells[$0]) : "" })
  }

  /// The whole table, ending in a line break. `width` nil cuts nothing.
  func text(width: Int?) -> String {
    let widths = columns.indices.map { index in
      rows.reduce(Self.width(columns[index].name)) { max($0, Self.width($1[index])) }
    }
    return ([columns.map(\.name)] + rows).map { line($0, widths, width) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int], _ limit: Int?) -> String {
    var line = ""
    for index in columns.indices {
      let isLast = index == columns.count - 1
      var cell = cells[index]
      if isLast, let limit { cell = Self.cut(cell, to: max(10, limit - Self.width(line))) }
      let padding = String(repeating: " ", count: max(0, widths[index] - Self.width(cell)))
      if columns[index].isRight {
        line += padding + cell
      } else {
        line += isLast ? cell : cell + padding
      }
      if !isLast { line += "  " }
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Terminal columns of a text: none for marks, two for wide East Asian letters and pictures.
  static func width(_ text: String) -> Int {
    text.reduce(0) { sum, character in
      guard let scalar = character.unicodeScalars.first else { return sum }
      switch scalar.value {
      case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        return sum + 2
      default: return sum + 1
      }
    }
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    guard width(text) > limit else { return text }
    var cut = ""
    for character in text {
      if width(cut) + width(String(character)) > limit - 1 { break }
      cut.append(character)
    }
    return cut + "…"
  }

  /// Without control characters, which could rewrite the terminal.
  private static func oneLine(_ text: String) -> String { PlainText.shown(text, keepsLines: false) }
}
