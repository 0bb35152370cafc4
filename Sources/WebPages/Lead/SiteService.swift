import Mustache

/// One site's service as both pages show it: figures, picture, trend, judgement in words.
package struct SiteService: MustacheParent, Sendable {
  /// Nil for remote staff.
  package var site: SiteChip?
  /// The site's name, or "Remote staff".
  package var name: String
  /// `even`, `slower`, `faster`, `too_few` or `unmeasured`.
  package var code: String
  /// The judgement in words, such as "waits 3 times as long".
  package var verdict: String
  /// "1.32", "?" while nothing was measured.
  package var median: String
  package var p90: String
  /// Waits behind the two, such as "18 min"; "?" while nothing was measured.
  package var medianWait: String
  package var p90Wait: String
  /// How many tickets they stand on.
  package var count: String
  /// How many still wait.
  package var waiting: String
  package var plot: IndexPlot
  package var trend: Sparkline?
  /// Such as "standard hours" where nobody has set a calendar.
  package var calendarNote: String?
  /// How current its data is, such as "as of 14:05".
  package var freshness: String?
  /// What the site's wait was in the period it is compared with, such as "2 h → 18 min".
  package var change: String?
  /// The figures of the period it is compared with; nil without a comparison.
  package var earlier: EarlierService?

  package init(
    site: SiteChip?, name: String, code: String, verdict: String, median: String, p90: String, medianWait: String,
    p90Wait: String, count: String, waiting: String, plot: IndexPlot, trend: Sparkline? = nil,
    calendarNote: String? = nil, freshness: String? = nil, change: String? = nil, earlier: EarlierService? = nil
  ) {
    self.site = site
    self.name = name
    self.code = code
    self.verdict = verdict
    self.median = median
    self.p90 = p90
    self.medianWait = medianWait
    self.p90Wait = p90Wait
    self.count = count
    self.waiting = waiting
    self.plot = plot
    self.trend = trend
    self.calendarNote = calendarNote
    self.freshness = freshness
    self.change = change
    self.earlier = earlier
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": shown(site)
    case "name": self.name
    case "code": code
    case "isMeasured": code != "unmeasured"
    case "verdict": verdict
    case "median": median
    case "p90": p90
    case "medianWait": medianWait
    case "p90Wait": p90Wait
    case "count": count
    case "waiting": waiting
    case "plot": plot
    case "trend": shown(trend)
    case "calendarNote": shown(calendarNote)
    case "freshness": shown(freshness)
    case "change": shown(change)
    case "earlier": shown(earlier)
    default: nil
    }
  }
}

/// What a site's service was in the period it is compared with; "?" for what was not measured then.
package struct EarlierService: MustacheParent, Sendable {
  package var medianWait: String
  package var p90Wait: String
  package var count: String

  package init(medianWait: String, p90Wait: String, count: String) {
    self.medianWait = medianWait
    self.p90Wait = p90Wait
    self.count = count
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "medianWait": medianWait
    case "p90Wait": p90Wait
    case "count": count
    default: nil
    }
  }
}
