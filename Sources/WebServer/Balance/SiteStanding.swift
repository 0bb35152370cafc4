package import OperationLog

/// How one site is now, as far as this node knows, and how fresh that knowledge is.
package struct SiteStanding: Hashable, Sendable {
  /// The link to the node that serves the site.
  package enum Link: String, Hashable, Sendable {
    case here
    case live
    /// Catching up: reachable, but not everything has arrived.
    case slow
    case down
    /// No direct link: what is known came by way of others.
    case distant
    case unknown
  }

  package var site: EntityID
  /// Tickets of the people there that nobody has; with those somebody has in `open`.
  package var waiting: Int
  package var open: Int
  /// Since when the oldest waits, milliseconds UTC; nil when none does.
  package var oldestWaitingAt: Int64?
  /// Agents who take work now.
  package var onShift: Int
  /// Tickets these agents may have at once.
  package var capacity: Int
  /// Tickets these agents have.
  package var assigned: Int
  /// How long a ticket that arrives now waits for a person; nil when nobody is on shift anywhere.
  package var expectedWaitSeconds: Int64?
  package var link: Link
  /// When the site's data was last known to be complete here, milliseconds UTC; nil when it never was.
  package var currentAt: Int64?

  package init(
    site: EntityID, waiting: Int = 0, open: Int = 0, oldestWaitingAt: Int64? = nil, onShift: Int = 0,
    capacity: Int = 0, assigned: Int = 0, expectedWaitSeconds: Int64? = nil, link: Link = .unknown,
    currentAt: Int64? = nil
  ) {
    self.site = site
    self.waiting = waiting
    self.open = open
    self.oldestWaitingAt = oldestWaitingAt
    self.onShift = onShift
    self.capacity = capacity
    self.assigned = assigned
    self.expectedWaitSeconds = expectedWaitSeconds
    self.link = link
    self.currentAt = currentAt
  }
}
