/// Events in the order of their time, then of their making.
///
/// Open to its users' compilers, because a queue of unknown events costs ten times as much.
package struct EventQueue<Event> {
  @usableFromInline var heap: [(at: Int64, order: Int, event: Event)] = []
  @usableFromInline var made = 0

  @inlinable package init() {}

  @inlinable package var isEmpty: Bool { heap.isEmpty }

  @inlinable package mutating func add(_ event: Event, at: Int64) {
    heap.append((at, made, event))
    made += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.precedes(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Nil when nothing is left.
  @inlinable package mutating func next() -> (at: Int64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.at, first.event)
  }

  @inlinable mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if Self.precedes(heap[child], heap[least]) { least = child }
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  @inlinable static func precedes(
    _ left: (at: Int64, order: Int, event: Event), _ right: (at: Int64, order: Int, event: Event)
  ) -> Bool {
    (left.at, left.order) < (right.at, right.order)
  }
}

/// A seeded generator (SplitMix64, Steele et al. 2014) for the delays and draws of a replay.
package struct ReplayDice: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x632b_e59b_d9b4_e019 }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// Which sites can reach each other, over any number of links.
package struct Reachability: Sendable {
  private var isUp: [[Int: Bool]]
  /// Sites with the same number reach each other.
  package private(set) var group: [Int]
  private let isMesh: Bool

  package init(sites: Int, links: [(Int, Int)]?) {
    isMesh = links == nil
    isUp = Array(repeating: [:], count: isMesh ? 0 : sites)
    group = Array(repeating: 0, count: sites)
    for (first, second) in links ?? [] { set(first, second, true) }
    if !isMesh { regroup() }
  }

  package func reaches(_ first: Int, _ second: Int) -> Bool { group[first] == group[second] }

  package mutating func apply(_ change: LinkChange) {
    guard !isMesh else { return }
    set(change.first, change.second, change.isUp)
    regroup()
  }

  private mutating func set(_ first: Int, _ second: Int, _ up: Bool) {
    isUp[first][second] = up
    isUp[second][first] = up
  }

  private mutating func regroup() {
    group = Array(repeating: -1, count: group.count)
    for start in group.indices where group[start] < 0 {
      var found = [start]
      group[start] = start
      while let site = found.popLast() {
        for (other, up) in isUp[site] where up && group[other] < 0 {
          group[other] = start
          found.append(other)
        }
      }
    }
  }
}
