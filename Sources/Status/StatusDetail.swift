import Texts

/// What `relevo status --detail` adds below the table.
struct StatusDetail {
  private let report: StatusReport
  private let format: ReaderFormat

  init(_ report: StatusReport, _ format: ReaderFormat) {
    self.report = report
    self.format = format
  }

  /// Begins with an empty line; empty when there is nothing to add.
  var lines: [String] {
    let rows = report.peersWorstFirst.map { PeerRow($0, format: format) }
    var lines: [String] = []
    if !rows.isEmpty { lines += [""] + FlowTable(rows, format).lines }
    let facts = pauses(rows) + holdings + [onlyHere, database, digest].compactMap { $0 }
    return facts.isEmpty ? lines : lines + [""] + facts
  }

  private func pauses(_ rows: [PeerRow]) -> [String] {
    rows.compactMap { row in row.pauseText.map { "\(row.site) \($0)" } }
  }

  private var holdings: [String] {
    (report.holdings ?? []).map { holding in
      guard let count = holding.lacksOperations else {
        return format.text("status.text.holding_unknown", ["site": holding.title])
      }
      return format.text(
        count == 0 ? "status.text.holding_all" : "status.text.holding_lacks",
        ["site": holding.title, "count": format.number(count)])
    }
  }

  private var onlyHere: String? {
    guard let count = report.onlyHere.operations else { return nil }
    return format.text("status.text.only_here", ["count": format.number(count)])
  }

  private var database: String? {
    let store = report.store
    guard store.databaseBytes != nil || store.diskFreeBytes != nil else { return nil }
    func bytes(_ value: Int64?) -> String { value.map { format.bytes($0) } ?? "?" }
    return format.text(
      "status.text.store",
      [
        "database": bytes(store.databaseBytes), "wal": bytes(store.walBytes), "free": bytes(store.diskFreeBytes),
        "backup": store.lastBackupAt.map { format.moment($0.milliseconds) } ?? format.text("status.text.never"),
      ])
  }

  private var digest: String? {
    report.stateDigest.map { format.text("status.text.digest", ["digest": String($0.prefix(16))]) }
  }
}
