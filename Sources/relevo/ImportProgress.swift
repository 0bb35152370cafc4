import Foundation
import Glibc
import Node

/// A line on standard error that says how far an import is: rewritten on a terminal, now and then in a log.
struct ImportProgress {
  let total: Int
  private(set) var done = 0
  private let isDryRun: Bool
  private let isInteractive = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var shown = ContinuousClock.now

  init(total: Int, isDryRun: Bool) {
    self.total = total
    self.isDryRun = isDryRun
  }

  /// Notes that a part is done.
  mutating func advance(by count: Int, _ report: ImportReport) {
    done += count
    let now = ContinuousClock.now
    guard isInteractive || now - shown > .seconds(10) else { return }
    shown = now
    let seconds = max(1, (now - start).components.seconds)
    let written = report.steps + report.incidents
    let rate = isDryRun ? "" : ", \(Int64(written) / seconds) writes a second"
    let line =
      "\(done * 100 / max(1, total)) % · \(done) of \(total) incidents, \(report.steps + report.already) steps\(rate)"
    if isInteractive {
      FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
    } else {
      StandardError.write(line)
    }
  }

  /// Takes the line away, so that what follows stands alone.
  func end() {
    if isInteractive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}
