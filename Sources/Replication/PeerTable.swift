import OperationLog

/// The sessions by node, and which of them were changed since that was asked last, so that an event costs as much as the
/// peers it concerns and not as all there are.
struct PeerTable: Sendable {
  private var sessions: [NodeID: PeerSession] = [:]
  private var touched: Set<NodeID> = []
  /// When each wants to be looked at again although nothing happens, monotonic milliseconds.
  private var wakeups: [NodeID: Int64] = [:]
  /// The earliest of them.
  private(set) var due: Int64?

  subscript(node: NodeID) -> PeerSession? {
    get { sessions[node] }
    _modify {
      touched.insert(node)
      yield &sessions[node]
    }
  }

  /// How many operations each is known to hold durably.
  var heldCounts: [NodeID: UInt64] {
    sessions.mapValues { peer in peer.holds.sorted.reduce(UInt64(0)) { $0 &+ $1.sequence } }
  }

  /// The sessions that were changed since `planWakeups`, in order, and those that wanted to be looked at by now.
  func concerned(now: Int64) -> [NodeID] {
    guard let due, due <= now else { return touched.sorted() }
    return touched.union(overdue(now: now)).sorted()
  }

  /// The sessions that wanted to be looked at by now, in order.
  func overdue(now: Int64) -> [NodeID] {
    guard let due, due <= now else { return [] }
    return wakeups.filter { $0.value <= now }.keys.sorted()
  }

  /// Asks each session that was changed, or is overdue, when it wants to be looked at next.
  mutating func planWakeups(now: Int64, _ wakeup: (PeerSession) -> Int64?) {
    let wasDue = due.map { $0 <= now } ?? false
    let nodes = wasDue ? touched.union(overdue(now: now)) : touched
    var mustSearch = wasDue
    for node in nodes {
      let next = sessions[node].flatMap(wakeup)
      if let before = wakeups[node], before == due, before != next { mustSearch = true }
      wakeups[node] = next
      if let next { due = min(due ?? next, next) }
    }
    touched.removeAll(keepingCapacity: true)
    if mustSearch { due = wakeups.values.min() }
  }
}
