/// ANSI colours (ECMA-48 SGR) around a text that is already padded, so that escapes never count as width.
struct Paint {
  let isOn: Bool

  func level(_ text: String, _ level: StatusLevel) -> String {
    switch level {
    case .ok: coded("32", text)
    case .warning: coded("33", text)
    case .critical: coded("31", text)
    case .unknown: coded("35", text)
    }
  }

  func link(_ text: String, _ link: PeerLink) -> String {
    switch link {
    case .live: coded("32", text)
    case .catchingUp, .connecting, .paused, .down: coded("33", text)
    case .keyRefused: coded("31", text)
    }
  }

  private func coded(_ code: String, _ text: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// How many terminal columns a text takes: combining marks none, East Asian wide characters two (UAX #11).
enum DisplayWidth {
  static func of(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  static func padLeft(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - of(text))) + text
  }

  static func padRight(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - of(text)))
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
