import OperationLog

/// What this node holds durably, with the hash at each head and, roughly, since when.
struct HeldStreams: Sendable {
  /// Operations up to `last` were held from this wall time on.
  private struct Mark {
    var last: UInt64
    var wall: Int64
  }

  private static let marksMax = 32

  private(set) var vector = VersionVector()
  private var hashes: [StreamID: Hash32] = [:]
  private var marks: [StreamID: [Mark]] = [:]
  private var knownDigest: Hash32?

  /// Takes a head that is durable now; gives how far the stream was held before, nil when the head is not news.
  mutating func note(_ head: SignedHead, wall: Int64) -> UInt64? {
    let before = vector[head.stream]
    guard head.sequence > before, head.sequence < Dot.sequenceMax else { return nil }
    vector[head.stream] = head.sequence
    hashes[head.stream] = head.hash
    knownDigest = nil
    if let line = marks[head.stream], line.count >= Self.marksMax {
      // Two neighbours become one that tells the earlier time, so the answer errs on the cautious side.
      marks[head.stream] = stride(from: 0, to: line.count - 1, by: 2).map {
        Mark(last: line[$0 + 1].last, wall: line[$0].wall)
      }
    }
    marks[head.stream, default: []].append(Mark(last: head.sequence, wall: wall))
    return before
  }

  /// The stream ends earlier than was thought: it was written twice.
  mutating func cut(_ stream: StreamID, at sequence: UInt64, hash: Hash32) {
    guard vector[stream] > sequence else { return }
    vector[stream] = sequence
    hashes[stream] = sequence > 0 ? hash : nil
    marks[stream]?.removeAll { $0.last > sequence }
    knownDigest = nil
  }

  /// SHA-256 of the version vector's canonical bytes.
  mutating func digest(hashing: any Hashing) -> Hash32 {
    if let knownDigest { return knownDigest }
    let digest = hashing.sha256(vector.bytes)
    knownDigest = digest
    return digest
  }

  /// The chain hash at the head of a stream; nil when nothing is held of it.
  func hash(of stream: StreamID) -> Hash32? { hashes[stream] }

  /// When the stream grew last, wall milliseconds; nil for one of which nothing is held.
  func grownAt(_ stream: StreamID) -> Int64? { marks[stream]?.last?.wall }

  /// Since when the operation behind `sequence` is held, wall milliseconds; nil when none is held behind it.
  func heldSince(behind sequence: UInt64, of stream: StreamID) -> Int64? {
    marks[stream]?.first { $0.last > sequence }?.wall
  }
}
