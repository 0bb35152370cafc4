import Texts

/// What goes over each link in each direction: two lines a peer, `to` and `from`, narrow enough for 80 columns.
struct FlowTable {
  private let rows: [[String]]
  /// Whether each column stands at its left edge.
  private static let leftColumns: Set<Int> = [0, 7]
  private static let minimumWidths = [9, 6, 6, 6, 6, 9, 6, 0]

  init(_ peers: [PeerRow], _ format: ReaderFormat) {
    let titles = ["direction", "waits", "oldest", "rate", "left", "credit", "stalled", "state"].map {
      format.text("status.column.\($0)")
    }
    let to = format.text("status.text.to")
    let from = format.text("status.text.from")
    rows =
      [titles]
      + peers.flatMap { peer in
        [
          [
            "\(to) \(peer.site)", peer.out, peer.oldest, peer.outRate, peer.outLeft, peer.creditOut, peer.stalled,
            peer.digestText,
          ],
          ["\(from) \(peer.site)", peer.incoming, peer.lag, peer.inRate, peer.inLeft, peer.creditIn, "", ""],
        ]
      }
  }

  /// The header and two lines a peer.
  var lines: [String] {
    let widths = Self.minimumWidths.indices.map { column in
      rows.map { DisplayWidth.of($0[column]) }.reduce(Self.minimumWidths[column], max)
    }
    return rows.map { row in
      let cells = row.indices.map { column in
        Self.leftColumns.contains(column)
          ? DisplayWidth.padRight(row[column], to: widths[column])
          : DisplayWidth.padLeft(row[column], to: widths[column])
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
