import Mustache

/// What a changed policy would have done with last week's tickets: each site's wait before and after.
package struct DryRunPicture: MustacheParent, Sendable {
  /// One site's two bars.
  package struct Row: MustacheParent, Sendable {
    package var site: SiteChip
    package var before: String
    package var after: String
    /// Lengths in hundredths of the longest bar, 0…100.
    package var beforeLength: Int
    package var afterLength: Int
    package var count: String

    package init(
      site: SiteChip, before: String, after: String, beforeLength: Int, afterLength: Int, count: String
    ) {
      self.site = site
      self.before = before
      self.after = after
      self.beforeLength = min(100, max(0, beforeLength))
      self.afterLength = min(100, max(0, afterLength))
      self.count = count
    }

    package func child(named name: String) -> Any? {
      switch name {
      case "site": site
      case "before": before
      case "after": after
      case "beforeLength": beforeLength
      case "afterLength": afterLength
      case "count": count
      default: nil
      }
    }
  }

  /// One sentence: better, worse, or no difference.
  package var summary: String
  /// What it stands on.
  package var scope: String
  package var rows: [Row]

  package init(summary: String, scope: String, rows: [Row]) {
    self.summary = summary
    self.scope = scope
    self.rows = rows
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "summary": summary
    case "scope": scope
    case "rows": rows
    default: nil
    }
  }
}
