import OperationLog

/// Writes a state's canonical bytes into memory whose bound is known beforehand: an entity is encoded with every change of it,
/// and growing an array byte by byte costs several times as much. The forms are those of `ByteWriter`.
struct StateBytes {
  /// The longest LEB128 of 64 bits.
  static let varintMax = 10
  /// Stream index, sequence, hash prefix.
  static let referenceMax = 2 * varintMax + 4
  /// A value's tag and content without a variable part.
  static let valueMax = 1 + 2 * varintMax

  private let start: UnsafeMutableRawPointer
  private let bound: Int
  private(set) var count = 0

  init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
    guard let base = memory.baseAddress else { preconditionFailure("a state has at least a version byte") }
    start = UnsafeMutableRawPointer(base)
    bound = memory.count
  }

  /// Traps rather than writing past the bound: that would be a mistake in computing it.
  private mutating func take(_ size: Int) -> UnsafeMutableRawPointer {
    precondition(count + size <= bound, "a state of more than \(bound) bytes: its bound is computed wrongly")
    defer { count += size }
    return start + count
  }

  mutating func byte(_ value: UInt8) { take(1).storeBytes(of: value, as: UInt8.self) }

  mutating func fixed32(_ value: UInt32) { take(4).storeBytes(of: value.bigEndian, as: UInt32.self) }

  mutating func fixed64(_ value: UInt64) { take(8).storeBytes(of: value.bigEndian, as: UInt64.self) }

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      byte(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    byte(UInt8(rest))
  }

  mutating func signedVarint(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func blob(_ bytes: [UInt8]) {
    varint(UInt64(bytes.count))
    bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress, !source.isEmpty else { return }
      take(source.count).copyMemory(from: base, byteCount: source.count)
    }
  }

  mutating func reference(_ reference: DotReference, _ streams: [StreamID]) {
    let stream = reference.dot.stream
    var index = 0
    while index < streams.count, streams[index] != stream { index += 1 }
    varint(UInt64(index))
    varint(reference.dot.sequence)
    fixed32(reference.hashPrefix)
  }

  mutating func vector(_ vector: ObservedVector, _ streams: [StreamID]) {
    varint(UInt64(vector.entries.count))
    for entry in vector.entries { reference(entry, streams) }
    varint(UInt64(vector.holes.count))
    for hole in vector.holes { reference(DotReference(dot: hole, hashPrefix: 0), streams) }
  }

  static func bound(of vector: ObservedVector) -> Int {
    2 * varintMax + (vector.entries.count + vector.holes.count) * referenceMax
  }

  mutating func value(_ value: Value) {
    switch value {
    case .none: byte(0)
    case .code(let code):
      byte(1)
      varint(code)
    case .identifier(let id):
      byte(2)
      fixed64(id.high)
      fixed64(id.low)
    case .number(let number):
      byte(3)
      signedVarint(number)
    case .text(let index):
      byte(4)
      varint(UInt64(index))
    case .bytes(let bytes):
      byte(5)
      blob(bytes)
    }
  }

  static func bound(of value: Value) -> Int {
    if case .bytes(let bytes) = value { return valueMax + bytes.count }
    return valueMax
  }
}
