import OperationLog

/// What a policy would have meant for past tickets, before it is switched on: the week is played again under both.
///
/// It compares policies; it does not foretell. Everybody works on one ticket at a time, waits are by the clock on the
/// wall, and what people decided by hand in that week is not in it.
package struct PolicyDryRun: Sendable {
  /// What one policy came to.
  package struct Result: Sendable, Hashable {
    /// Waits from arrival to the first agent, by the site where the ticket was opened.
    package let service: EqualServiceIndex
    package let tickets: Int
    /// Tickets that nobody had begun a week after the last arrival; they are in no other figure.
    package let unserved: Int
    package let meanWaitMilliseconds: Int64
    /// Tickets that an agent of another site took.
    package let handOvers: Int
    /// Custody that moved ahead of pull.
    package let pushes: Int
  }

  package let present: Result
  package let proposed: Result

  /// Plays the world under both policies, with the same chances.
  package init(_ world: ReplayWorld, present: AssignmentPolicy, proposed: AssignmentPolicy) {
    self.present = Self.play(world, present)
    self.proposed = Self.play(world, proposed)
  }

  /// Plays the world under one policy.
  package static func play(_ world: ReplayWorld, _ policy: AssignmentPolicy) -> Result {
    let outcome = AssignmentReplay.run(world, policy: policy)
    var answers: [EntityID: [Int64]] = [:]
    var sum: Int64 = 0
    for (ticket, started) in zip(world.tickets, outcome.startedAt) {
      guard let started else { continue }
      answers[ticket.site, default: []].append(started - ticket.arrivesAt)
      sum += started - ticket.arrivesAt
    }
    let served = answers.values.reduce(0) { $0 + $1.count }
    return Result(
      service: EqualServiceIndex(answers: answers, policy: policy), tickets: world.tickets.count,
      unserved: world.tickets.count - served, meanWaitMilliseconds: served == 0 ? 0 : sum / Int64(served),
      handOvers: outcome.handOvers, pushes: outcome.pushes)
  }
}
