/// The place of one operation: its stream and its sequence there, counted from 1.
package struct Dot: Hashable, Comparable, Sendable {
  package let stream: StreamID
  package let sequence: UInt64

  package init(stream: StreamID, sequence: UInt64) {
    self.stream = stream
    self.sequence = sequence
  }

  /// Sequences and Lamport times stay below this bound, so arithmetic on them never traps.
  package static let sequenceMax: UInt64 = 1 << 48

  package static func < (left: Dot, right: Dot) -> Bool {
    left.stream != right.stream ? left.stream < right.stream : left.sequence < right.sequence
  }
}

/// A dot with the first four bytes of its chain hash, which keeps it unambiguous when a cloned node used a dot twice.
package struct DotReference: Hashable, Comparable, Sendable {
  package let dot: Dot
  package let hashPrefix: UInt32

  package init(dot: Dot, hashPrefix: UInt32) {
    self.dot = dot
    self.hashPrefix = hashPrefix
  }

  package var stream: StreamID { dot.stream }
  package var sequence: UInt64 { dot.sequence }

  package static func < (left: DotReference, right: DotReference) -> Bool {
    left.dot != right.dot ? left.dot < right.dot : left.hashPrefix < right.hashPrefix
  }
}
