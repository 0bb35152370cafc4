/// What the branch of a stream that was written twice begins with: where the branch left the stream its node signs.
///
/// A restored or cloned node may write two different operations at one place. The stream then ends before it, and each
/// suffix becomes a derived stream, named by its first divergent hash: every node names them alike, whichever it saw
/// first. Operation 1 of a derived stream is this record, made alike everywhere; what follows it are the operations of
/// the suffix, byte for byte, under the signatures of the stream they were written in.
package struct StreamDerivation: Hashable, Sendable {
  /// Stands where an operation has its kind; no operation has it.
  package static let kind: UInt16 = 0xffff

  /// The stream as its node signs it, never a derived one.
  package let root: StreamID
  /// Sequence in the root of the last operation before the branch; 0 when nothing is common.
  package let base: UInt64
  /// Chain hash at `base`.
  package let baseHash: Hash32
  /// Chain hash of the branch's first operation: what names the branch.
  package let firstHash: Hash32

  package init(root: StreamID, base: UInt64, baseHash: Hash32, firstHash: Hash32) {
    self.root = root
    self.base = base
    self.baseHash = baseHash
    self.firstHash = firstHash
  }

  /// The derived stream's name.
  package func name(_ hashing: any Hashing) -> StreamID {
    StreamID(prefixOf: hashing.sha256(Array("relevo/branch/0".utf8), firstHash.bytes))
  }

  /// Sequence in the root of an operation of the derived stream; the record itself counts as the base.
  package func rootSequence(of sequence: UInt64) -> UInt64 { base &+ sequence &- 1 }

  /// Sequence in the derived stream of an operation after the base.
  package func sequence(ofRoot rootSequence: UInt64) -> UInt64 { rootSequence &- base &+ 1 }

  /// The canonical bytes: what stands where an operation has its header.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter(reserving: 96)
    writer.byte(OperationHeader.currentVersion)
    writer.fixed16(Self.kind)
    writer.identifier(root)
    writer.varint(base)
    writer.hash(baseHash)
    writer.hash(firstHash)
    return writer.bytes
  }

  /// Reads canonical bytes; throws for anything else.
  package init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == OperationHeader.currentVersion else { throw .unknownVersion(version) }
    guard try reader.fixed16() == Self.kind else { throw .notCanonical }
    root = try reader.identifier()
    base = try reader.varint()
    guard base < Dot.sequenceMax else { throw .numberTooLarge }
    baseHash = try reader.hash()
    firstHash = try reader.hash()
    try reader.finish()
  }
}
