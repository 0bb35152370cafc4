/// Durations as a terminal column shows them, the same in every language: `45s`, `18m`, `12d 4h`.
package enum CompactDuration {
  /// `45s`, `18m`, `2h 5m`, `12d 4h`: for sentences. Negative counts as none.
  package static func coarse(seconds: Int64) -> String {
    let total = max(0, seconds)
    switch total {
    case ..<60: return "\(total)s"
    case ..<3600: return "\(total / 60)m"
    case ..<86_400: return joined(total / 3600, "h", total % 3600 / 60, "m")
    default: return joined(total / 86_400, "d", total % 86_400 / 3600, "h")
    }
  }

  /// `45s`, `18m02s`, `2h05m`, `12d04h`: for columns, without a space inside.
  package static func fine(seconds: Int64) -> String {
    let total = max(0, seconds)
    switch total {
    case ..<60: return "\(total)s"
    case ..<3600: return "\(total / 60)m\(twoDigits(total % 60))s"
    case ..<86_400: return "\(total / 3600)h\(twoDigits(total % 3600 / 60))m"
    default: return "\(total / 86_400)d\(twoDigits(total % 86_400 / 3600))h"
    }
  }

  private static func joined(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
    small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit) \(small)\(smallUnit)"
  }

  private static func twoDigits(_ value: Int64) -> String {
    value < 10 ? "0\(value)" : String(value)
  }
}
