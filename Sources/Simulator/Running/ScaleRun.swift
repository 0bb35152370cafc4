import Helpdesk
import OperationLog
import Store

/// A large cluster that was cut into single nodes for weeks and heals: how long, how many frames and bytes.
package struct ScaleRun: Sendable {
  package var seed: UInt64 = 1
  package var nodeCount = 1_000
  package var operations = 2_000
  package var absenceDays = 30
  package var topology = Topology.hub
  /// Virtual time within which all must be equal.
  package var healingMillisecondsMax: Int64 = 3_600_000

  package init() {}

  package struct Result: Sendable {
    package var isHealed = false
    package var operations = 0
    package var streams = 0
    package var setUp = NetworkCounters()
    package var healing = NetworkCounters()
    package var healingMilliseconds: Int64 = 0
    package var virtualMilliseconds: Int64 = 0
    package var events: UInt64 = 0
    package var traceHash: UInt64 = 0
  }

  /// `told` hears a line about each stage. Throws what stores throw.
  package func run(told: (String) -> Void) throws -> Result {
    var shape = ClusterShape(seed: seed, nodeCount: nodeCount, topology: topology)
    shape.idleMillisecondsMax = 6 * 3_600_000
    shape.directoryDelay = 2_000
    // Busy disks, so that many operations share a commit, as they would on one machine.
    shape.commitDelay = 200...800
    let cluster = SimulatedCluster(shape)
    var result = Result()
    try cluster.found()
    told("founded: \(nodeCount) nodes")
    guard cluster.run(atMost: healingMillisecondsMax, lookingEvery: 1_000, until: { cluster.isConverged }) else {
      told("the nodes did not find together at the start")
      return result
    }
    result.setUp = cluster.network.counters
    told("together after \(cluster.now / 1000) s of virtual time, \(result.setUp.frames) frames")
    try beApart(cluster)
    told("apart for \(absenceDays) days, \(operations) operations written")
    let before = cluster.network.counters
    let healedAt = cluster.now
    setCut(false, cluster)
    result.isHealed = cluster.run(atMost: healingMillisecondsMax, lookingEvery: 1_000, until: { cluster.isConverged })
    let after = cluster.network.counters
    result.healing.frames = after.frames - before.frames
    result.healing.bytes = after.bytes - before.bytes
    result.healing.connections = after.connections - before.connections
    result.healingMilliseconds = cluster.now - healedAt
    result.virtualMilliseconds = cluster.now
    result.events = cluster.time.eventCount
    result.traceHash = cluster.trace.hash
    result.operations = Int(clamping: cluster.nodes[0].vector.sorted.reduce(UInt64(0)) { $0 &+ $1.sequence })
    result.streams = cluster.nodes[0].vector.streamCount
    cluster.end()
    return result
  }

  private func setCut(_ isCut: Bool, _ cluster: SimulatedCluster) {
    for node in cluster.nodes {
      for other in topology.neighbours(of: node.number, count: nodeCount) {
        cluster.network.setCut(isCut, from: node.number, to: other)
      }
    }
  }

  /// Everybody works alone: tickets are opened, answered and edited at random nodes.
  private func beApart(_ cluster: SimulatedCluster) throws {
    setCut(true, cluster)
    cluster.run(milliseconds: 60_000)
    var dice = Dice(seed: seed, "scale")
    let pause = Int64(absenceDays) * 24 * 3_600_000 / Int64(max(1, operations))
    var tickets: [Int: EntityID] = [:]
    for number in 0..<operations {
      let node = Int.random(in: cluster.nodes.indices, using: &dice)
      let actor = Actor.person(SimulatedCluster.person("ana"))
      let body: CommandBody
      if let ticket = tickets[node], !dice.isOne(in: 2) {
        body = .reply(ticket, body: "An answer of operation \(number).", isInternal: dice.isOne(in: 2))
      } else {
        body = .openTicket(OpenTicket(subject: "Ticket \(number)", description: "Something does not work."))
      }
      let outcome = try cluster.perform(Command(actor: actor, body: body), at: cluster.nodes[node])
      tickets[node] = outcome.entity
      cluster.run(milliseconds: pause)
    }
  }
}
