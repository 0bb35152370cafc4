import OpenSSLCrypto
import OperationLog
import Testing

@Suite("SHA-256 and HMAC-SHA-256 agree with the published answers")
struct CryptoHashingTests {
  private let hashing = SHA256Hashing()

  @Test(
    "The examples of FIPS 180",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func publishedDigests(message: String, digest: String) {
    #expect(hashing.sha256(Array(message.utf8)).description == digest)
  }

  @Test("A million letters a")
  func longMessage() {
    let digest = hashing.sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(digest.description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("Parts are digested as if joined, and no part at all as nothing")
  func parts() {
    #expect(hashing.sha256([97], [], [98, 99]) == hashing.sha256(Array("abc".utf8)))
    #expect(hashing.sha256() == hashing.sha256([]))
    Array("abc".utf8).withUnsafeBytes { #expect(hashing.sha256(of: $0) == hashing.sha256([97, 98, 99])) }
  }

  @Test("The examples 1, 2 and 6 of RFC 4231, the last with a key longer than a block")
  func keyedDigests() {
    let first = hashing.hmacSHA256(key: [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
    #expect(first.description == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    let second = hashing.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
    #expect(second.description == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let sixth = hashing.hmacSHA256(
      key: [UInt8](repeating: 0xaa, count: 131),
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
    #expect(sixth.description == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test("Many tasks digest at once without disturbing each other")
  func concurrency() async {
    let hashing = hashing
    let expected = (0..<64).map { hashing.sha256([UInt8($0)], Array("x".utf8)) }
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<64 {
        group.addTask {
          (0..<200).allSatisfy { _ in hashing.sha256([UInt8(index)], Array("x".utf8)) == expected[index] }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("Random bytes have the length asked for and differ")
  func randomBytes() {
    let random = SecureRandomBytes()
    #expect(random.bytes(0).isEmpty)
    #expect(random.bytes(33).count == 33)
    #expect(random.bytes(16) != random.bytes(16))
  }

  @Test("Comparing in constant time gives the same answers as comparing")
  func constantTime() {
    #expect(ConstantTime.areEqual([], []))
    #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2, 4]))
    #expect(!ConstantTime.areEqual([1, 2, 3], [1, 2]))
  }
}
