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
  /// The requester's language as a code such as `es`; nil suits everybody.
  package var language: String?
  /// The agent who usually helps this requester: a tie-break, nothing more.
  package var usualAgent: EntityID?
  /// How often it has moved by itself.
  package var hops: Int
  /// Agents who declined it or let it lie lately; it is not offered to them again.
  package var declinedBy: [EntityID]
  /// For a ticket that lies assigned but untouched: its expected wait there, milliseconds (`Assigner.rebalance`).
  package var heldMilliseconds: Int64?

  package init(
    id: EntityID, number: String, priority: Priority, createdAt: Int64, custodianStream: StreamID,
    custodianSite: EntityID, category: EntityID? = nil, queue: EntityID? = nil, site: EntityID,
    language: String? = nil, usualAgent: EntityID? = nil, hops: Int = 0, declinedBy: [EntityID] = [],
    heldMilliseconds: Int64? = nil
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
    self.language = language
    self.usualAgent = usualAgent
    self.hops = hops
    self.declinedBy = declinedBy
    self.heldMilliseconds = heldMilliseconds
  }

  /// How much of its own response target it has waited, in thousandths: 1000 means the target is reached now.
  ///
  /// A ticket from the future (a clock ahead) has waited 0.
  package func overdueRatio(now: Int64) -> Int64 {
    let (difference, overflow) = now.subtractingReportingOverflow(createdAt)
    let waited = overflow ? (now > createdAt ? Int64.max : 0) : max(0, difference)
    return min(waited, .max / 1000) * 1000 / max(1, priority.responseTargetMinutes * 60_000)
  }

  /// When a person should have answered, milliseconds UTC.
  package var targetAt: Int64 {
    let (moment, overflow) = createdAt.addingReportingOverflow(priority.responseTargetMinutes * 60_000)
    return overflow ? .max : moment
  }
}
