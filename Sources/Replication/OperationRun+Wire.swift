import OperationLog

/// A run as an OPERATIONS frame carries it: the commitment of a text that travels along is left out, for the receiver can
/// make it again; everything else is byte for byte what the author wrote.
extension OperationRun {
  /// Flags of the frame. Bit 0 is kept for a compressed body.
  private enum Flag {
    static let known: UInt8 = 0
  }

  /// What of a record travels.
  private enum Part {
    /// The header alone: no text, or an erased one.
    static let header: UInt8 = 0
    /// Header without its last 32 bytes, salt, text.
    static let textWithoutCommitment: UInt8 = 1
    /// Whole header, salt, text: where the last 32 bytes are not what the receiver would make.
    static let textWithHeader: UInt8 = 2
  }

  private static let commitmentBytes = 32

  func encodeForWire(into writer: inout ByteWriter, hashing: any Hashing) {
    precondition(head.signature.count == Frame.Limit.signatureBytes, "a signed head without a signature")
    writer.bytes.reserveCapacity(writer.bytes.count + records.reduce(160) { $0 + $1.byteCount })
    writer.identifier(stream)
    writer.byte(Flag.known)
    writer.varint(first)
    writer.varint(UInt64(records.count))
    writer.hash(head.hash)
    writer.raw(head.signature)
    for record in records { Self.encode(record, into: &writer, hashing: hashing) }
  }

  private static func encode(_ record: OperationRecord, into writer: inout ByteWriter, hashing: any Hashing) {
    guard let text = record.text else {
      writer.byte(Part.header)
      writer.blob(record.header)
      return
    }
    precondition(record.salt.count == OperationRecord.saltBytes, "a text without its salt")
    let commitment = hashing.sha256(record.salt, text).bytes
    if record.header.count > commitmentBytes, record.header.suffix(commitmentBytes).elementsEqual(commitment) {
      writer.byte(Part.textWithoutCommitment)
      writer.varint(UInt64(record.header.count - commitmentBytes))
      writer.bytes.append(contentsOf: record.header.dropLast(commitmentBytes))
    } else {
      writer.byte(Part.textWithHeader)
      writer.blob(record.header)
    }
    writer.raw(record.salt)
    writer.blob(text)
  }

  init(fromWire reader: inout ByteReader, hashing: any Hashing) throws(ByteDecodingFailure) {
    let stream = try reader.identifier(StreamID.self)
    let flags = try reader.byte()
    guard flags == Flag.known else { throw .unknownTag(flags) }
    let first = try reader.sequence()
    let count = try reader.count(limit: Frame.Limit.records)
    guard count > 0 else { throw .notCanonical }
    // Both terms are below 2^48, so the sum does not overflow.
    let last = first + UInt64(count) - 1
    guard last < Dot.sequenceMax else { throw .numberTooLarge }
    let hash = try reader.hash()
    let signature = try reader.raw(Frame.Limit.signatureBytes)
    guard count <= reader.remaining / 2 else { throw .truncated }
    var records: [OperationRecord] = []
    records.reserveCapacity(count)
    for _ in 0..<count { records.append(try Self.record(from: &reader, hashing: hashing)) }
    self.init(
      stream: stream, first: first, records: records,
      head: SignedHead(stream: stream, sequence: last, hash: hash, signature: signature))
  }

  private static func record(
    from reader: inout ByteReader, hashing: any Hashing
  ) throws(ByteDecodingFailure) -> OperationRecord {
    let part = try reader.byte()
    switch part {
    case Part.header:
      return OperationRecord(header: try reader.blob(limit: OperationHeader.headerBytesMax))
    case Part.textWithoutCommitment:
      var header = try reader.blob(limit: OperationHeader.headerBytesMax - commitmentBytes)
      guard !header.isEmpty else { throw .notCanonical }
      let salt = try reader.raw(OperationRecord.saltBytes)
      let text = try reader.blob(limit: OperationHeader.textBytesMax)
      header.append(contentsOf: hashing.sha256(salt, text).bytes)
      return OperationRecord(header: header, salt: salt, text: text)
    case Part.textWithHeader:
      let header = try reader.blob(limit: OperationHeader.headerBytesMax)
      let salt = try reader.raw(OperationRecord.saltBytes)
      let text = try reader.blob(limit: OperationHeader.textBytesMax)
      if header.count > commitmentBytes,
        header.suffix(commitmentBytes).elementsEqual(hashing.sha256(salt, text).bytes)
      {
        throw .notCanonical
      }
      return OperationRecord(header: header, salt: salt, text: text)
    default: throw .unknownTag(part)
    }
  }
}
