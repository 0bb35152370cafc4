import Mustache

/// One site on the balance page: how it is now, and how its people were served.
package struct BalanceRow: MustacheParent, Sendable {
  package var site: SiteChip
  /// `live`, `slow`, `down` or `unknown`; chooses the shape.
  package var linkCode: String
  /// The link and how old what we know is, such as "cut off · as of 14:05".
  package var link: String
  /// True when the figures are old or incomplete.
  package var isStale: Bool
  package var waiting: String
  /// Such as "oldest 2 h"; nil when none waits.
  package var oldest: String?
  package var onShift: String
  /// Such as "4 of 12 taken"; nil with nobody on shift.
  package var capacity: String?
  /// Such as "25 min"; "?" when nobody is known to come.
  package var expectedWait: String
  package var service: SiteService

  package init(
    site: SiteChip, linkCode: String, link: String, isStale: Bool = false, waiting: String, oldest: String? = nil,
    onShift: String, capacity: String? = nil, expectedWait: String, service: SiteService
  ) {
    self.site = site
    self.linkCode = linkCode
    self.link = link
    self.isStale = isStale
    self.waiting = waiting
    self.oldest = oldest
    self.onShift = onShift
    self.capacity = capacity
    self.expectedWait = expectedWait
    self.service = service
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "site": site
    case "linkCode": linkCode
    case "link": link
    case "isStale": isStale
    case "waiting": waiting
    case "oldest": shown(oldest)
    case "onShift": onShift
    case "capacity": shown(capacity)
    case "expectedWait": expectedWait
    case "service": service
    default: nil
    }
  }
}
