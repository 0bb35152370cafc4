/// How much of each stream a node holds: entry n means operations 1…n are present and their chain verifies.
package struct VersionVector: Hashable, Sendable {
  private var entries: [StreamID: UInt64]
  /// How many operations are held, of all streams together.
  package private(set) var operationCount: UInt64

  package init(_ entries: [StreamID: UInt64] = [:]) {
    self.entries = entries.filter { $0.value > 0 }
    operationCount = Self.count(self.entries)
  }

  private static func count(_ entries: [StreamID: UInt64]) -> UInt64 { entries.values.reduce(0, &+) }

  /// 0 for a stream nothing is held of.
  package subscript(stream: StreamID) -> UInt64 {
    get { entries[stream] ?? 0 }
    set {
      let before = newValue > 0 ? entries.updateValue(newValue, forKey: stream) : entries.removeValue(forKey: stream)
      operationCount = operationCount &- (before ?? 0) &+ newValue
    }
  }

  package var streamCount: Int { entries.count }

  /// In stream order.
  package var sorted: [(stream: StreamID, sequence: UInt64)] {
    entries.map { (stream: $0.key, sequence: $0.value) }.sorted { $0.stream < $1.stream }
  }

  /// True when every operation `other` holds is held here too.
  package func covers(_ other: VersionVector) -> Bool {
    other.entries.allSatisfy { self[$0.key] >= $0.value }
  }

  package func covers(_ dot: Dot) -> Bool { self[dot.stream] >= dot.sequence }

  package mutating func merge(_ other: VersionVector) {
    for (stream, sequence) in other.entries where sequence > self[stream] { self[stream] = sequence }
  }

  /// What `other` holds and we lack, by stream in order: sequences `from…to`.
  package func lacking(from other: VersionVector) -> [(stream: StreamID, from: UInt64, to: UInt64)] {
    other.sorted.compactMap { entry in
      let held = self[entry.stream]
      return entry.sequence > held ? (stream: entry.stream, from: held + 1, to: entry.sequence) : nil
    }
  }

  /// How many operations `other` holds that we lack.
  package func countLacking(from other: VersionVector) -> UInt64 {
    lacking(from: other).reduce(0) { $0 &+ ($1.to - $1.from + 1) }
  }

  /// Count as varint, then (stream, sequence as varint) in stream order.
  package func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(entries.count))
    for entry in sorted {
      writer.identifier(entry.stream)
      writer.varint(entry.sequence)
    }
  }

  /// Refuses unsorted or repeated streams, sequence 0 and more than `streamsMax` streams.
  package init(from reader: inout ByteReader, streamsMax: Int = 100_000) throws(ByteDecodingFailure) {
    let count = try reader.count(limit: streamsMax)
    guard count <= reader.remaining / 17 else { throw .truncated }
    var result: [StreamID: UInt64] = [:]
    result.reserveCapacity(count)
    var previous: StreamID?
    for _ in 0..<count {
      let stream = try reader.identifier(StreamID.self)
      let sequence = try reader.varint()
      if let previous, previous >= stream { throw .notCanonical }
      guard sequence > 0 else { throw .notCanonical }
      guard sequence < Dot.sequenceMax else { throw .numberTooLarge }
      previous = stream
      result[stream] = sequence
    }
    entries = result
    operationCount = Self.count(result)
  }

  /// The canonical bytes: what a digest of a vector is taken over.
  package var bytes: [UInt8] {
    var writer = ByteWriter()
    encode(into: &writer)
    return writer.bytes
  }
}
