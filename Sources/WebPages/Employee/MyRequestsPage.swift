import Mustache

/// `/requests`: my requests, open ones first. `?show=all` includes closed ones.
package struct MyRequestsPage: Page {
  package static let template = "my_requests"

  /// True when closed requests are listed too.
  package var showsAll: Bool

  /// How many are open.
  package var openCount: Int

  /// How many there are in total.
  package var allCount: Int

  /// At most 50, newest first.
  package var rows: [RequestRow]

  /// Set exactly when `rows` is empty.
  package var empty: EmptyState?

  /// Where the list goes on.
  package var pager: Pager

  /// Every value the template shows; those with a default may be left out.
  package init(
    showsAll: Bool, openCount: Int, allCount: Int, rows: [RequestRow], empty: EmptyState? = nil,
    pager: Pager = Pager()
  ) {
    self.showsAll = showsAll
    self.openCount = openCount
    self.allCount = allCount
    self.rows = rows
    self.empty = empty
    self.pager = pager
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "showsAll": showsAll
    case "openCount": openCount
    case "allCount": allCount
    case "rows": rows
    case "empty": shown(empty)
    case "pager": pager
    default: nil
    }
  }
}
