package import Helpdesk

/// What the rules reckon with; central IT sets it, and each decision records it.
package struct AssignmentPolicy: Hashable, Sendable {
  /// Expected work on one ticket, 1 ms … 24 h; 20 minutes until it is learned (`HandlingTimes`).
  package let handlingMilliseconds: Int64
  /// What handing a ticket to another office costs, 0 … 24 h.
  package let handOverMilliseconds: Int64
  /// Penalty in thousandths of the knowledge's age, 0 … 10,000.
  ///
  /// 1000 is the worst case of a busy office: each agent gets one millisecond of new work in each millisecond.
  package let agePenaltyPerMille: Int64
  /// The rules' weights and limits, each with a sensible default.
  package let limits: AssignmentLimits

  package static let handlingMillisecondsDefault: Int64 = 20 * 60_000
  static let day: Int64 = 24 * 3_600_000

  /// Values outside their range are moved to its nearer end.
  package init(
    handlingMilliseconds: Int64 = Self.handlingMillisecondsDefault, handOverMilliseconds: Int64 = 60_000,
    agePenaltyPerMille: Int64 = 1000, limits: AssignmentLimits = AssignmentLimits()
  ) {
    self.handlingMilliseconds = min(max(1, handlingMilliseconds), Self.day)
    self.handOverMilliseconds = min(max(0, handOverMilliseconds), Self.day)
    self.agePenaltyPerMille = min(max(0, agePenaltyPerMille), 10_000)
    self.limits = limits.clamped
  }

  /// Milliseconds until this agent would begin one more ticket: load relative to capacity, and for another office the
  /// hand-over and a penalty for old knowledge.
  package func expectedWait(_ agent: AgentLoad, at site: SiteKnowledge) -> Int64 {
    let open = Int64(min(max(0, agent.openAssigned), 1_000_000))
    let capacity = Int64(min(max(1, agent.capacity), 1_000_000))
    let load = open * handlingMilliseconds / capacity * limits.workWeightPerMille / 1000
    return site.isHere ? load : load + costOfLeaving(to: site)
  }

  /// Hand-over and the penalty for old knowledge; 0 for a site that is here.
  func costOfLeaving(to site: SiteKnowledge) -> Int64 {
    site.isHere ? 0 : handOverMilliseconds + agePenalty(at: site)
  }

  func agePenalty(at site: SiteKnowledge) -> Int64 {
    min(site.ageMilliseconds, 1 << 40) * agePenaltyPerMille / 1000
  }

  /// How long an assigned ticket may stay unaccepted before it is offered again, milliseconds.
  package func acceptanceMilliseconds(_ priority: Priority) -> Int64 {
    let minutes =
      switch priority {
      case .critical: limits.acceptanceMinutesCritical
      case .high: limits.acceptanceMinutesHigh
      case .normal: limits.acceptanceMinutesNormal
      case .low: limits.acceptanceMinutesLow
      }
    return minutes * 60_000
  }

  /// True when moving away from `here` is worth it: the gain passes the hysteresis and the hand-over cost.
  package func isWorthMoving(from here: Int64, to there: Int64) -> Bool {
    let (gain, overflow) = here.subtractingReportingOverflow(there)
    guard !overflow, gain > handOverMilliseconds else { return false }
    // Compared without a product of the two, which could overflow.
    return gain > here / 1000 * limits.hysteresisPerMille + here % 1000 * limits.hysteresisPerMille / 1000
  }
}
