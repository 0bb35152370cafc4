import OperationLog
import Testing

@Suite("Version vectors")
struct VersionVectorTests {
  @Test("A vector has exactly these bytes, whatever order it was made in, and reads back")
  func fixture() throws {
    var other = VersionVector()
    other[counting(from: 0x40)] = 1000
    other[counting(from: 0x20)] = 7
    other[counting(from: 0x60)] = 0
    #expect(other == Sample.vector)
    #expect(hex(other.bytes) == Sample.vectorHex)
    var reader = ByteReader(bytes(Sample.vectorHex))
    let vector = try VersionVector(from: &reader)
    #expect(vector == Sample.vector)
    try reader.finish()
  }

  @Test("A vector with turned bits is refused or reads back to those bytes; a beginning is refused")
  func damage() {
    let whole = bytes(Sample.vectorHex)
    for bit in 0..<whole.count * 8 {
      var changed = whole
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      var reader = ByteReader(changed)
      guard let vector = try? VersionVector(from: &reader), reader.isAtEnd else { continue }  // Refused: right too.
      #expect(vector.bytes == changed, "bit \(bit)")
    }
    for count in 0..<whole.count {
      #expect(throws: ByteDecodingFailure.self) {
        var reader = ByteReader(Array(whole.prefix(count)))
        _ = try VersionVector(from: &reader)
      }
    }
  }

  @Test("A count that promises more streams than bytes is refused before anything is set aside for it")
  func countTooLarge() {
    #expect(throws: ByteDecodingFailure.truncated) {
      var reader = ByteReader([0xa0, 0x8d, 0x06])
      _ = try VersionVector(from: &reader)
    }
    #expect(throws: ByteDecodingFailure.limitExceeded) {
      var reader = ByteReader([3])
      _ = try VersionVector(from: &reader, streamsMax: 2)
    }
  }

  @Test("What another node holds and we lack is asked for exactly, and merging leaves nothing lacking")
  func lacking() {
    let (first, second, third): (StreamID, StreamID, StreamID) = (
      counting(from: 1), counting(from: 2), counting(from: 3)
    )
    var ours = VersionVector([first: 5, second: 2])
    let theirs = VersionVector([first: 3, second: 4, third: 1])
    let missing = ours.lacking(from: theirs)
    #expect(missing.map(\.stream) == [second, third])
    #expect(missing.map(\.from) == [3, 1] && missing.map(\.to) == [4, 1])
    #expect(ours.countLacking(from: theirs) == 3 && theirs.countLacking(from: ours) == 2)
    ours.merge(theirs)
    #expect(ours.lacking(from: theirs).isEmpty && ours.covers(theirs) && ours[first] == 5)
  }
}

@Suite("What an author had seen")
struct ObservedVectorTests {
  private let streams: [StreamID] = [counting(from: 0x10), counting(from: 0x20), counting(from: 0x30)]

  @Test("A vector with a hole has exactly these bytes, and reads back")
  func fixture() throws {
    #expect(hex(Sample.observed.bytes) == Sample.observedHex)
    #expect(try ObservedVector(bytes: bytes(Sample.observedHex)) == Sample.observed)
  }

  @Test("Turned bits are refused or read back to those bytes; a beginning is refused")
  func damage() {
    let whole = bytes(Sample.observedHex)
    for bit in 0..<whole.count * 8 {
      var changed = whole
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let vector = try? ObservedVector(bytes: changed) else { continue }  // Refused: right too.
      #expect(vector.bytes == changed, "bit \(bit)")
    }
    for count in 0..<whole.count {
      #expect(throws: ByteDecodingFailure.self) { try ObservedVector(bytes: Array(whole.prefix(count))) }
    }
  }

  @Test("Joining is commutative, associative and idempotent, holes included")
  func joining() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<3_000 {
      let (first, second, third) = (random(&generator), random(&generator), random(&generator))
      #expect(joined(first, second) == joined(second, first))
      #expect(joined(joined(first, second), third) == joined(first, joined(second, third)))
      #expect(joined(first, first) == first)
      #expect(joined(first, ObservedVector()) == first && joined(ObservedVector(), first) == first)
    }
  }

  @Test("A join covers exactly the dots that one of the two covers")
  func meaning() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<2_000 {
      let (first, second) = (random(&generator), random(&generator))
      let both = joined(first, second)
      for dot in allDots { #expect(both.covers(dot) == (first.covers(dot) || second.covers(dot))) }
      let isSubset = allDots.allSatisfy { !second.covers($0) || first.covers($0) }
      #expect(first.covers(second) == isSubset)
      #expect(both.covers(first) && both.covers(second) && first.covers(first))
    }
  }

  @Test("A hole is not covered until its operation was seen")
  func holes() {
    var observed = ObservedVector()
    observed.note(DotReference(dot: Dot(stream: streams[0], sequence: 2), hashPrefix: 2), asHole: true)
    observed.note(DotReference(dot: Dot(stream: streams[0], sequence: 3), hashPrefix: 3))
    #expect(!observed.covers(Dot(stream: streams[0], sequence: 2)))
    #expect(observed.covers(Dot(stream: streams[0], sequence: 3)))
    observed.note(DotReference(dot: Dot(stream: streams[0], sequence: 2), hashPrefix: 2))
    #expect(observed.covers(Dot(stream: streams[0], sequence: 2)) && observed.holes.isEmpty)
  }

  private var allDots: [Dot] { streams.flatMap { stream in (1...7).map { Dot(stream: stream, sequence: $0) } } }

  private func joined(_ left: ObservedVector, _ right: ObservedVector) -> ObservedVector {
    var result = left
    result.join(right)
    return result
  }

  private func random(_ generator: inout SeededGenerator) -> ObservedVector {
    var observed = ObservedVector()
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let dot = Dot(
        stream: streams[Int.random(in: 0..<3, using: &generator)], sequence: UInt64.random(in: 1...6, using: &generator)
      )
      observed.note(
        DotReference(dot: dot, hashPrefix: UInt32(dot.sequence)), asHole: Int.random(in: 0..<3, using: &generator) == 0)
    }
    return observed
  }
}
