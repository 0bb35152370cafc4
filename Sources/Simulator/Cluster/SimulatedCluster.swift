import GRDB
package import Helpdesk
import OpenSSLCrypto
package import OperationLog
import Replication
package import Store

/// A cluster of offices in virtual time: real stores and engines over simulated disks, wires and clocks.
///
/// Confined to one thread: nothing but its seed and the calls made decides what happens.
package final class SimulatedCluster: @unchecked Sendable {
  /// Kinds that an old program does not know.
  static let newerKinds: Set<UInt16> = [OperationKind.escalated.rawValue, OperationKind.conflictResolved.rawValue]

  package let shape: ClusterShape
  package let secrets: ClusterSecrets
  package let trace: Trace
  package private(set) var nodes: [SimulatedNode] = []
  let time = VirtualTime()
  let network: SimulatedNetwork
  let verifier = RememberingVerifier()
  /// Milliseconds all wall clocks moved ahead while nothing ran, for absences of weeks.
  package var lateness: Int64 = 0
  private var dice: Dice

  /// Hear of what nodes do.
  var onCommitted: ((SimulatedNode, CommittedChange) -> Void)?
  var onStarted: ((SimulatedNode, [SignedHead]) -> Void)?
  var onLostPower: ((SimulatedNode) -> Void)?
  /// True ends whatever waits in virtual time.
  var mustStop: (() -> Bool)?

  /// The nodes, each with an empty disk; nothing runs yet.
  package init(_ shape: ClusterShape) {
    precondition(shape.nodeCount > 0)
    self.shape = shape
    secrets = ClusterSecrets(seed: shape.seed)
    trace = Trace(linesMax: shape.traceLinesMax)
    dice = Dice(seed: shape.seed, "cluster")
    network = SimulatedNetwork(time, trace, seed: shape.seed)
    network.tracesFrames = shape.tracesFrames
    for number in 0..<shape.nodeCount {
      let node = SimulatedNode(number, in: self)
      nodes.append(node)
      precondition(network.add(node) == number)
    }
  }

  // MARK: Membership

  /// Founds the cluster at the first node, admits the others and starts all; people: eva (employee), ana and luc (agents),
  /// leo (lead), ada (admin). Throws what stores throw.
  package func found() throws {
    let first = nodes[0]
    try first.start()
    try perform(.foundCluster(name: "Example"), at: first)
    for node in nodes {
      try perform(.defineSite(SiteDefinition(code: node.code, name: node.code, node: node.name)), at: first)
      try perform(.admitNode(node.admitted), at: first)
    }
    for (number, (name, role)) in Self.people.enumerated() {
      let site = nodes[number % nodes.count].site
      let definition = PersonDefinition(
        email: "\(name)@example.org", name: name, role: role, site: site, capacity: 5)
      try perform(.definePerson(definition), at: first)
    }
    for key in Self.categories { try perform(.defineCategory(key: key, english: key, spanish: key), at: first) }
    try perform(.defineQueue(name: "Network", level: 2), at: first)
    // A large cluster would be busy with nothing but its directory for long: its nodes begin with a copy of it.
    let image = nodes.count > ClusterShape.smallMax ? try imageForJoining(at: first) : nil
    for node in nodes.dropFirst() {
      if let image { node.disk.restore(image) }
      // A node that joins is told of those admitted before it; of the rest it hears by the directory.
      try node.start(bootstrap: image == nil ? nodes.prefix(node.number).map(\.admitted) : [])
    }
  }

  /// A disk with all that the first node holds and nothing that is its own, so that the node that is given it begins a stream of
  /// its own and counts its own tickets.
  private func imageForJoining(at first: SimulatedNode) throws -> DiskImage {
    let disk = SimulatedDisk(name: "joining", seed: shape.seed)
    disk.restore(first.disk.snapshot())
    let database = try DatabaseQueue(path: disk.directory + "/relevo.sqlite")
    for table in ["request", "held_run", "bootstrap_node", "invitation", "web_session", "local_setting"] {
      try database.write { db in try db.execute(sql: "DELETE FROM \(table)") }
    }
    try database.write { db in try db.execute(sql: "UPDATE progress SET ticket_count = 0") }
    try database.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
    try database.close()
    return disk.snapshot()
  }

  static let people: [(String, Role)] = [
    ("eva", .employee), ("ana", .agent), ("luc", .agent), ("leo", .lead), ("ada", .admin),
  ]
  static let categories = ["vpn", "printer"]

  package static func person(_ name: String) -> EntityID { SHA256Hashing().person(email: "\(name)@example.org") }

  /// Carries out a command by the console of a node at once, without letting time pass. Throws `CommandRefusal` or `StoreFailure`.
  @discardableResult
  package func perform(_ body: CommandBody, at node: SimulatedNode) throws -> CommandOutcome {
    try perform(Command(actor: .console, idempotencyKey: "setup \(setups(body))", body: body), at: node)
  }

  private var setupCount = 0

  private func setups(_ body: CommandBody) -> Int {
    setupCount += 1
    return setupCount
  }

  /// As above, with a command of anybody.
  @discardableResult
  package func perform(_ command: Command, at node: SimulatedNode) throws -> CommandOutcome {
    guard let store = node.store else { throw CommandRefusal.busy }
    let box = OutcomeBox()
    store.execute(command) { box.result = $0 }
    while box.result == nil, store.waitingWrites > 0 { _ = store.commitGroup() }
    guard let result = box.result else { throw CommandRefusal.busy }
    return try result.get()
  }

  /// Copies a node's disk as it is now to another machine; the copy is not started.
  func addCopy(of node: SimulatedNode) -> SimulatedNode {
    let copy = SimulatedNode(nodes.count, in: self, copyOf: node.number)
    copy.disk.restore(node.disk.snapshot())
    copy.witness.copy(node.witness)
    copy.clockOffset = node.clockOffset
    // The disk remembers every clock that the machine it comes from has shown.
    copy.wallMax = node.wallMax
    nodes.append(copy)
    precondition(network.add(copy) == copy.number)
    return copy
  }

  func neighbours(of number: Int) -> [Neighbour] {
    shape.topology.neighbours(of: number, count: shape.nodeCount).map { other in
      Neighbour(node: nodes[other].name, site: nodes[other].code, isDialed: true)
    }
  }

  // MARK: What nodes tell

  func started(_ node: SimulatedNode, _ heads: [SignedHead]) { onStarted?(node, heads) }
  func committed(_ node: SimulatedNode, _ change: CommittedChange) { onCommitted?(node, change) }
  func lostPower(_ node: SimulatedNode) { onLostPower?(node) }

  // MARK: Time

  /// Milliseconds since the simulation began.
  package var now: Int64 { time.now }

  /// Lets so many milliseconds pass.
  package func run(milliseconds: Int64) {
    let end = time.now + milliseconds
    while time.step(until: end) {
      if mustStop?() == true { return }
    }
  }

  /// Lets time pass until the condition holds, looking every so many milliseconds; false when it does not within the limit.
  package func run(atMost limit: Int64, lookingEvery pause: Int64 = 100, until condition: () -> Bool) -> Bool {
    let end = time.now + limit
    while true {
      if condition() { return true }
      if mustStop?() == true || time.now >= end { return false }
      run(milliseconds: min(pause, end - time.now))
    }
  }

  /// Ends every process and lets go of everything, because those who listen and the cluster hold each other.
  package func end() {
    for node in nodes { node.end(.kill) }
    // What desks had begun runs to its end, because a task that is never gone on with is never freed.
    if shape.hasDesks { run(milliseconds: 0) }
    time.clear()
    network.forger = nil
    (onCommitted, onStarted, onLostPower, mustStop) = (nil, nil, nil, nil)
  }

  /// True when all nodes (but copies that were stopped for good) run and hold the same operations in the same state.
  package var isConverged: Bool {
    guard let first = nodes.first else { return true }
    return nodes.allSatisfy { node in
      node.isRetired
        || node.isUp && node.vectorKey == first.vectorKey && node.vector == first.vector && node.digest == first.digest
    }
  }
}

/// Where an answer arrives.
///
/// Confined to the thread of its simulation.
final class OutcomeBox: @unchecked Sendable {
  var result: Result<CommandOutcome, any Error>?
}
