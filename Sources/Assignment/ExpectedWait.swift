/// How long a ticket would wait at a site, by its causes; it sets the promise to the requester, the moves between
/// offices and the figures that central IT sees.
package struct ExpectedWait: Hashable, Sendable {
  /// Work ahead of it, shared by the agents on shift over the horizon; milliseconds, as are the others.
  package let work: Int64
  /// Until somebody is on shift.
  package let absence: Int64
  /// Lost by handing it over; 0 where it is.
  package let handOver: Int64
  /// Penalty that grows with the age of what is known; 0 here.
  package let age: Int64

  package var milliseconds: Int64 { work + absence + handOver + age }

  /// The wait without what a move costs: what the ticket meets once it is there.
  package var inPlace: Int64 { work + absence }

  /// Nil when nobody there could take it, nobody is known to come, or the figures are absurd.
  ///
  /// With somebody free the work ahead is already in other hands and delays nothing.
  package init?(at outlook: SiteOutlook, policy: AssignmentPolicy, now: Int64) {
    guard outlook.isPlausible, outlook.eligibleAgents > 0, let start = outlook.onShiftAt else { return nil }
    work = Self.work(at: outlook, policy)
    absence = Self.absence(until: start, policy, now)
    handOver = outlook.site.isHere ? 0 : policy.handOverMilliseconds
    age = outlook.site.isHere ? 0 : policy.agePenalty(at: outlook.site)
  }

  /// `inPlace` where it is below the bound, otherwise nil; most of many sites are told by a product instead of a division.
  static func inPlace(at outlook: SiteOutlook, policy: AssignmentPolicy, now: Int64, below bound: Int64) -> Int64? {
    guard outlook.isPlausible, outlook.eligibleAgents > 0, let start = outlook.onShiftAt else { return nil }
    let absence = absence(until: start, policy, now)
    guard absence < bound else { return nil }
    if outlook.freeAgents > 0 { return absence }
    if policy.limits.workWeightPerMille == 1000 {
      let (least, overflow) = (bound - absence).multipliedReportingOverflow(by: capacity(outlook))
      guard overflow || ahead(outlook) < least else { return nil }
    }
    let wait = work(at: outlook, policy) + absence
    return wait < bound ? wait : nil
  }

  private static func work(at outlook: SiteOutlook, _ policy: AssignmentPolicy) -> Int64 {
    if outlook.freeAgents > 0 { return 0 }
    return weighted(ahead(outlook) / capacity(outlook), policy.limits.workWeightPerMille)
  }

  /// Work ahead in thousandths of a millisecond, of plausible figures at most 2⁵⁷.
  private static func ahead(_ outlook: SiteOutlook) -> Int64 {
    Int64(outlook.ticketsAhead) * min(max(1, outlook.handlingMilliseconds), AssignmentPolicy.day) * 1000
  }

  /// At least a hundredth of an agent, so that a sliver of a shift gives a long wait and no endless one.
  private static func capacity(_ outlook: SiteOutlook) -> Int64 { max(10, outlook.capacityPerMille) }

  private static func absence(until start: Int64, _ policy: AssignmentPolicy, _ now: Int64) -> Int64 {
    let (distance, overflow) = start.subtractingReportingOverflow(now)
    let away = overflow ? (start > now ? Int64.max : 0) : max(0, distance)
    return weighted(min(away, 1 << 44), policy.limits.absenceWeightPerMille)
  }

  /// So many thousandths of a value below 2⁵³, without a product that could overflow.
  private static func weighted(_ value: Int64, _ perMille: Int64) -> Int64 {
    perMille == 1000 ? value : value / 1000 * perMille + value % 1000 * perMille / 1000
  }
}
