/// Appends JSON (RFC 8259) to a byte array: members in the order they are written, nil as `null`.
struct JSONBytes {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  mutating func object(_ body: (inout JSONBytes) -> Void) {
    enclosed(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  mutating func array<Element>(_ elements: [Element], _ body: (inout JSONBytes, Element) -> Void) {
    enclosed(UInt8(ascii: "["), UInt8(ascii: "]")) { json in
      for element in elements { body(&json, element) }
    }
  }

  mutating func key(_ name: String) {
    comma()
    quoted(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  mutating func member<Number: FixedWidthInteger>(_ name: String, _ value: Number?) {
    key(name)
    if let value { literal(String(value)) } else { null() }
  }

  /// A value that is no number (JSON has none for it) is written as unknown.
  mutating func member(_ name: String, _ value: Double?) {
    key(name)
    if let value, value.isFinite { literal(value.description) } else { null() }
  }

  mutating func member(_ name: String, _ value: Bool?) {
    key(name)
    if let value { literal(value ? "true" : "false") } else { null() }
  }

  mutating func member(_ name: String, _ value: UTCMoment?) {
    member(name, value?.text)
  }

  mutating func string(_ value: String) {
    comma()
    quoted(value)
    needsComma = true
  }

  mutating func null() { literal("null") }

  private mutating func literal(_ text: String) {
    comma()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func enclosed(_ open: UInt8, _ close: UInt8, _ body: (inout JSONBytes) -> Void) {
    comma()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func quoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
