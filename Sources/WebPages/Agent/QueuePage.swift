import Mustache

/// `/queue`: saved views, search and rows. `?q=` holds the query language; fragments: `rows`, `views`.
package struct QueuePage: Page {
  package static let template = "queue"

  /// Name of the view, such as "Mine", or "Search".
  package var heading: String

  /// Such as "42 open · 3 overdue".
  package var summary: String

  /// The query as typed, shown in the search box.
  package var query: String

  /// This view's own address with its query, used to fetch fragments.
  package var path: String

  /// Mine, unassigned, all open, overdue, waiting, resolved recently.
  package var views: [QueueView]

  /// One per site.
  package var siteViews: [QueueView]

  /// At most 50, most urgent first.
  package var rows: [QueueRow]

  /// Set exactly when `rows` is empty.
  package var empty: EmptyState?

  /// Which word of the query was not understood, and what would be.
  package var queryRefusal: String?

  /// One line per site whose news do not arrive, such as "Madrid as of 14:05: the link is cut."
  package var freshness: [String]

  /// Where the list goes on.
  package var pager: Pager

  /// Words of the query language with what they mean, which the search box completes.
  package var completions: [Choice]

  /// What can be done to several rows at once; nil where there are none.
  package var bulk: BulkBar?

  /// Every value the template shows; those with a default may be left out.
  package init(
    heading: String, summary: String, query: String, path: String, views: [QueueView], siteViews: [QueueView],
    rows: [QueueRow], empty: EmptyState? = nil, queryRefusal: String? = nil, freshness: [String] = [],
    pager: Pager = Pager(), completions: [Choice] = [], bulk: BulkBar? = nil
  ) {
    self.heading = heading
    self.summary = summary
    self.query = query
    self.path = path
    self.views = views
    self.siteViews = siteViews
    self.rows = rows
    self.empty = empty
    self.queryRefusal = queryRefusal
    self.freshness = freshness
    self.pager = pager
    self.completions = completions
    self.bulk = bulk
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "heading": heading
    case "summary": summary
    case "query": query
    case "path": path
    case "views": views
    case "siteViews": siteViews
    case "rows": rows
    case "empty": shown(empty)
    case "queryRefusal": shown(queryRefusal)
    case "freshness": freshness
    case "pager": pager
    case "completions": completions
    case "bulk": shown(bulk)
    default: nil
    }
  }
}
