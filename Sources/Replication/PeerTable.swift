import OperationLog

/// The sessions by node, and which of them were changed since that was asked last, so that an event costs as much as the
/// peers it concerns and not as all there are.
struct PeerTable: Sendable {
  private var sessions = Sessions()
  private var touched: Set<NodeID> = []
  /// The one of them that was touched last, because one event mostly concerns one peer.
  private var touchedLast: NodeID?
  /// When each wants to be looked at again although nothing happens, monotonic milliseconds.
  private var wakeups: [NodeID: Int64] = [:]
  /// The same as a binary heap, the earliest first. What `wakeups` says otherwise by now counts no more.
  private var queue: [Wakeup] = []

  private struct Wakeup {
    let at: Int64
    let node: NodeID
  }

  /// The earliest of them.
  var due: Int64? { queue.first?.at }

  subscript(node: NodeID) -> PeerSession? {
    _read {
      if let place = sessions.places[node] { yield place.pointee } else { yield nil }
    }
    _modify {
      if touchedLast != node {
        touched.insert(node)
        touchedLast = node
      }
      if !isKnownUniquelyReferenced(&sessions) { sessions = Sessions(sessions) }
      let known = sessions.places[node]
      let place = known ?? Sessions.newPlace()
      defer {
        if place.pointee == nil {
          sessions.places[node] = nil
          place.deinitialize(count: 1)
          place.deallocate()
        } else if known == nil {
          sessions.places[node] = place
        }
      }
      yield &place.pointee
    }
  }

  /// Where the sessions are. Each stays at its place, because one has some eighty fields: reading or changing one of them in
  /// a dictionary moves all.
  ///
  /// Changed only while one table has it, and copied before a second table changes its own; hence unchecked Sendable.
  private final class Sessions: @unchecked Sendable {
    var places: [NodeID: UnsafeMutablePointer<PeerSession?>] = [:]

    init() {}

    init(_ other: Sessions) {
      places = other.places.mapValues { place in
        let copy = Self.newPlace()
        copy.pointee = place.pointee
        return copy
      }
    }

    deinit {
      for place in places.values {
        place.deinitialize(count: 1)
        place.deallocate()
      }
    }

    static func newPlace() -> UnsafeMutablePointer<PeerSession?> {
      let place = UnsafeMutablePointer<PeerSession?>.allocate(capacity: 1)
      place.initialize(to: nil)
      return place
    }
  }

  /// How many operations this one is known to hold durably.
  func heldCount(of node: NodeID) -> UInt64 { self[node]?.holds.operationCount ?? 0 }

  /// The sessions that were changed since `planWakeups`, in order, and those that wanted to be looked at by now.
  func concerned(now: Int64) -> [NodeID] {
    guard let due, due <= now else { return touched.sorted() }
    return touched.union(overdue(now: now)).sorted()
  }

  /// The sessions that wanted to be looked at by now, in order.
  func overdue(now: Int64) -> [NodeID] {
    guard let due, due <= now else { return [] }
    var found: Set<NodeID> = []
    var places = [0]
    while let place = places.popLast() {
      guard place < queue.count, queue[place].at <= now else { continue }
      if isCurrent(queue[place]) { found.insert(queue[place].node) }
      places += [2 * place + 1, 2 * place + 2]
    }
    return found.sorted()
  }

  private func isCurrent(_ wakeup: Wakeup) -> Bool { wakeups[wakeup.node] == wakeup.at }

  /// Asks each session that was changed, or is overdue, when it wants to be looked at next.
  mutating func planWakeups(now: Int64, _ settings: ReplicationSettings) {
    let isDue = due.map { $0 <= now } ?? false
    for node in isDue ? touched.union(overdue(now: now)) : touched {
      let next = self[node]?.wakeup(now: now, settings)
      guard next != wakeups[node] else { continue }
      wakeups[node] = next
      if let next { push(Wakeup(at: next, node: node)) }
    }
    touched.removeAll(keepingCapacity: true)
    touchedLast = nil
    while let first = queue.first, !isCurrent(first) { removeFirst() }
    if queue.count > 64 + 4 * wakeups.count {
      queue = []
      for (node, at) in wakeups { push(Wakeup(at: at, node: node)) }
    }
  }

  private mutating func push(_ wakeup: Wakeup) {
    queue.append(wakeup)
    var place = queue.count - 1
    while place > 0, queue[place].at < queue[(place - 1) / 2].at {
      queue.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func removeFirst() {
    queue.swapAt(0, queue.count - 1)
    queue.removeLast()
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < queue.count && queue[child].at < queue[least].at {
        least = child
      }
      if least == place { return }
      queue.swapAt(place, least)
      place = least
    }
  }
}
