import OpenSSLCrypto
import OperationLog
import Testing

/// One example of RFC 8032, section 7.1.
struct PublishedSignature: Sendable, CustomTestStringConvertible {
  let name: String
  let seed: String
  let publicKey: String
  let message: String
  let signature: String
  var testDescription: String { name }
}

@Suite("Ed25519 agrees with RFC 8032")
struct CryptoSignatureTests {
  static let published = [
    PublishedSignature(
      name: "test 1", seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    PublishedSignature(
      name: "test 2", seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    PublishedSignature(
      name: "test 3", seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
  ]

  @Test("Published seeds give the published keys and signatures, and those verify", arguments: published)
  func publishedSignature(example: PublishedSignature) throws {
    let seed = try #require(Hexadecimal.decode(example.seed))
    let message = try #require(Hexadecimal.decode(example.message))
    let key = try #require(Ed25519SigningKey(seed: seed))
    #expect(Hexadecimal.encode(key.publicKey) == example.publicKey)
    let signature = key.signature(for: message)
    #expect(Hexadecimal.encode(signature) == example.signature)
    let verifier = Ed25519Verifier()
    #expect(verifier.isValid(signature: signature, for: message, publicKey: key.publicKey))
    // Once more with the key remembered from the first time.
    #expect(verifier.isValid(signature: signature, for: message, publicKey: key.publicKey))
  }

  @Test("One changed bit in message, signature or key is refused")
  func alterations() {
    let key = Ed25519SigningKey.generate()
    let message: [UInt8] = [1, 2, 3]
    let signature = key.signature(for: message)
    let verifier = Ed25519Verifier()
    var altered = signature
    altered[40] ^= 1
    #expect(!verifier.isValid(signature: altered, for: message, publicKey: key.publicKey))
    #expect(!verifier.isValid(signature: signature, for: [1, 2, 2], publicKey: key.publicKey))
    let stranger = Ed25519SigningKey.generate()
    #expect(!verifier.isValid(signature: signature, for: message, publicKey: stranger.publicKey))
  }

  @Test("Keys and signatures of the wrong length are refused, not crashed on")
  func wrongLengths() {
    let key = Ed25519SigningKey.generate()
    let signature = key.signature(for: [7])
    let verifier = Ed25519Verifier()
    #expect(!verifier.isValid(signature: [], for: [7], publicKey: key.publicKey))
    #expect(!verifier.isValid(signature: signature + [0], for: [7], publicKey: key.publicKey))
    #expect(!verifier.isValid(signature: signature, for: [7], publicKey: []))
    #expect(!verifier.isValid(signature: signature, for: [7], publicKey: key.publicKey + [0]))
    #expect(Ed25519SigningKey(seed: [1, 2, 3]) == nil)
  }

  @Test("More keys than are remembered still verify")
  func manyKeys() throws {
    let verifier = Ed25519Verifier()
    for number in 0..<300 {
      let seed = [UInt8(number & 255), UInt8(number >> 8)] + [UInt8](repeating: 9, count: 30)
      let key = try #require(Ed25519SigningKey(seed: seed))
      #expect(verifier.isValid(signature: key.signature(for: [1]), for: [1], publicKey: key.publicKey))
    }
  }

  @Test("What a key prints holds no secret")
  func description() {
    let key = Ed25519SigningKey.generate()
    #expect(!"\(key)".contains(Hexadecimal.encode(key.seed)))
    #expect("\(key)".contains(Hexadecimal.encode(key.publicKey)))
  }
}
