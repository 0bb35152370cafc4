import Mustache

/// A point in time, formatted for the reader; the script refreshes relative wording from `iso`.
package struct Moment: MustacheParent, Sendable {
  /// What is shown, such as "4 min ago", "10:40" or "Tue 12 May".
  package var text: String

  /// Date, time and zone in words, shown on hover.
  package var full: String

  /// RFC 3339 in UTC, for machines and for the script.
  package var iso: String

  /// True when `text` is an age that goes stale, so that the script keeps it fresh.
  package var isRelative: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(text: String, full: String, iso: String, isRelative: Bool = false) {
    self.text = text
    self.full = full
    self.iso = iso
    self.isRelative = isRelative
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "text": text
    case "full": full
    case "iso": iso
    case "isRelative": isRelative
    default: nil
    }
  }
}
