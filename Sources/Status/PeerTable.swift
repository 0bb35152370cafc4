import Texts

/// The table of peers on a terminal: every column as wide as its widest cell and at least as wide as usual, so that the
/// table does not jump while one watches it.
struct PeerTable {
  private struct Column {
    let title: String
    let minimumWidth: Int
    let isLeftAligned: Bool
    /// Columns with a higher number leave first when the terminal is narrow; 0 always stays.
    let dropOrder: Int
    let cells: [String]

    var width: Int {
      cells.map { DisplayWidth.of($0) }.reduce(max(minimumWidth, DisplayWidth.of(title)), max)
    }
  }

  private let rows: [PeerRow]
  private let columns: [Column]

  init(_ rows: [PeerRow], _ format: ReaderFormat, _ width: Int?) {
    self.rows = rows
    func column(
      _ name: String, _ minimumWidth: Int, drop: Int, left: Bool = false, _ cell: (PeerRow) -> String
    ) -> Column {
      Column(
        title: format.text("status.column.\(name)"), minimumWidth: minimumWidth, isLeftAligned: left, dropOrder: drop,
        cells: rows.map(cell))
    }
    var columns = [
      column("peer", 4, drop: 0, left: true) { $0.site },
      column("link", 11, drop: 0, left: true) { $0.linkText },
      column("out", 3, drop: 0) { $0.out },
      column("oldest", 6, drop: 2) { $0.oldest },
      column("in", 4, drop: 0) { $0.incoming },
      column("lag", 4, drop: 4) { $0.lag },
      column("backlog", 7, drop: 6) { $0.backlog },
      column("rtt", 4, drop: 5) { $0.roundTrip },
      column("last_ok", 7, drop: 1) { $0.lastContact },
      column("clock", 6, drop: 7) { $0.clock },
      column("version", 7, drop: 8) { $0.version },
      column("conflicts", 9, drop: 3) { $0.conflicts },
    ]
    if let width {
      while Self.width(of: columns) > width, let last = columns.map(\.dropOrder).max(), last > 0 {
        columns.removeAll { $0.dropOrder == last }
      }
    }
    self.columns = columns
  }

  /// Display columns from the first to the last character.
  var width: Int { Self.width(of: columns) }

  /// Header and one line per peer. A link that is not live is coloured as its finding would be.
  func lines(_ paint: Paint) -> [String] {
    let header = line { $0.title }
    let body = rows.indices.map { row in
      line(of: columns) { column, text in
        column.isLeftAligned && column.dropOrder == 0 && column.cells[row] == rows[row].linkText
          ? paint.link(text, rows[row].link) : text
      } cell: {
        $0.cells[row]
      }
    }
    return [header] + body
  }

  private func line(_ cell: (Column) -> String) -> String {
    line(of: columns, decorated: { $1 }, cell: cell)
  }

  private func line(
    of columns: [Column], decorated: (Column, String) -> String, cell: (Column) -> String
  ) -> String {
    let texts = columns.map { column in
      let plain = cell(column)
      let padded =
        column.isLeftAligned
        ? DisplayWidth.padRight(plain, to: column.width) : DisplayWidth.padLeft(plain, to: column.width)
      return decorated(column, padded)
    }
    return texts.joined(separator: "  ")
  }

  private static func width(of columns: [Column]) -> Int {
    columns.map(\.width).reduce(0, +) + 2 * max(0, columns.count - 1)
  }
}
