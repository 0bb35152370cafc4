package import OperationLog

/// A run as an OPERATIONS frame carries it: the commitment of a text that travels along is left out, for the receiver can
/// make it again; everything else is byte for byte what the author wrote.
extension OperationRun {
  /// Flags of the frame.
  private enum Flag {
    static let compressed: UInt8 = 1
    static let known: UInt8 = 1
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

  /// Bytes of run content, as credits count them: the same for sender and receiver, compressed or not.
  package var contentBytes: Int { records.reduce(128) { $0 + $1.byteCount } }

  /// The records as they travel before compression; also what a dictionary is trained with.
  package func recordsForWire(hashing: any Hashing) -> [[UInt8]] {
    records.map { record in
      var writer = ByteWriter(reserving: record.byteCount)
      Self.encode(record, into: &writer, hashing: hashing)
      return writer.bytes
    }
  }

  func encodeForWire(into writer: inout ByteWriter, hashing: any Hashing, compressed: Bool) {
    precondition(head.signature.count == Frame.Limit.signatureBytes, "a signed head without a signature")
    var body = ByteWriter(reserving: contentBytes)
    for record in records { Self.encode(record, into: &body, hashing: hashing) }
    let deflated = compressed ? RunCompression.deflated(body.bytes) : nil
    writer.bytes.reserveCapacity(writer.bytes.count + 160 + (deflated ?? body.bytes).count)
    writer.identifier(stream)
    writer.byte(deflated == nil ? 0 : Flag.compressed)
    writer.varint(first)
    writer.varint(UInt64(records.count))
    writer.hash(head.hash)
    writer.raw(head.signature)
    if let deflated {
      writer.byte(RunCompression.dictionary)
      writer.raw(deflated)
    } else {
      writer.raw(body.bytes)
    }
  }

  /// True when the bytes are an OPERATIONS frame that says its records are compressed, whether it can be read or not.
  static func isCompressed(frame: [UInt8]) -> Bool {
    let flags = 2 + 16
    return frame.count > flags && frame[1] == Frame.Kind.operations.rawValue && frame[flags] & Flag.compressed != 0
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
    guard flags & ~Flag.known == 0 else { throw .unknownTag(flags) }
    let first = try reader.sequence()
    let count = try reader.count(limit: Frame.Limit.records)
    guard count > 0 else { throw .notCanonical }
    // Both terms are below 2^48, so the sum does not overflow.
    let last = first + UInt64(count) - 1
    guard last < Dot.sequenceMax else { throw .numberTooLarge }
    let hash = try reader.hash()
    let signature = try reader.raw(Frame.Limit.signatureBytes)
    let records: [OperationRecord]
    if flags & Flag.compressed != 0 {
      let dictionary = try reader.byte()
      let frame = try reader.raw(reader.remaining)
      var body = ByteReader(try RunCompression.inflated(frame[...], dictionary: dictionary))
      records = try Self.records(count, from: &body, hashing: hashing)
      try body.finish()
    } else {
      records = try Self.records(count, from: &reader, hashing: hashing)
    }
    self.init(
      stream: stream, first: first, records: records,
      head: SignedHead(stream: stream, sequence: last, hash: hash, signature: signature))
  }

  private static func records(
    _ count: Int, from reader: inout ByteReader, hashing: any Hashing
  ) throws(ByteDecodingFailure) -> [OperationRecord] {
    guard count <= reader.remaining / 2 else { throw .truncated }
    var records: [OperationRecord] = []
    records.reserveCapacity(count)
    for _ in 0..<count { records.append(try record(from: &reader, hashing: hashing)) }
    return records
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
