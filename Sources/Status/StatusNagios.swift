package import Texts

/// The output of a monitoring plugin (Monitoring Plugins Development Guidelines, "Plugin Output"): a verdict with the
/// worst finding and performance data on the first line, further findings on the lines after it.
package enum StatusNagios {
  /// Ends in a line break; unknown values are `U`, as the guidelines ask.
  package static func render(
    _ report: StatusReport, format: ReaderFormat, limits: StatusLimits = StatusLimits()
  ) -> String {
    let level = report.level(limits: limits)
    let findings = report.findings(limits: limits).filter { $0.level != .ok }
    let summary = findings.first.map { $0.message(format, usesUTC: true) } ?? format.text("status.text.all_well")
    let rest = findings.dropFirst().map { finding in
      plain("\(finding.level.word): \(finding.message(format, usesUTC: true)) (\(finding.runbook))")
    }
    let first =
      plain("RELEVO \(level.word) - \(report.site): \(summary)") + " | "
      + performance(report, limits).joined(separator: " ")
    return ([first] + rest).joined(separator: "\n") + "\n"
  }

  private static func performance(_ report: StatusReport, _ limits: StatusLimits) -> [String] {
    var values = [
      value("conflicts_open", report.conflictsOpen, warning: "\(limits.conflictsWarningCount)"),
      value("only_here", report.onlyHere.operations),
      value(
        "disk_free", report.store.diskFreeBytes, unit: "B", warning: "\(limits.diskWarningBytes):",
        critical: "\(limits.diskCriticalBytes):"),
      value("database", report.store.databaseBytes, unit: "B"),
      value("wal", report.store.walBytes, unit: "B", warning: "\(limits.walWarningBytes)"),
      value("deferred", report.operations.deferredOfNewerKind),
      value("held", report.operations.heldOfUnknownStreams),
      value("unassigned_past_limit", report.tickets.unassignedPastLimit),
    ]
    let skewWarning = "-\(limits.clockSkewWarningSeconds):\(limits.clockSkewWarningSeconds)"
    let skewCritical = "-\(limits.clockSkewCriticalSeconds):\(limits.clockSkewCriticalSeconds)"
    for peer in report.peersWorstFirst {
      values += [
        value("out_\(peer.site)", peer.outOperations),
        value("in_\(peer.site)", peer.inOperations),
        seconds("lag_\(peer.site)", peer.lagSeconds, warning: "\(limits.catchingUpSeconds)"),
        seconds("rtt_\(peer.site)", peer.rttSeconds),
        value("last_contact_\(peer.site)", peer.lastContactSeconds, unit: "s"),
        seconds(
          "clock_\(peer.site)", peer.clockOffsetSeconds, warning: skewWarning, critical: skewCritical, minimum: ""),
      ]
    }
    return values
  }

  private static func value(
    _ label: String, _ value: Int64?, unit: String = "", warning: String = "", critical: String = ""
  ) -> String {
    datum(label, value.map { "\($0)\(unit)" }, warning, critical, "0")
  }

  private static func seconds(
    _ label: String, _ value: Double?, warning: String = "", critical: String = "", minimum: String = "0"
  ) -> String {
    datum(label, value.flatMap { $0.isFinite ? "\($0)s" : nil }, warning, critical, minimum)
  }

  private static func datum(
    _ label: String, _ value: String?, _ warning: String, _ critical: String, _ minimum: String
  ) -> String {
    let safe = label.filter { $0 != "'" && $0 != "=" && $0 != "|" && !$0.isNewline }
    return "'\(safe)'=\(value ?? "U");\(warning);\(critical);\(minimum)"
  }

  /// A `|` would start the performance data and a line break the long text.
  private static func plain(_ text: String) -> String {
    String(text.map { $0 == "|" ? "/" : $0.isNewline ? " " : $0 })
  }
}
