/// A JSON value as somebody sent it; members keep their order.
enum JSONValue: Hashable, Sendable {
  /// Explicitly nothing.
  case null
  /// `true` or `false`.
  case flag(Bool)
  /// A number with its spelling: `5`, `5.0` and `5e0` are all the integer five.
  case number(String)
  /// A text, its escapes undone.
  case string(String)
  /// Elements in order.
  case array([JSONValue])
  /// Members in the order they were written; no name twice.
  case object([Member])

  /// A name with its value.
  struct Member: Hashable, Sendable {
    let name: String
    let value: JSONValue
  }

  /// The number when it is whole and fits; nil otherwise.
  var integer: Int64? {
    guard case .number(let text) = self else { return nil }
    return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) }
  }
}

/// Why bytes are not the JSON they should be.
enum JSONDefect: Error, Hashable, Sendable {
  /// Some byte is no UTF-8.
  case notUTF8
  /// The first byte that does not fit, counted from 0.
  case malformed(offset: Int)
  /// One object names a member twice.
  case repeatedName(String)
  /// More levels of nesting than anything we read has.
  case tooDeep
}

/// Reads JSON (RFC 8259) strictly: nothing after the value, no repeated names, no lone surrogates.
struct JSONReader {
  /// Levels of nesting; bounds the stack that reading takes.
  static let depthMax = 16

  private let bytes: [UInt8]
  private var place = 0

  /// Throws what is wrong with the bytes, and where.
  static func read(_ bytes: [UInt8]) throws(JSONDefect) -> JSONValue {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
    var reader = JSONReader(bytes: bytes)
    reader.skipSpace()
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.place == bytes.count else { throw reader.defect }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var defect: JSONDefect { .malformed(offset: place) }
  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { place += 1 }
  }

  private mutating func take(_ byte: UInt8) throws(JSONDefect) {
    guard next == byte else { throw defect }
    place += 1
  }

  private mutating func value(depth: Int) throws(JSONDefect) -> JSONValue {
    guard depth <= Self.depthMax else { throw .tooDeep }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONDefect) -> JSONValue {
    for index in 0..<text.utf8CodeUnitCount { try take(text.utf8Start[index]) }
    return value
  }

  private mutating func object(depth: Int) throws(JSONDefect) -> JSONValue {
    var members: [JSONValue.Member] = []
    var names: Set<String> = []
    try take(UInt8(ascii: "{"))
    skipSpace()
    if next == UInt8(ascii: "}") {
      place += 1
      return .object([])
    }
    while true {
      skipSpace()
      let name = try string()
      guard names.insert(name).inserted else { throw .repeatedName(name) }
      skipSpace()
      try take(UInt8(ascii: ":"))
      skipSpace()
      members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
      skipSpace()
      if next == UInt8(ascii: ",") {
        place += 1
        continue
      }
      try take(UInt8(ascii: "}"))
      return .object(members)
    }
  }

  private mutating func array(depth: Int) throws(JSONDefect) -> JSONValue {
    var elements: [JSONValue] = []
    try take(UInt8(ascii: "["))
    skipSpace()
    if next == UInt8(ascii: "]") {
      place += 1
      return .array([])
    }
    while true {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if next == UInt8(ascii: ",") {
        place += 1
        continue
      }
      try take(UInt8(ascii: "]"))
      return .array(elements)
    }
  }

  // MARK: Strings

  private mutating func string() throws(JSONDefect) -> String {
    try take(UInt8(ascii: "\""))
    let start = place
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { place += 1 }
    if next == UInt8(ascii: "\"") {
      defer { place += 1 }
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }
    var text = Array(bytes[start..<place])
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        place += 1
        try escape(into: &text)
      case 0..<0x20: throw defect
      default:
        text.append(byte)
        place += 1
      }
    }
    throw defect
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONDefect) {
    guard let byte = next else { throw defect }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      place += 1
      text.append(contentsOf: String(Character(try scalar())).utf8)
      return
    default: throw defect
    }
    place += 1
  }

  /// What follows `\u`, with its second half where it is a surrogate pair.
  private mutating func scalar() throws(JSONDefect) -> Unicode.Scalar {
    let first = try fourDigits()
    guard (0xd800..<0xdc00).contains(first) else {
      guard let scalar = Unicode.Scalar(first) else { throw defect }
      return scalar
    }
    try take(UInt8(ascii: "\\"))
    try take(UInt8(ascii: "u"))
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw defect }
    return scalar
  }

  private mutating func fourDigits() throws(JSONDefect) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw defect }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }

  // MARK: Numbers

  private mutating func number() throws(JSONDefect) -> JSONValue {
    let start = place
    if next == UInt8(ascii: "-") { place += 1 }
    if next == UInt8(ascii: "0") { place += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      place += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      try digits()
    }
    return .number(String(decoding: bytes[start..<place], as: UTF8.self))
  }

  private mutating func digits() throws(JSONDefect) {
    guard let byte = next, (0x30...0x39).contains(byte) else { throw defect }
    while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
  }
}
