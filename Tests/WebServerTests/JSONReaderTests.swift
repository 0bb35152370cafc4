import Testing

@testable import WebServer

@Suite struct JSONReaderTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  @Test("Values of every kind are read as they were written")
  func values() throws {
    let value = try read(#" {"a": [1, -2.5e3, true, false, null], "b": "é\n\u00e9\ud83d\ude00\/"} "#)
    #expect(
      value
        == .object([
          .init(name: "a", value: .array([.number("1"), .number("-2.5e3"), .flag(true), .flag(false), .null])),
          .init(name: "b", value: .string("é\né😀/")),
        ]))
  }

  @Test("Whole numbers are integers however they are spelt", arguments: ["5", "5.0", "5e0", "0.5e1"])
  func integers(_ text: String) throws {
    #expect(try read(text).integer == 5)
  }

  @Test(
    "What is no JSON is refused with its place",
    arguments: [
      ("", 0), ("{", 1), ("[1,]", 3), ("01", 1), ("1 2", 2), (#"{"a" 1}"#, 5), (#""\x""#, 2), (#""\ud800""#, 7),
      ("\"a\nb\"", 2), ("nul", 3), ("-", 1), ("1.", 2), (#"{"a":1,}"#, 7),
    ])
  func malformed(_ text: String, _ offset: Int) {
    #expect(throws: JSONDefect.malformed(offset: offset)) { try read(text) }
  }

  @Test("Bytes that are no UTF-8, repeated names and deep nesting are refused")
  func strictness() {
    #expect(throws: JSONDefect.notUTF8) { try JSONReader.read([0x22, 0xff, 0x22]) }
    #expect(throws: JSONDefect.repeatedName("a")) { try read(#"{"a":1,"a":2}"#) }
    #expect(throws: JSONDefect.tooDeep) { try read(String(repeating: "[", count: 100_000)) }
  }

  @Test("A query is decoded as forms encode it")
  func queryDecoding() {
    #expect(QueryFields.decoded("a+b%20c%C3%A9") == "a b cé")
    #expect(QueryFields.decoded("%") == nil)
    #expect(QueryFields.decoded("%ff") == nil)
  }

  @Test("Base64url gives back what it was given", arguments: 0..<6)
  func base64url(_ count: Int) {
    let bytes = (0..<count).map { UInt8($0 * 50) }
    #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
  }
}
