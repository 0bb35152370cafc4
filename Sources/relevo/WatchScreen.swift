import Foundation
import Glibc
import Status
import Texts

/// `relevo status --watch` on a terminal: the page drawn anew in place, with keys; the terminal is left as it was found.
struct WatchScreen {
  /// How often the status is read.
  private static let periodMilliseconds: Int32 = 2_000
  /// Set by the signals that end the program, so that the terminal is put right first.
  nonisolated(unsafe) private static var isEnding: sig_atomic_t = 0

  let source: StatusSource
  var showsDetail: Bool

  private enum Key {
    case quit, detail, hold, refresh
  }

  /// Draws until `q`, Ctrl-C or SIGTERM; the exit code of what was shown last.
  mutating func run() -> Int32 {
    var saved = termios()
    let isRaw = tcgetattr(STDIN_FILENO, &saved) == 0
    if isRaw {
      var raw = saved
      raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
    }
    for number in [SIGTERM, SIGHUP, SIGINT] { signal(number) { _ in WatchScreen.isEnding = 1 } }
    // A window that changes its size interrupts the wait for a key, and the page is drawn to fit.
    signal(SIGWINCH) { _ in }
    // The other screen, without cursor and without wrapping lines.
    Self.put("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
    defer {
      Self.put("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
      if isRaw { tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved) }
    }
    return loop(hasKeys: isRaw)
  }

  private mutating func loop(hasKeys: Bool) -> Int32 {
    var reading = source.read()
    var heldSince: String?
    while Self.isEnding == 0 {
      draw(reading.report, heldSince: heldSince)
      switch wait(hasKeys: hasKeys) {
      case .quit: return reading.report.level().exitCode
      case .detail: showsDetail.toggle()
      case .hold:
        let format = Terminal.format()
        heldSince = heldSince == nil ? format.time(format.nowMilliseconds) : nil
        if heldSince == nil { reading = source.read() }
      case .refresh: if heldSince == nil { reading = source.read() }
      }
    }
    return reading.report.level().exitCode
  }

  private func draw(_ report: StatusReport, heldSince: String?) {
    let format = Terminal.format()
    let rows = Terminal.rows ?? 24
    let options = StatusTextOptions(
      useColour: Terminal.usesColour, width: Terminal.width, isBrief: false, showsDetail: showsDetail)
    var lines = StatusText.render(report, format: format, options: options).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let room = max(3, rows - 2)
    if lines.count > room {
      let left = lines.count - room + 1
      lines = Array(lines.prefix(room - 1))
      lines.append(format.text("status.text.watch_more", ["count": format.number(Int64(left))]))
    }
    let keys =
      heldSince.map { format.text("status.text.watch_held", ["time": $0]) } ?? format.text("status.text.watch_keys")
    // Each line is wiped just before it is written (afterwards its last column would go too), and at the end what is below.
    let body = lines.map { "\u{1B}[K" + $0 + "\r\n" }.joined()
    Self.put("\u{1B}[H" + body + "\u{1B}[J\u{1B}[\(rows);1H" + keys)
  }

  /// Until a key, a signal, or the next reading is due.
  private func wait(hasKeys: Bool) -> Key {
    var entry = pollfd(fd: hasKeys ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, Self.periodMilliseconds) > 0 else { return .refresh }
    var byte: UInt8 = 0
    guard read(STDIN_FILENO, &byte, 1) == 1 else { return .quit }
    switch byte {
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4: return .quit
    case UInt8(ascii: "d"), UInt8(ascii: "D"): return .detail
    case UInt8(ascii: " "), UInt8(ascii: "p"): return .hold
    default: return .refresh
    }
  }

  private static func put(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      // A terminal that is gone ends the program by its signal; there is nobody left to tell.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
