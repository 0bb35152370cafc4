/// What a short list puts in order.
protocol Ranking {
  /// True when this one comes first. It must tell any two apart, for the order among equals is that of the offers.
  func precedes(_ other: Self) -> Bool
}

/// The best few of many, in order; what does not fit is counted.
///
/// The order is the element's own, not a closure: among a thousand sites a call that cannot be seen through is the dearest part.
struct Shortlist<Element: Ranking> {
  private(set) var kept: [Element] = []
  /// How many were offered and are not kept.
  private(set) var dropped = 0
  private let limit: Int

  init(_ limit: Int) {
    self.limit = max(0, limit)
    kept.reserveCapacity(min(self.limit, 64))
  }

  /// The last of those kept, once there is room for no more; what comes after it need not be offered.
  var worst: Element? { kept.count == limit ? kept.last : nil }

  mutating func offer(_ element: Element) {
    var place = kept.count
    if place == limit {
      dropped += 1
      guard place > 0, element.precedes(kept[place - 1]) else { return }
      place -= 1
    } else {
      kept.append(element)
    }
    kept.withUnsafeMutableBufferPointer { list in
      while place > 0, element.precedes(list[place - 1]) {
        list[place] = list[place - 1]
        place -= 1
      }
      list[place] = element
    }
  }
}
