package import OperationLog

/// Who wants to take over a ticket whose custodian cannot be reached.
package enum TakeOverClaimant: String, CaseIterable, Hashable, Sendable {
  /// A person decided it.
  case person
  /// The central site by itself.
  case centralSite = "central_site"
  /// Another site by itself.
  case branch
}

/// Why a ticket is not taken over; raw values are keys of texts and never change meaning.
package enum TakeOverRefusal: String, CaseIterable, Hashable, Sendable {
  /// The custodian decides: its link is up.
  case reachable
  /// Only the central site takes over by itself.
  case notCentral = "not_central"
  /// The policy forbids it.
  case byPolicy = "by_policy"
  /// A person has worked on it.
  case started
  /// As far as is known somebody is on shift there in time.
  case servedThere = "served_there"
  /// It has moved by itself as often as it may.
  case hopLimit = "hop_limit"
}

extension Assigner {
  /// Nil when the ticket may be taken over; then `onArrival` with the rule `takeOver` gives it to somebody.
  ///
  /// A person always may while the custodian is unreachable. A central site does it by itself only where, as last known,
  /// nobody is on shift at the cut-off custodian within the ticket's target.
  package func takeOverRefusal(
    of ticket: WaitingTicket, isStarted: Bool, custodian: SiteOutlook, by claimant: TakeOverClaimant, now: Int64
  ) -> TakeOverRefusal? {
    if custodian.site.isReachable { return .reachable }
    if claimant == .person { return nil }
    guard claimant == .centralSite else { return .notCentral }
    guard policy.limits.takesOverCutOffWork else { return .byPolicy }
    if isStarted { return .started }
    if ticket.hops >= policy.limits.hopsMax { return .hopLimit }
    let isServed = custodian.eligibleAgents > 0 && (custodian.onShiftAt ?? .max) <= max(ticket.targetAt, now)
    return isServed ? .servedThere : nil
  }
}

/// One of several claims to a ticket, ordered by who keeps it: work that has started, then a person's, then an
/// automatic one; then the earlier clock, then the stream.
package struct WorkClaim: Comparable, Hashable, Sendable {
  package var isStarted: Bool
  package var isByPerson: Bool
  /// Milliseconds UTC of the claim's clock.
  package var at: Int64
  package var stream: StreamID

  package init(isStarted: Bool, isByPerson: Bool, at: Int64, stream: StreamID) {
    self.isStarted = isStarted
    self.isByPerson = isByPerson
    self.at = at
    self.stream = stream
  }

  /// The lesser claim keeps the ticket.
  package static func < (left: WorkClaim, right: WorkClaim) -> Bool {
    if left.isStarted != right.isStarted { return left.isStarted }
    if left.isByPerson != right.isByPerson { return left.isByPerson }
    return (left.at, left.stream) < (right.at, right.stream)
  }
}
