/// How bad it is, in the four words of monitoring systems; the raw value is the one in JSON.
package enum StatusLevel: String, Sendable, CaseIterable, Codable, Hashable {
  case ok
  case warning
  case critical
  case unknown

  /// The exit code of `relevo status` in every format: 0, 1, 2 or 3.
  package var exitCode: Int32 {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }

  /// The word monitoring systems look for: `OK`, `WARNING`, `CRITICAL`, `UNKNOWN`.
  package var word: String { rawValue.uppercased() }

  /// A shape that says the same as the word and the colour, for readers who do not see the colour.
  package var symbol: String {
    switch self {
    case .ok: "●"
    case .warning: "▲"
    case .critical: "■"
    case .unknown: "?"
    }
  }

  /// Rank for sorting worst first. Unknown is the worst: when the node does not run or answer, everything else in the
  /// report is old, so neither "critical" nor "ok" may be the verdict.
  var severity: Int {
    switch self {
    case .unknown: 3
    case .critical: 2
    case .warning: 1
    case .ok: 0
    }
  }
}
