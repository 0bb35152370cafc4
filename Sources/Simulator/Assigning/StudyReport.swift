extension AssignmentStudy {
  /// Three digits that count, thousands apart.
  package static func text(_ value: Double) -> String {
    let size = value.magnitude
    if size >= 100 || value == value.rounded() && size < 1e15 {
      let digits = String(Int64(value.rounded()).magnitude)
      var grouped = ""
      for (place, digit) in digits.enumerated() {
        if place > 0 && (digits.count - place) % 3 == 0 { grouped += "," }
        grouped.append(digit)
      }
      return (value <= -0.5 ? "−" : "") + grouped
    }
    let places = size >= 10 ? 1 : size >= 1 ? 2 : 3
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = Int64((size * scale).rounded())
    let fraction = String(rounded % Int64(scale))
    let padded = String(repeating: "0", count: places - fraction.count) + fraction
    return (value < 0 ? "−" : "") + "\(rounded / Int64(scale)).\(padded)"
  }

  package static func text(_ value: Interval) -> String {
    value.margin.map { "\(text(value.mean)) ± \(text($0))" } ?? text(value.mean)
  }
}

extension StudyResult {
  /// The case as text for people: assumptions, table, verdicts.
  package var text: String {
    var lines = ["", "\(name): \(title) (\(seeds) seeds, 95 % confidence)"]
    lines += assumptions.map { "  assumed: \($0)" }
    let header = ["rule", "mean wait s", "90th percentile s", "worst ÷ best site median", "elsewhere %"]
    let table = [header] + rows.map(\.cells)
    let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    for row in table {
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      lines.append("  " + cells.joined(separator: "  "))
    }
    lines += notes.map { "  \($0)" }
    lines += checks.map { check in
      let unit = check.unit.isEmpty ? "" : " " + check.unit
      let value = AssignmentStudy.text(check.value) + unit
      let verdict = check.isMet ? "met   " : "MISSED"
      return "  \(verdict) \(check.what): \(value) (at most \(AssignmentStudy.text(check.limit))\(unit))"
    }
    return lines.joined(separator: "\n")
  }

  /// The case as a JSON object.
  package var json: String {
    let rows = rows.map { row in
      """
      {"rule":\(Self.quoted(row.rule)),"mean_wait_s":\(Self.json(row.mean)),"p90_wait_s":\(Self.json(row.p90)),\
      "site_median_spread":\(Self.json(row.spread)),"elsewhere_percent":\(Self.json(row.elsewhere))}
      """
    }
    let checks = checks.map { check in
      """
      {"what":\(Self.quoted(check.what)),"value":\(Self.json(check.value)),"limit":\(check.limit),\
      "unit":\(Self.quoted(check.unit)),"met":\(check.isMet)}
      """
    }
    return """
      {"name":\(Self.quoted(name)),"title":\(Self.quoted(title)),"seeds":\(seeds),\
      "assumptions":[\(assumptions.map(Self.quoted).joined(separator: ","))],\
      "rules":[\(rows.joined(separator: ","))],"checks":[\(checks.joined(separator: ","))],\
      "notes":[\(notes.map(Self.quoted).joined(separator: ","))],"met":\(isMet)}
      """
  }

  private static func json(_ value: Interval) -> String {
    "{\"mean\":\(value.mean),\"margin\":\(value.margin.map { "\($0)" } ?? "null")}"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension StudyRow {
  fileprivate var cells: [String] {
    [
      rule, AssignmentStudy.text(mean), AssignmentStudy.text(p90), AssignmentStudy.text(spread),
      AssignmentStudy.text(elsewhere),
    ]
  }
}
