/// Which operations of one entity an author had seen rendered: a version vector of that entity with holes.
///
/// An entry (stream, sequence, hash prefix) covers every operation of the stream up to it except the listed holes (held but
/// not folded in, so nobody saw them). Joining is associative, commutative and idempotent. Usually one to three entries.
package struct ObservedVector: Hashable, Sendable {
  /// Limits of what is accepted from outside.
  package static let entriesMax = 4096
  package static let holesMax = 4096
  /// What an author names at most, so that its header stays far below the 32 KiB that others accept.
  package static let authoredMax = 512

  /// The latest seen dot of each stream, in stream order.
  package private(set) var entries: [DotReference]
  /// Dots below an entry that were not folded in when the author looked, in order.
  package private(set) var holes: [Dot]

  package init() {
    entries = []
    holes = []
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// True when the author had seen the operation at this dot.
  package func covers(_ dot: Dot) -> Bool {
    guard let index = index(of: dot.stream), entries[index].sequence >= dot.sequence else { return false }
    return holes.isEmpty || !holes.contains(dot)
  }

  /// True when everything `other` had seen was seen here too.
  package func covers(_ other: ObservedVector) -> Bool {
    for entry in other.entries {
      // A hole at the very end was not seen, so what counts is the last dot below it that was.
      var last = entry.sequence
      while last > 0, other.holes.contains(Dot(stream: entry.stream, sequence: last)) { last -= 1 }
      if last == 0 { continue }
      guard let index = index(of: entry.stream), entries[index].sequence >= last else { return false }
    }
    return holes.allSatisfy { !other.covers($0) }
  }

  /// Notes that the operation at this place was seen (or, as a hole, held without being seen).
  package mutating func note(_ reference: DotReference, asHole: Bool = false) {
    raise(to: reference)
    if asHole {
      if !holes.contains(reference.dot) {
        holes.append(reference.dot)
        holes.sort()
      }
    } else if !holes.isEmpty {
      holes.removeAll { $0 == reference.dot }
    }
  }

  /// Adds everything `other` had seen; a hole stays one only when neither side had seen it.
  package mutating func join(_ other: ObservedVector) {
    if other.entries.isEmpty { return }
    if !holes.isEmpty || !other.holes.isEmpty {
      let kept = holes.filter { !other.covers($0) } + other.holes.filter { !covers($0) }
      holes = Array(Set(kept)).sorted()
    }
    for entry in other.entries { raise(to: entry) }
  }

  /// At most so many entries and holes, those of the preferred streams first. Who claims to have seen less than they did
  /// replaces less; so an entry goes with its holes, never the holes alone.
  package func limited(to most: Int = authoredMax, preferring preferred: Set<StreamID>) -> ObservedVector {
    if entries.count <= most, holes.count <= most { return self }
    var limited = ObservedVector()
    for entry in entries.filter({ preferred.contains($0.stream) }) + entries.filter({ !preferred.contains($0.stream) })
    {
      if limited.entries.count >= most { break }
      let own = holes.filter { $0.stream == entry.stream }
      guard limited.holes.count + own.count <= most else { continue }
      limited.note(entry)
      for hole in own { limited.note(DotReference(dot: hole, hashPrefix: 0), asHole: true) }
    }
    return limited
  }

  private mutating func raise(to reference: DotReference) {
    if let index = index(of: reference.stream) {
      if entries[index] < reference { entries[index] = reference }
    } else {
      let place = entries.firstIndex { $0.stream > reference.stream } ?? entries.count
      entries.insert(reference, at: place)
    }
  }

  private func index(of stream: StreamID) -> Int? {
    entries.firstIndex { $0.stream == stream }
  }

  /// Count, then (stream, sequence varint, prefix 4 bytes) in order; count of holes, then (entry index, sequence) each.
  package func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(entries.count))
    for entry in entries {
      writer.identifier(entry.stream)
      writer.varint(entry.sequence)
      writer.fixed32(entry.hashPrefix)
    }
    writer.varint(UInt64(holes.count))
    for hole in holes {
      writer.varint(UInt64(index(of: hole.stream) ?? 0))
      writer.varint(hole.sequence)
    }
  }

  package init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    let count = try reader.count(limit: Self.entriesMax)
    var entries: [DotReference] = []
    for _ in 0..<count {
      let stream = try reader.identifier(StreamID.self)
      let sequence = try reader.varint()
      guard sequence > 0 else { throw .notCanonical }
      guard sequence < Dot.sequenceMax else { throw .numberTooLarge }
      if let last = entries.last, last.stream >= stream { throw .notCanonical }
      entries.append(
        DotReference(dot: Dot(stream: stream, sequence: sequence), hashPrefix: try reader.fixed32()))
    }
    var holes: [Dot] = []
    for _ in 0..<(try reader.count(limit: Self.holesMax)) {
      let index = try reader.count(limit: Self.entriesMax)
      let sequence = try reader.varint()
      guard index < entries.count, sequence <= entries[index].sequence, sequence > 0 else { throw .notCanonical }
      let dot = Dot(stream: entries[index].stream, sequence: sequence)
      if let last = holes.last, last >= dot { throw .notCanonical }
      holes.append(dot)
    }
    self.entries = entries
    self.holes = holes
  }

  /// The canonical bytes; an `ETag` is these in base64url.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 2 + entries.count * 24)
    encode(into: &writer)
    return writer.bytes
  }

  /// Reads bytes made by `bytes`; throws when they are anything else.
  package init(bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }
}
