package import OperationLog

/// One value a field holds; a field has several when people wrote it at the same time without seeing each other.
package struct Sibling: Hashable, Sendable {
  package let reference: DotReference
  package let clock: HybridTime
  /// Zero for registers, the rank for claims.
  package let rank: UInt8
  package let value: Value
}

/// A multi-value register with its causal context (dotted version vectors, Preguiça et al. 2010).
///
/// The context is everything any writer of the field had seen; a write whose dot it covers was already replaced, so a late
/// arrival is discharged at once. Siblings and context depend only on the set of writes, not on their order.
package struct Register: Hashable, Sendable {
  package internal(set) var context = ObservedVector()
  /// In dot order.
  package internal(set) var siblings: [Sibling] = []

  mutating func write(_ sibling: Sibling, observed: ObservedVector) {
    discharge(observed)
    if context.covers(sibling.reference.dot) { return }
    if siblings.contains(where: { $0.reference == sibling.reference }) { return }
    let place = siblings.firstIndex { $0.reference > sibling.reference } ?? siblings.count
    siblings.insert(sibling, at: place)
  }

  mutating func discharge(_ observed: ObservedVector) {
    if observed.isEmpty { return }
    siblings.removeAll { observed.covers($0.reference.dot) }
    context.join(observed)
  }

  /// The latest by clock, then by dot: what is displayed for an ordinary field.
  package var latest: Sibling? {
    if siblings.count < 2 { return siblings.first }
    return siblings.max { ($0.clock, $0.reference) < ($1.clock, $1.reference) }
  }

  /// The earliest by clock, then by dot.
  package var earliest: Sibling? {
    if siblings.count < 2 { return siblings.first }
    return siblings.min { ($0.clock, $0.reference) < ($1.clock, $1.reference) }
  }

  /// True when at least two different values stand side by side.
  package var isDisputed: Bool {
    guard let first = siblings.first, siblings.count > 1 else { return false }
    if case .text = first.value { return true }
    return siblings.contains { $0.value != first.value }
  }
}

/// Names a field of an entity; sets and remembered facts have one key per element.
package struct FieldKey: Hashable, Comparable, Sendable {
  package let tag: UInt8
  package let element: [UInt8]

  package init(_ tag: UInt8, _ element: [UInt8] = []) {
    self.tag = tag
    self.element = element
  }

  package static func < (left: FieldKey, right: FieldKey) -> Bool {
    if left.tag != right.tag { return left.tag < right.tag }
    return left.element.lexicographicallyPrecedes(right.element)
  }
}
