package import Helpdesk
package import OperationLog

/// A ticket that nobody has yet, as far as assignment needs to know it.
package struct WaitingTicket: Hashable, Sendable {
  package var id: EntityID
  /// The displayed number, e.g. `MAD-1042`.
  package var number: String
  package var priority: Priority
  /// Milliseconds UTC.
  package var createdAt: Int64
  /// The stream that alone may assign it by itself.
  package var custodianStream: StreamID
  /// The site of that stream.
  package var custodianSite: EntityID
  package var category: EntityID?
  package var queue: EntityID?
  /// The office it concerns.
  package var site: EntityID

  package init(
    id: EntityID, number: String, priority: Priority, createdAt: Int64, custodianStream: StreamID,
    custodianSite: EntityID, category: EntityID? = nil, queue: EntityID? = nil, site: EntityID
  ) {
    self.id = id
    self.number = number
    self.priority = priority
    self.createdAt = createdAt
    self.custodianStream = custodianStream
    self.custodianSite = custodianSite
    self.category = category
    self.queue = queue
    self.site = site
  }

  /// How much of its own response target it has waited, in thousandths: 1000 means the target is reached now.
  ///
  /// A ticket from the future (a clock ahead) has waited 0.
  package func overdueRatio(now: Int64) -> Int64 {
    let (difference, overflow) = now.subtractingReportingOverflow(createdAt)
    let waited = overflow ? (now > createdAt ? Int64.max : 0) : max(0, difference)
    return min(waited, .max / 1000) * 1000 / max(1, priority.responseTargetMinutes * 60_000)
  }
}
