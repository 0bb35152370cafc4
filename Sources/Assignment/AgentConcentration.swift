package import OperationLog

/// How much requesters come to depend on one agent each, which the tie-break for the usual agent could bring about.
package struct AgentConcentration: Hashable, Sendable {
  /// Requesters with fewer tickets say nothing.
  package static let ticketsMin = 3

  private var counts: [EntityID: [EntityID: Int]] = [:]

  package init() {}

  /// Takes in one ticket of a requester that an agent answered.
  package mutating func note(requester: EntityID, agent: EntityID) {
    counts[requester, default: [:]][agent, default: 0] += 1
  }

  /// The agent who answered this requester most often, of equals the first by identifier; nil for a new requester.
  package func usualAgent(of requester: EntityID) -> EntityID? {
    counts[requester]?.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }

  /// Requesters with enough tickets to count.
  package var requesters: Int { counts.values.count { $0.values.reduce(0, +) >= Self.ticketsMin } }

  /// Of these requesters' tickets the share that went to each one's most frequent agent, thousandths; 0 without any.
  package var topSharePerMille: Int64 {
    var all = 0
    var top = 0
    for agents in counts.values {
      let sum = agents.values.reduce(0, +)
      guard sum >= Self.ticketsMin else { continue }
      all += sum
      top += agents.values.max() ?? 0
    }
    return all == 0 ? 0 : Int64(top * 1000 / all)
  }
}
