import Texts

/// A moment that programs read as RFC 3339 in UTC (`2026-05-12T14:05:09Z`).
package struct UTCMoment: Sendable, Hashable, Decodable {
  /// Since 1970-01-01T00:00:00Z.
  package let milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// Throws `dataCorrupted` when the text is not an RFC 3339 time.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let milliseconds = RFC3339.milliseconds(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "“\(text)” is not a time like 2026-05-12T14:05:09Z")
    }
    self.milliseconds = milliseconds
  }

  package var text: String { RFC3339.text(milliseconds: milliseconds) }

  /// Whole seconds from this moment to a later one; 0 when that one is not later.
  func seconds(until later: UTCMoment) -> Int64 {
    let (difference, overflow) = later.milliseconds.subtractingReportingOverflow(milliseconds)
    return overflow || difference < 0 ? 0 : difference / 1000
  }
}
