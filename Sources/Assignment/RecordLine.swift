import OperationLog

/// The words of one line of a record, in room that the longest line leaves unfilled.
///
/// Bytes go straight into a fixed place: a decision writes two thousand of them, and growing an array for each word would be
/// most of its time.
struct RecordLine {
  /// The longest line is the policy's: nineteen numbers of at most twenty digits with a space each, and its words.
  static let bytesMax = 640

  private let room: UnsafeMutablePointer<UInt8>
  private(set) var count = 0

  /// The room has `bytesMax` bytes and outlives the line.
  init(_ room: UnsafeMutablePointer<UInt8>) { self.room = room }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: room, count: count) }

  mutating func text(_ text: StaticString) {
    take(text.utf8CodeUnitCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  mutating func byte(_ byte: UInt8) { take(1).pointee = byte }

  mutating func space() { byte(0x20) }

  mutating func end() { byte(0x0A) }

  /// A short name that is no literal, such as an enumeration's.
  mutating func name(_ name: String) {
    for each in name.utf8 { byte(each) }
  }

  /// A space and a number.
  mutating func word(_ value: Int64) {
    space()
    number(value)
  }

  mutating func number(_ value: Int64) {
    if value >= 0 && value < 10 { return byte(48 + UInt8(truncatingIfNeeded: value)) }
    var rest = value.magnitude
    var digits = value < 0 ? 2 : 1
    var limit: UInt64 = 10
    while rest >= limit {
      digits += 1
      let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
      if overflow { break }
      limit = next
    }
    let place = take(digits)
    if value < 0 { place.pointee = 45 }
    repeat {
      digits -= 1
      (place + digits).pointee = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
  }

  mutating func optional(_ value: Int64?) {
    if let value { number(value) } else { byte(0x2D) }
  }

  /// The 32 hexadecimal digits of an identifier.
  mutating func hex(_ high: UInt64, _ low: UInt64) {
    let place = UnsafeMutableRawPointer(take(32))
    place.storeBytes(of: Self.digits(high >> 32), as: UInt64.self)
    place.storeBytes(of: Self.digits(high), toByteOffset: 8, as: UInt64.self)
    place.storeBytes(of: Self.digits(low >> 32), toByteOffset: 16, as: UInt64.self)
    place.storeBytes(of: Self.digits(low), toByteOffset: 24, as: UInt64.self)
  }

  /// The eight digits of the lower half, all at once: each of its halves of bytes gets a byte, and each such byte becomes a
  /// letter by adding 39 where it is above nine.
  private static func digits(_ word: UInt64) -> UInt64 {
    var spread = word & 0xFFFF_FFFF
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
    let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 39).bigEndian
  }

  private mutating func take(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
    precondition(count + bytes <= Self.bytesMax, "no line of a record is longer than \(Self.bytesMax) bytes")
    defer { count += bytes }
    return room + count
  }
}
