import Mustache

/// What can be done to several tickets of the queue at once.
///
/// Posts to `/queue/bulk`: `ticket` once for each (`QueueRow.pick`), `act` (`take`, `assign`, `status`, `tag`) with
/// `assignee`, `status` and `waiting_reason`, or `tag`; `q` leads back to the same list.
package struct BulkBar: MustacheParent, Sendable {
  /// Fresh idempotency key; each ticket's command adds its own ending.
  package var key: String

  /// Agents; the first, with an empty value, means nobody.
  package var assignees: [Choice]

  /// `open`, `waiting`, `resolved`, `closed`.
  package var statuses: [Choice]

  /// Why a ticket waits, in plain words.
  package var waitingReasons: [Choice]

  /// Every value the template shows.
  package init(key: String, assignees: [Choice], statuses: [Choice], waitingReasons: [Choice]) {
    self.key = key
    self.assignees = assignees
    self.statuses = statuses
    self.waitingReasons = waitingReasons
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "key": key
    case "assignees": assignees
    case "statuses": statuses
    case "waitingReasons": waitingReasons
    default: nil
    }
  }
}
