import Hummingbird
import NIOCore
import Texts

/// Appends JSON (RFC 8259) to one buffer, which is sent as it is: members in the order they are written, nil as `null`.
struct JSONWriter {
  private(set) var buffer: ByteBuffer
  private var needsComma = false

  /// - Parameter capacity: bytes to reserve; the buffer grows when they do not suffice.
  init(capacity: Int = 1024) {
    buffer = ByteBufferAllocator().buffer(capacity: capacity)
  }

  /// What was written, to be sent.
  var body: ResponseBody { ResponseBody(byteBuffer: buffer) }
  /// What was written, as text.
  var text: String { String(buffer: buffer) }

  /// `{…}` with the members the closure writes.
  mutating func object(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    body(&self)
    close(UInt8(ascii: "}"))
  }

  /// `[…]` with what the closure writes of each element.
  mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void) {
    open(UInt8(ascii: "["))
    for element in elements { body(&self, element) }
    close(UInt8(ascii: "]"))
  }

  /// `[…]` of texts.
  mutating func strings(_ elements: some Sequence<String>) {
    array(elements) { json, element in json.string(element) }
  }

  /// A member's name; its value is written next.
  mutating func key(_ name: StaticString) {
    comma()
    buffer.writeInteger(UInt8(ascii: "\""))
    buffer.writeStaticString(name)
    buffer.writeStaticString("\":")
    needsComma = false
  }

  /// A text or `null`.
  mutating func member(_ name: StaticString, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// A whole number.
  mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
    key(name)
    number(value)
  }

  /// `true` or `false`.
  mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    flag(value)
  }

  /// A number given in thousandths, such as 1250 for `1.25`, or `null`.
  mutating func member(_ name: StaticString, perMille: Int64?) {
    key(name)
    guard let perMille else { return null() }
    let rest = String(1000 + perMille.magnitude % 1000).dropFirst()
    literal("\(perMille < 0 ? "-" : "")\(perMille.magnitude / 1000).\(rest)")
  }

  /// A whole number or `null`.
  mutating func member(_ name: StaticString, orNull value: Int64?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  /// A moment in milliseconds UTC as RFC 3339.
  mutating func member(_ name: StaticString, moment: Int64?) {
    member(name, moment.map { RFC3339.text(milliseconds: $0) })
  }

  /// A text as an element or after `key`.
  mutating func string(_ value: String) {
    comma()
    quoted(value)
    needsComma = true
  }

  /// A number as an element or after `key`.
  mutating func number(_ value: some FixedWidthInteger) { literal(String(value)) }
  /// `true` or `false` after `key`.
  mutating func flag(_ value: Bool) { literal(value ? "true" : "false") }
  /// `null` after `key`.
  mutating func null() { literal("null") }

  private mutating func literal(_ text: String) {
    comma()
    buffer.writeString(text)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    comma()
    buffer.writeInteger(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    buffer.writeInteger(bracket)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
  }

  private mutating func quoted(_ text: String) {
    buffer.writeInteger(UInt8(ascii: "\""))
    var copy = text
    // Almost all texts need no escape and are copied whole.
    let isPlain = copy.withUTF8 { bytes in
      bytes.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
    if isPlain { buffer.writeString(copy) } else { escape(copy) }
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  private mutating func escape(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        buffer.writeInteger(UInt8(ascii: "\\"))
        buffer.writeInteger(byte)
      case UInt8(ascii: "\n"): buffer.writeStaticString("\\n")
      case UInt8(ascii: "\t"): buffer.writeStaticString("\\t")
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        buffer.writeStaticString("\\u00")
        buffer.writeInteger(digits[Int(byte >> 4)])
        buffer.writeInteger(digits[Int(byte & 15)])
      default: buffer.writeInteger(byte)
      }
    }
  }
}
