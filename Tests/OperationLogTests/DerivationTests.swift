import OpenSSLCrypto
import OperationLog
import Testing

@Suite("Streams derived from one that was written twice")
struct DerivationTests {
  private let hashing = SHA256Hashing()

  private var derivation: StreamDerivation {
    StreamDerivation(
      root: StreamID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10), base: 300,
      baseHash: hashing.sha256([1]), firstHash: hashing.sha256([2]))
  }

  @Test("The record has one byte form, and its name follows from the first hash alone")
  func bytes() throws {
    let bytes = derivation.encoded()
    // Version, kind, root, 300 as LEB128, SHA-256(01), SHA-256(02).
    let expected =
      "00ffff0102030405060708090a0b0c0d0e0f10ac02"
      + "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
      + "dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986"
    #expect(Hexadecimal.encode(bytes) == expected)
    #expect(try StreamDerivation(decoding: bytes) == derivation)
    let other = StreamDerivation(root: .zero, base: 7, baseHash: .zero, firstHash: derivation.firstHash)
    #expect(other.name(hashing) == derivation.name(hashing))
    #expect(derivation.name(hashing).description == "ff6ed5dde2b56414233a768ac18daedd")
  }

  @Test("Places in root and branch lead to each other")
  func places() {
    #expect(derivation.rootSequence(of: 1) == 300 && derivation.rootSequence(of: 2) == 301)
    for sequence in [UInt64(1), 2, 500] {
      #expect(derivation.sequence(ofRoot: derivation.rootSequence(of: sequence)) == sequence)
    }
  }

  @Test("Every truncation, a byte more, another kind, another version and a longer number are refused")
  func badInput() {
    let bytes = derivation.encoded()
    for count in 0..<bytes.count {
      #expect(throws: ByteDecodingFailure.self) { try StreamDerivation(decoding: Array(bytes.prefix(count))) }
    }
    var changed: [[UInt8]] = [bytes + [0]]
    for (place, value) in [(0, UInt8(1)), (1, 0), (2, 1)] {
      var other = bytes
      other[place] = value
      changed.append(other)
    }
    changed.append(Array(bytes.prefix(19)) + [0x80, 0x80, 0x00] + Array(bytes.dropFirst(21)))
    let beyond: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
    changed.append(Array(bytes.prefix(19)) + beyond + Array(bytes.dropFirst(21)))
    for bytes in changed {
      #expect(throws: ByteDecodingFailure.self) { try StreamDerivation(decoding: bytes) }
    }
    // It is no operation either, so nobody takes one for the other.
    #expect(throws: ByteDecodingFailure.self) { try OperationHeader(decoding: self.derivation.encoded()) }
  }
}
