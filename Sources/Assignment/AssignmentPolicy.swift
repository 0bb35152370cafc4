/// What the rules reckon with; central IT sets it, and each decision records it.
package struct AssignmentPolicy: Hashable, Sendable {
  /// Expected work on one ticket, 1 ms … 24 h; 20 minutes until it is learned (`HandlingTimeEstimate`).
  package let handlingMilliseconds: Int64
  /// What handing a ticket to another office costs, 0 … 24 h.
  package let handOverMilliseconds: Int64
  /// Penalty in thousandths of the knowledge's age, 0 … 10,000.
  ///
  /// 1000 is the worst case of a busy office: each agent gets one millisecond of new work in each millisecond.
  package let agePenaltyPerMille: Int64

  package static let handlingMillisecondsDefault: Int64 = 20 * 60_000
  private static let day: Int64 = 24 * 3_600_000

  /// Values outside their range are moved to its nearer end.
  package init(
    handlingMilliseconds: Int64 = Self.handlingMillisecondsDefault, handOverMilliseconds: Int64 = 60_000,
    agePenaltyPerMille: Int64 = 1000
  ) {
    self.handlingMilliseconds = min(max(1, handlingMilliseconds), Self.day)
    self.handOverMilliseconds = min(max(0, handOverMilliseconds), Self.day)
    self.agePenaltyPerMille = min(max(0, agePenaltyPerMille), 10_000)
  }

  /// Milliseconds until this agent would begin one more ticket: load relative to capacity, and for another office the
  /// hand-over and a penalty for old knowledge.
  package func expectedWait(_ agent: AgentLoad, at site: SiteKnowledge) -> Int64 {
    let open = Int64(min(max(0, agent.openAssigned), 1_000_000))
    let capacity = Int64(min(max(1, agent.capacity), 1_000_000))
    let load = open * handlingMilliseconds / capacity
    if site.isHere { return load }
    return load + handOverMilliseconds + min(site.ageMilliseconds, 1 << 40) * agePenaltyPerMille / 1000
  }
}
