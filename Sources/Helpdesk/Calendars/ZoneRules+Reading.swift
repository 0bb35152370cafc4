package import OperationLog

/// Why the bytes of a time zone cannot be used.
package enum ZoneRulesFailure: Error, Equatable, Sendable {
  /// The file is larger than a zone ever is.
  case tooLarge
  case notTimeZone
  /// Version 1 holds no moments after 2037 and no rule for them.
  case versionOne
  case damaged(ByteDecodingFailure)
  /// The rule for the future cannot be read.
  case footer(String)
}

extension ZoneRules {
  /// The largest file of tz data is below 4 KiB.
  package static let fileBytesMax = 64 * 1024
  private static let transitionsMax = 8192

  /// Reads a file of tz data, version 2 or later (TZif, RFC 8536).
  package init(name: String, tzif bytes: [UInt8]) throws(ZoneRulesFailure) {
    guard bytes.count <= Self.fileBytesMax else { throw .tooLarge }
    guard bytes.starts(with: Array("TZif".utf8)) else { throw .notTimeZone }
    do {
      var reader = ByteReader(bytes)
      let first = try TZifHeader(from: &reader)
      guard first.version >= UInt8(ascii: "2") else { throw ZoneRulesFailure.versionOne }
      _ = try reader.raw(first.bodyLength(timeBytes: 4))
      let header = try TZifHeader(from: &reader)
      try self.init(name: name, header, &reader)
    } catch let failure as ByteDecodingFailure {
      throw .damaged(failure)
    } catch let failure as ZoneRulesFailure {
      throw failure
    } catch {
      throw .notTimeZone
    }
  }

  private init(name: String, _ header: TZifHeader, _ reader: inout ByteReader) throws {
    guard header.timeCount <= Self.transitionsMax, (1...256).contains(header.typeCount) else {
      throw ByteDecodingFailure.limitExceeded
    }
    var transitions: [Int64] = []
    for _ in 0..<header.timeCount {
      let at = Int64(bitPattern: try reader.fixed64())
      if let last = transitions.last, at <= last { throw ByteDecodingFailure.notCanonical }
      transitions.append(at)
    }
    var types: [Int] = []
    for _ in 0..<header.timeCount { types.append(Int(try reader.byte())) }
    var offsets: [Int] = []
    for _ in 0..<header.typeCount {
      let offset = Int(Int32(bitPattern: try reader.fixed32()))
      guard abs(offset) <= Self.offsetSecondsMax else { throw ByteDecodingFailure.numberTooLarge }
      offsets.append(offset)
      _ = try reader.raw(2)
    }
    guard types.allSatisfy({ $0 < offsets.count }) else { throw ByteDecodingFailure.limitExceeded }
    _ = try reader.raw(header.charCount + header.leapCount * 12 + header.standardCount + header.utCount)
    // Some zones begin with a transition at the big bang, before any year we know.
    let known = transitions.firstIndex { $0 >= -62_167_219_200 } ?? transitions.count
    self.init(
      name: name, transitions: Array(transitions[known...]), offsets: types[known...].map { offsets[$0] },
      firstOffset: known == 0 ? offsets[0] : offsets[types[known - 1]], tail: try Self.footer(&reader))
  }

  /// The rule after the last transition, between two line feeds; nil when it is empty.
  private static func footer(_ reader: inout ByteReader) throws -> PosixZone? {
    guard try reader.byte() == 0x0a else { throw ZoneRulesFailure.footer("") }
    var text: [UInt8] = []
    while true {
      let byte = try reader.byte()
      if byte == 0x0a { break }
      text.append(byte)
    }
    if text.isEmpty { return nil }
    guard let zone = PosixZone(text) else { throw ZoneRulesFailure.footer(String(decoding: text, as: UTF8.self)) }
    return zone
  }
}

/// The counts at the beginning of each of the two blocks of a TZif file.
private struct TZifHeader {
  let version: UInt8
  let utCount: Int
  let standardCount: Int
  let leapCount: Int
  let timeCount: Int
  let typeCount: Int
  let charCount: Int

  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    guard try reader.raw(4) == Array("TZif".utf8) else { throw .truncated }
    version = try reader.byte()
    _ = try reader.raw(15)
    func count(_ reader: inout ByteReader) throws(ByteDecodingFailure) -> Int {
      let count = try reader.fixed32()
      // More than the file may hold; so that sums and products stay small.
      guard count <= 1 << 16 else { throw .limitExceeded }
      return Int(count)
    }
    utCount = try count(&reader)
    standardCount = try count(&reader)
    leapCount = try count(&reader)
    timeCount = try count(&reader)
    typeCount = try count(&reader)
    charCount = try count(&reader)
  }

  func bodyLength(timeBytes: Int) -> Int {
    timeCount * (timeBytes + 1) + typeCount * 6 + charCount + leapCount * (timeBytes + 4) + standardCount + utCount
  }
}
