package import Texts

/// How the text for the eye is drawn.
package struct StatusTextOptions: Sendable {
  /// Adds ANSI colours, which only repeat what words and symbols say.
  package var useColour: Bool
  /// Columns of the terminal: sentences wrap and columns drop out, least important first. Nil draws everything.
  package var width: Int?
  /// `relevo status -x`: one line when all is well.
  package var isBrief: Bool
  /// Adds what goes over each link in each direction, pauses, sites reached by way of others, and the store.
  package var showsDetail: Bool

  package init(useColour: Bool = false, width: Int? = nil, isBrief: Bool = false, showsDetail: Bool = false) {
    self.useColour = useColour
    self.width = width
    self.isBrief = isBrief
    self.showsDetail = showsDetail
  }
}

/// The status for the eye: who and how, what is the matter and what to do, then the peers as a table.
package enum StatusText {
  /// Width of the full table in English, at whose right edge the verdict stands even when there is no table.
  private static let usualWidth = 94
  /// Where `see:` stands when the action before it is short.
  private static let seeColumn = 54

  /// The whole page, ending in a line break.
  package static func render(
    _ report: StatusReport, format: ReaderFormat, options: StatusTextOptions = StatusTextOptions(),
    limits: StatusLimits = StatusLimits()
  ) -> String {
    let level = report.level(limits: limits)
    let paint = Paint(isOn: options.useColour)
    if options.isBrief, level == .ok {
      return oneLine(report, format) + "  " + verdict(level, format, paint).text + "\n"
    }
    let table = PeerTable(report.peersWorstFirst.map { PeerRow($0, format: format) }, format, options.width)
    let edge = report.peers.isEmpty ? min(options.width ?? usualWidth, usualWidth) : table.width
    var lines = [headline(report, level, format, paint, edge: edge)]
    lines += findingLines(report.findings(limits: limits).filter { $0.level != .ok }, format, options.width)
    if level == .ok { lines.append(label("status", format) + " " + format.text("status.text.all_well")) }
    lines.append("")
    lines += report.peers.isEmpty ? [format.text("status.text.no_peers_yet")] : table.lines(paint)
    if options.showsDetail { lines += StatusDetail(report, format).lines }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: First line

  private static func identity(_ report: StatusReport, _ format: ReaderFormat) -> String {
    var parts = [report.siteName.map { "\(report.site) \($0)" } ?? report.site]
    if let role = report.role { parts.append(format.text("status.role.\(role.rawValue)")) }
    parts.append(
      format.text(
        "status.text.version", ["version": report.version, "protocol": String(report.protocolVersion)]))
    switch report.nodeState {
    case .running:
      let age = report.uptimeSeconds.map { CompactDuration.coarse(seconds: $0) } ?? "?"
      parts.append(format.text("status.text.running", ["age": age]))
    case .stopped: parts.append(format.text("status.text.stopped"))
    case .notAnswering: parts.append(format.text("status.text.not_answering"))
    }
    return parts.joined(separator: " · ")
  }

  private static func oneLine(_ report: StatusReport, _ format: ReaderFormat) -> String {
    guard !report.peers.isEmpty else {
      return identity(report, format) + " · " + format.text("status.text.no_peers")
    }
    let live = report.peers.filter { $0.link.isConnected }.count
    var line = identity(report, format) + " · "
    line += format.text(
      "status.text.peers_live",
      ["live": format.number(Int64(live)), "count": format.number(Int64(report.peers.count))])
    if report.isSynced { line += " · " + format.text("status.text.nothing_waits") }
    return line
  }

  private static func verdict(_ level: StatusLevel, _ format: ReaderFormat, _ paint: Paint) -> (
    text: String, width: Int
  ) {
    let plain = level.symbol + " " + format.text("status.level.\(level.rawValue)")
    return (paint.level(plain, level), DisplayWidth.of(plain))
  }

  private static func headline(
    _ report: StatusReport, _ level: StatusLevel, _ format: ReaderFormat, _ paint: Paint, edge: Int
  ) -> String {
    let identity = identity(report, format)
    let (verdict, width) = verdict(level, format, paint)
    let gap = max(2, edge - DisplayWidth.of(identity) - width)
    return identity + String(repeating: " ", count: gap) + verdict
  }

  // MARK: Findings

  private static func findingLines(_ findings: [Finding], _ format: ReaderFormat, _ width: Int?) -> [String] {
    findings.enumerated().flatMap { index, finding in
      let first = wrapped(
        finding.message(format), after: label(index == 0 ? "status" : "also", format), width: width)
      return first + actionLines(finding, format, width)
    }
  }

  private static func actionLines(_ finding: Finding, _ format: ReaderFormat, _ width: Int?) -> [String] {
    let action = label("action", format) + " " + finding.action(format)
    let see = format.text("status.text.see") + " " + finding.runbook
    let gap = max(2, seeColumn - DisplayWidth.of(action))
    if let width, DisplayWidth.of(action) + gap + DisplayWidth.of(see) > width {
      return wrapped(finding.action(format), after: label("action", format), width: width)
        + [label("see", format) + " " + finding.runbook]
    }
    return [action + String(repeating: " ", count: gap) + see]
  }

  /// The label of a line, right-aligned with the others so that the sentences begin in one column.
  private static func label(_ name: String, _ format: ReaderFormat) -> String {
    let width =
      ["status", "also", "action", "see"].map { DisplayWidth.of(format.text("status.text.\($0)")) }.max() ?? 0
    return DisplayWidth.padLeft(format.text("status.text.\(name)"), to: width)
  }

  /// A sentence broken at spaces, its further lines indented below its first word.
  private static func wrapped(_ sentence: String, after label: String, width: Int?) -> [String] {
    let indent = DisplayWidth.of(label) + 1
    guard let width, width > indent + 20 else { return [label + " " + sentence] }
    var lines: [String] = []
    var line = label
    for word in sentence.split(separator: " ") {
      if DisplayWidth.of(line) + 1 + DisplayWidth.of(String(word)) > width, DisplayWidth.of(line) > indent {
        lines.append(line)
        line = String(repeating: " ", count: indent - 1)
      }
      line += " " + word
    }
    return lines + [line]
  }
}
