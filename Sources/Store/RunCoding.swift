import OperationLog

/// A run as bytes for rows of our own database (held runs); the wire has its own form.
enum RunCoding {
  static func encode(_ run: OperationRun) -> [UInt8] {
    var writer = ByteWriter()
    writer.identifier(run.stream)
    writer.varint(run.first)
    writer.varint(UInt64(run.records.count))
    for record in run.records {
      writer.blob(record.header)
      writer.blob(record.salt)
      writer.byte(record.text == nil ? 0 : 1)
      if let text = record.text { writer.blob(text) }
    }
    writer.hash(run.head.hash)
    writer.blob(run.head.signature)
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws(ByteDecodingFailure) -> OperationRun {
    var reader = ByteReader(bytes)
    let stream = try reader.identifier(StreamID.self)
    let first = try reader.varint()
    var records: [OperationRecord] = []
    for _ in 0..<(try reader.count(limit: 1 << 20)) {
      let header = try reader.blob(limit: OperationHeader.headerBytesMax)
      let salt = try reader.blob(limit: 64)
      let text = try reader.byte() == 1 ? try reader.blob(limit: OperationHeader.textBytesMax) : nil
      records.append(OperationRecord(header: header, salt: salt, text: text))
    }
    let hash = try reader.hash()
    let signature = try reader.blob(limit: 64)
    try reader.finish()
    let head = SignedHead(
      stream: stream, sequence: first &+ UInt64(records.count) &- 1, hash: hash, signature: signature)
    return OperationRun(stream: stream, first: first, records: records, head: head)
  }
}
