import Foundation
import Glibc
import Texts

/// What the terminal can show, and how its reader reads.
enum Terminal {
  /// True when standard output is a terminal, not a file or a pipe.
  static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Colour only on a terminal that has it, and never against the reader's wish (no-color.org).
  static var usesColour: Bool {
    let environment = ProcessInfo.processInfo.environment
    guard environment["NO_COLOR"]?.isEmpty ?? true, environment["TERM"] != "dumb" else { return false }
    return isInteractive
  }

  /// Columns; nil where nothing has to fit.
  static var width: Int? {
    guard isInteractive else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Lines; nil where nothing has to fit.
  static var rows: Int? {
    guard isInteractive else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
    return Int(size.ws_row)
  }

  /// The language of the locale, English when it is none of ours.
  static var language: Language {
    let environment = ProcessInfo.processInfo.environment
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
      guard let tag = environment[name], !tag.isEmpty else { continue }
      return Language(tag: tag) ?? .english
    }
    return .english
  }

  /// Milliseconds UTC.
  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// Times of this machine's zone; `language` nil means the locale's.
  static func format(_ language: Language? = nil) -> ReaderFormat {
    let zone = ReaderZone { milliseconds in
      TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }
    return ReaderFormat(language: language ?? Self.language, zone: zone, nowMilliseconds: now)
  }

  /// A moment of the API as people read it; the text itself when it is none.
  static func moment(_ text: String?, _ format: ReaderFormat) -> String {
    guard let text else { return "-" }
    return RFC3339.milliseconds(text).map(format.moment) ?? text
  }
}
