extension StudyResult {
  private static let names = [
    "alone": "each site alone", "round_robin": "round robin", "least_open": "least open tickets",
    "two_choices": "two choices", "relevo": "Relevo", "pooled": "the limit",
  ]

  /// The mean waits as a bar chart: an SVG image that stands on its own, light or dark as its reader prefers.
  ///
  /// The scale is logarithmic, because the rules differ by factors of a thousand.
  package var chart: String {
    let least = 0.01
    let most = max(10, rows.map(\.mean.upper).max() ?? 10)
    func place(_ value: Double) -> Double {
      210 + 430 * Chance.logarithm(max(least, value) / least) / Chance.logarithm(most / least)
    }
    let height = 92 + 30 * rows.count
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 \(height)" role="img" aria-labelledby="t d">
      <title id="t">\(Self.escaped(title))</title>
      <desc id="d">\(Self.escaped(rows.map { "\(label($0)): \(AssignmentStudy.text($0.mean)) s" }.joined(separator: "; ")))</desc>
      <style>
      text{font:14px system-ui,sans-serif;fill:#1b2330}.s{font-size:12px;fill:#4d5866}
      .b{fill:#9aa7b8}.r{fill:#0b6bcb}.l{fill:#3c8d5a}.g{stroke:#d5dbe3}.e{stroke:#1b2330;stroke-width:1.5}
      @media(prefers-color-scheme:dark){text{fill:#e8edf4}.s{fill:#a9b4c2}.b{fill:#5d6b7e}.r{fill:#5aa9f5}.l{fill:#6cc08b}.g{stroke:#323c4a}.e{stroke:#e8edf4}}
      </style>
      <text x="16" y="26" font-weight="600">\(Self.escaped(title))</text>
      """
    ]
    let bottom = 44 + 30 * rows.count
    for (mark, label) in [
      (0.01, "10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"),
      (36_000, "10 h"), (360_000, "100 h"),
    ] where mark <= most {
      let x = Self.number(place(mark))
      lines.append(
        """
        <line class="g" x1="\(x)" y1="40" x2="\(x)" y2="\(bottom)"/>\
        <text class="s" x="\(x)" y="\(bottom + 18)" text-anchor="middle">\(label)</text>
        """)
    }
    for (index, row) in rows.enumerated() { lines.append(bar(row, y: 46 + 30 * index, place)) }
    lines.append(
      """
      <text class="s" x="16" y="\(bottom + 40)">Mean wait until somebody begins, \(seeds) seeds with 95 % confidence; \
      logarithmic scale.</text>
      </svg>

      """)
    return lines.joined(separator: "\n")
  }

  private func label(_ row: StudyRow) -> String { Self.names[row.rule] ?? row.rule }

  private func bar(_ row: StudyRow, y: Int, _ place: (Double) -> Double) -> String {
    let end = place(row.mean.mean)
    let from = place(max(0, row.mean.mean - (row.mean.margin ?? 0)))
    let until = place(row.mean.upper)
    let look = row.rule == AssignmentStudy.ours ? "r" : row.rule == "pooled" ? "l" : "b"
    return """
      <text x="200" y="\(y + 16)" text-anchor="end">\(label(row))</text>\
      <rect class="\(look)" x="210" y="\(y + 2)" width="\(Self.number(max(1, end - 210)))" height="20" rx="3"/>\
      <line class="e" x1="\(Self.number(from))" y1="\(y + 12)" x2="\(Self.number(until))" y2="\(y + 12)"/>\
      <text class="s" x="\(Self.number(max(end, until) + 6))" y="\(y + 16)">\(AssignmentStudy.text(row.mean.mean)) s</text>
      """
  }

  private static func number(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
