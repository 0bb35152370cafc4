package import OperationLog

/// What a field can hold. Texts are references into the operation that wrote them, so that they can be erased.
package enum Value: Hashable, Sendable {
  /// Explicitly nothing, e.g. "no assignee".
  case none
  /// An enumeration's wire code, or several packed by their owner.
  case code(UInt64)
  case identifier(EntityID)
  /// A count or a time in milliseconds UTC.
  case number(Int64)
  /// The nth segment of the writing operation's text.
  case text(Int)
  /// Keys, digests and short ASCII tokens, at most 1024 bytes.
  case bytes([UInt8])

  package static let bytesMax = 1024

  package static func flag(_ value: Bool) -> Value { .code(value ? 1 : 0) }

  package var isTrue: Bool { self == .code(1) }
  package var code: UInt64? { if case .code(let code) = self { code } else { nil } }
  package var identifier: EntityID? { if case .identifier(let id) = self { id } else { nil } }
  /// Times mostly, milliseconds UTC: whatever a peer wrote, within what can be reckoned with.
  package var number: Int64? {
    if case .number(let number) = self { OperationHeader.withinCalendar(number) } else { nil }
  }
  package var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

  func encode(into writer: inout ByteWriter) {
    switch self {
    case .none: writer.byte(0)
    case .code(let code):
      writer.byte(1)
      writer.varint(code)
    case .identifier(let id):
      writer.byte(2)
      writer.identifier(id)
    case .number(let number):
      writer.byte(3)
      writer.signedVarint(number)
    case .text(let index):
      writer.byte(4)
      writer.varint(UInt64(index))
    case .bytes(let bytes):
      writer.byte(5)
      writer.blob(bytes)
    }
  }

  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    switch try reader.byte() {
    case 0: self = .none
    case 1: self = .code(try reader.varint())
    case 2: self = .identifier(try reader.identifier())
    case 3: self = .number(try reader.signedVarint())
    case 4: self = .text(try reader.count(limit: 255))
    case 5: self = .bytes(try reader.blob(limit: Self.bytesMax))
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// How strong a claim on a ticket is among concurrent ones; work that has started beats both.
package enum ClaimRank: UInt8, Sendable {
  case automatic = 1
  case person = 2
  /// Made by work itself: whoever begins claims the ticket anew, so that nobody who could not know takes it away.
  case started = 3
}

/// One effect of an operation on its entity; the whole of what merging knows about the domain.
package enum Change: Hashable, Sendable {
  /// Writes a multi-value register: replaces every value its author had seen.
  case set(tag: UInt8, Value)
  /// Writes a claim: as a register, but with a rank that decides among concurrent ones.
  case claim(tag: UInt8, Value, rank: ClaimRank)
  /// Puts an element into an add-wins set.
  case add(tag: UInt8, [UInt8])
  /// Takes an element out: only the additions its author had seen.
  case remove(tag: UInt8, [UInt8])
  /// Remembers under an element what its author had seen, e.g. that an agent worked on the ticket knowing a claim.
  case saw(tag: UInt8, [UInt8])
  /// Remembers this very operation's dot and what its author had seen, e.g. a requester's word that a close must not overlook.
  case mark(tag: UInt8)

  func encode(into writer: inout ByteWriter) {
    switch self {
    case .set(let tag, let value):
      writer.byte(1)
      writer.byte(tag)
      value.encode(into: &writer)
    case .claim(let tag, let value, let rank):
      writer.byte(2)
      writer.byte(tag)
      writer.byte(rank.rawValue)
      value.encode(into: &writer)
    case .add(let tag, let element):
      writer.byte(3)
      writer.byte(tag)
      writer.blob(element)
    case .remove(let tag, let element):
      writer.byte(4)
      writer.byte(tag)
      writer.blob(element)
    case .saw(let tag, let element):
      writer.byte(5)
      writer.byte(tag)
      writer.blob(element)
    case .mark(let tag):
      writer.byte(6)
      writer.byte(tag)
    }
  }

  init(from reader: inout ByteReader) throws(ByteDecodingFailure) {
    let type = try reader.byte()
    let tag = try reader.byte()
    switch type {
    case 1: self = .set(tag: tag, try Value(from: &reader))
    case 2:
      let rank = try reader.byte()
      guard let rank = ClaimRank(rawValue: rank) else { throw .unknownTag(rank) }
      self = .claim(tag: tag, try Value(from: &reader), rank: rank)
    case 3: self = .add(tag: tag, try reader.blob(limit: Value.bytesMax))
    case 4: self = .remove(tag: tag, try reader.blob(limit: Value.bytesMax))
    case 5: self = .saw(tag: tag, try reader.blob(limit: Value.bytesMax))
    case 6: self = .mark(tag: tag)
    default: throw .unknownTag(type)
    }
  }
}

/// The facts of an operation: its changes, in the byte form that headers carry.
package enum Facts {
  /// More changes in one operation are refused when decoding.
  package static let changesMax = 256

  package static func encode(_ changes: [Change]) -> [UInt8] {
    var writer = ByteWriter(reserving: 16 + changes.count * 8)
    writer.varint(UInt64(changes.count))
    for change in changes { change.encode(into: &writer) }
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(ByteDecodingFailure) -> [Change] {
    var reader = ByteReader(bytes)
    let count = try reader.count(limit: changesMax)
    var changes: [Change] = []
    changes.reserveCapacity(count)
    for _ in 0..<count { changes.append(try Change(from: &reader)) }
    try reader.finish()
    return changes
  }
}

/// The detachable text of an operation: segments of UTF-8, each behind its length.
package enum TextSegments {
  package static func encode(_ segments: [String]) -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(segments.count))
    for segment in segments { writer.text(segment) }
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(ByteDecodingFailure) -> [String] {
    var reader = ByteReader(bytes)
    let count = try reader.count(limit: 64)
    var segments: [String] = []
    for _ in 0..<count { segments.append(try reader.text(limit: OperationHeader.textBytesMax)) }
    try reader.finish()
    return segments
  }
}
