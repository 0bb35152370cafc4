import OpenSSLCrypto
import OperationLog
import Testing

@Suite("The operation envelope")
struct EnvelopeTests {
  @Test("The smallest header has exactly these bytes, and reads back")
  func smallFixture() throws {
    #expect(hex(Sample.smallHeader.encoded()) == Sample.smallHeaderHex)
    #expect(try OperationHeader(decoding: bytes(Sample.smallHeaderHex)) == Sample.smallHeader)
  }

  @Test("A header with every optional part has exactly these bytes, and reads back")
  func largeFixture() throws {
    #expect(hex(Sample.largeHeader.encoded()) == Sample.largeHeaderHex)
    let decoded = try OperationHeader(decoding: bytes(Sample.largeHeaderHex))
    #expect(decoded == Sample.largeHeader)
    #expect(decoded.happenedAt == Sample.milliseconds - 3_600_000)
  }

  @Test("The commitment of a text is the digest of salt and text, and stands at the very end")
  func commitment() {
    let made = SHA256Hashing().sha256(Sample.salt, Sample.text)
    #expect(made.description == Sample.commitmentHex)
    #expect(Sample.largeHeader.encoded().suffix(32).elementsEqual(made.bytes))
  }

  @Test("No beginning of a header is a header", arguments: [Sample.smallHeaderHex, Sample.largeHeaderHex])
  func truncation(_ fixture: String) {
    let whole = bytes(fixture)
    for count in 0..<whole.count {
      #expect(throws: ByteDecodingFailure.self) { try OperationHeader(decoding: Array(whole.prefix(count))) }
    }
  }

  @Test("Bytes behind a header are refused")
  func trailing() {
    #expect(throws: ByteDecodingFailure.trailing) { try OperationHeader(decoding: bytes(Sample.smallHeaderHex) + [0]) }
  }

  @Test(
    "A header with one bit turned is refused, or is another header with exactly those bytes",
    arguments: [Sample.smallHeaderHex, Sample.largeHeaderHex])
  func bitFlips(_ fixture: String) {
    let whole = bytes(fixture)
    for bit in 0..<whole.count * 8 {
      var changed = whole
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      if let decoded = try? OperationHeader(decoding: changed) {  // A refusal is the other right answer.
        #expect(decoded.encoded() == changed, "bit \(bit)")
        #expect(decoded != Sample.smallHeader && decoded != Sample.largeHeader)
      }
    }
  }

  @Test("Whatever bytes come, a header is refused or reads back to the same bytes")
  func noise() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<20_000 {
      var noise = bytes(Sample.largeHeaderHex)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        noise[Int.random(in: 0..<noise.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) { noise.removeLast(Int.random(in: 0..<noise.count, using: &generator)) }
      guard let decoded = try? OperationHeader(decoding: noise) else { continue }  // Most noise is refused.
      #expect(decoded.encoded() == noise)
    }
  }

  @Test("Limits hold on both sides: sequence, lamport, people, text, whole header")
  func limits() throws {
    func roundTrip(_ change: (inout OperationHeader) -> Void) throws -> OperationHeader {
      var header = Sample.largeHeader
      change(&header)
      return try OperationHeader(decoding: header.encoded())
    }
    func isRefused(as expected: ByteDecodingFailure, _ change: (inout OperationHeader) -> Void) -> Bool {
      do {
        _ = try roundTrip(change)
        return false
      } catch {
        return error as? ByteDecodingFailure == expected
      }
    }
    let long = try roundTrip { $0.sequence = Dot.sequenceMax - 1 }
    let crowded = try roundTrip { $0.people = Array(repeating: .zero, count: 8) }
    let wordy = try roundTrip { $0.textLength = OperationHeader.textBytesMax }
    let ancient = try roundTrip { $0.occurredAt = .min }
    let future = try roundTrip { $0.occurredAt = .max }
    #expect(long.sequence == Dot.sequenceMax - 1 && crowded.people.count == 8)
    #expect(wordy.textLength == OperationHeader.textBytesMax)
    #expect(ancient.occurredAt == .min && future.occurredAt == .max)
    let refused = [
      isRefused(as: .numberTooLarge) { $0.sequence = Dot.sequenceMax },
      isRefused(as: .numberTooLarge) { $0.sequence = 0 },
      isRefused(as: .numberTooLarge) { $0.lamport = OperationHeader.lamportMax },
      isRefused(as: .limitExceeded) { $0.people = Array(repeating: .zero, count: 9) },
      isRefused(as: .limitExceeded) { $0.textLength = OperationHeader.textBytesMax + 1 },
      isRefused(as: .limitExceeded) { $0.facts = Array(repeating: 0, count: OperationHeader.headerBytesMax) },
    ]
    #expect(refused == Array(repeating: true, count: refused.count))
  }

  @Test("A header of another version is refused as such, so that it can be kept and folded in later")
  func unknownVersion() {
    var other = bytes(Sample.smallHeaderHex)
    other[0] = 9
    #expect(throws: ByteDecodingFailure.unknownVersion(9)) { try OperationHeader(decoding: other) }
  }
}

@Suite("Numbers and bytes")
struct ByteCodingTests {
  @Test("Every number reads back, and a longer form than needed is refused")
  func varints() throws {
    var generator = SeededGenerator(seed: 3)
    var samples: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, 1 << 56, .max - 1, .max]
    for _ in 0..<500 { samples.append(generator.next() >> UInt64.random(in: 0..<64, using: &generator)) }
    for value in samples {
      var writer = ByteWriter()
      writer.varint(value)
      writer.signedVarint(Int64(bitPattern: value))
      var reader = ByteReader(writer.bytes)
      let unsigned = try reader.varint()
      let signed = try reader.signedVarint()
      #expect(unsigned == value && signed == Int64(bitPattern: value))
      try reader.finish()
    }
    var padded = ByteReader([0x80, 0x00])
    #expect(throws: ByteDecodingFailure.notCanonical) { try padded.varint() }
    var tooLarge = ByteReader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02])
    #expect(throws: ByteDecodingFailure.numberTooLarge) { try tooLarge.varint() }
    var endless = ByteReader(Array(repeating: 0xff, count: 11))
    #expect(throws: ByteDecodingFailure.numberTooLarge) { try endless.varint() }
  }

  @Test("Text that is no UTF-8, and lengths above their limit, are refused")
  func texts() throws {
    var writer = ByteWriter()
    writer.text("señal 🚨")
    var reader = ByteReader(writer.bytes)
    let text = try reader.text(limit: 64)
    #expect(text == "señal 🚨")
    var short = ByteReader(writer.bytes)
    #expect(throws: ByteDecodingFailure.limitExceeded) { try short.text(limit: 3) }
    var wrong = ByteReader([2, 0xc3, 0x28])
    #expect(throws: ByteDecodingFailure.notUTF8) { try wrong.text(limit: 64) }
    var huge = ByteReader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 1])
    #expect(throws: ByteDecodingFailure.limitExceeded) { try huge.blob(limit: 64) }
  }
}
