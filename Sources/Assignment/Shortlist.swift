/// The best few of many, in order; what does not fit is counted.
struct Shortlist<Element> {
  private(set) var kept: [Element] = []
  /// How many were offered and are not kept.
  private(set) var dropped = 0
  private let limit: Int
  private let precedes: (Element, Element) -> Bool

  init(_ limit: Int, by precedes: @escaping (Element, Element) -> Bool) {
    self.limit = limit
    self.precedes = precedes
  }

  /// The last of those kept, once there is room for no more; what comes after it need not be offered.
  var worst: Element? { kept.count == limit ? kept.last : nil }

  /// Counts one that comes after the worst.
  mutating func drop() { dropped += 1 }

  /// The order among equals is that of the offers, so `precedes` must tell any two apart.
  mutating func offer(_ element: Element) {
    if kept.count == limit {
      dropped += 1
      guard let last = kept.last, precedes(element, last) else { return }
      kept.removeLast()
    }
    var place = kept.count
    while place > 0 && precedes(element, kept[place - 1]) { place -= 1 }
    kept.insert(element, at: place)
  }
}
