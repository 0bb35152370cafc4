/// Virtual time: events in order of their moment, then of their planning; nothing else decides what happens next.
///
/// Confined to the thread of its simulation.
final class VirtualTime: @unchecked Sendable {
  private struct Event {
    let at: Int64
    let number: UInt64
    let action: () -> Void
  }

  /// Milliseconds since the simulation began.
  private(set) var now: Int64 = 0
  /// Events that have happened.
  private(set) var eventCount: UInt64 = 0
  private var planned: UInt64 = 0
  /// A binary heap, the earliest first.
  private var heap: [Event] = []

  /// Plans something so many milliseconds from now; what is planned for the same moment happens in the order of planning.
  func after(_ delay: Int64, _ action: @escaping () -> Void) {
    planned += 1
    heap.append(Event(at: now + max(0, delay), number: planned, action: action))
    var place = heap.count - 1
    while place > 0 {
      let parent = (place - 1) / 2
      guard isBefore(place, parent) else { break }
      heap.swapAt(place, parent)
      place = parent
    }
  }

  /// Lets the next event happen unless it is later than `end`; false when there is none.
  func step(until end: Int64) -> Bool {
    guard let first = heap.first, first.at <= end else {
      now = max(now, end)
      return false
    }
    removeFirst()
    now = max(now, first.at)
    eventCount += 1
    first.action()
    return true
  }

  /// Forgets whatever is planned, and with it whom it would concern.
  func clear() { heap = [] }

  private func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isBefore(child, least) { least = child }
      if least == place { return }
      heap.swapAt(place, least)
      place = least
    }
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (heap[left].at, heap[left].number) < (heap[right].at, heap[right].number)
  }
}
