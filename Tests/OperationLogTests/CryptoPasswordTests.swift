@testable import OpenSSLCrypto
import OperationLog
import Synchronization
import Testing

@Suite("Passwords are kept by scrypt, on threads of their own")
struct CryptoPasswordTests {
  /// Cheap enough for tests: 128 KiB.
  static let cheap = ScryptCost(logN: 7, blockSize: 8, parallelism: 1)!

  @Test("The first two examples of RFC 7914")
  func publishedKeys() throws {
    let first = try PasswordHash.scrypt(
      [], salt: [], cost: #require(ScryptCost(logN: 4, blockSize: 1, parallelism: 1)), keyBytes: 64)
    #expect(
      Hexadecimal.encode(first) == "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")
    let second = try PasswordHash.scrypt(
      Array("password".utf8), salt: Array("NaCl".utf8),
      cost: #require(ScryptCost(logN: 10, blockSize: 8, parallelism: 16)), keyBytes: 64)
    #expect(
      Hexadecimal.encode(second) == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
  }

  @Test("A stored text reads back to the same hash and matches only its password")
  func storedText() throws {
    let hash = try PasswordHash.derive(from: Array("geheim".utf8), cost: Self.cheap, random: SecureRandomBytes())
    #expect(hash.text.hasPrefix("$scrypt$ln=7,r=8,p=1$"))
    let read = try #require(PasswordHash(text: hash.text))
    #expect(read == hash)
    #expect(try read.isMatch(Array("geheim".utf8)))
    #expect(try !read.isMatch(Array("Geheim".utf8)))
    #expect(try !read.isMatch([]))
  }

  @Test(
    "Texts that are no hash, or one that would exhaust the node, are not read",
    arguments: [
      "", "$", "scrypt", "$scrypt$ln=7,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=7,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
      "$scrypt$ln=21,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=20,r=32,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=-7,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=99999999999999999999,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$argon2$ln=7,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
      "$scrypt$ln=7,r=8,p=1$AAAA*AAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ])
  func unreadableText(text: String) {
    #expect(PasswordHash(text: text) == nil)
  }

  @Test("Base64 gives back every length of bytes")
  func base64() {
    for count in 0...40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
    #expect(Base64.encode(Array("foobar".utf8)) == "Zm9vYmFy")
    #expect(Base64.encode(Array("foob".utf8)) == "Zm9vYg")
    #expect(Base64.decode("Zm9vYh".utf8) == nil)
  }

  @Test("The right password matches, a wrong one and an unknown person do not")
  func verdicts() async throws {
    let hasher = try PasswordHasher(cost: Self.cheap)
    let stored = try await hasher.hash(Array("correcta".utf8)).text
    #expect(try await hasher.verify(Array("correcta".utf8), against: stored) == .matched)
    #expect(try await hasher.verify(Array("falsa".utf8), against: stored) == .mismatched)
    #expect(try await hasher.verify(Array("correcta".utf8), against: nil) == .mismatched)
    #expect(try await hasher.verify(Array("correcta".utf8), against: "garbage") == .mismatched)
  }

  @Test("A password stored at another cost matches and says so")
  func raisedCost() async throws {
    let older = try PasswordHasher(cost: Self.cheap)
    let stored = try await older.hash(Array("x".utf8)).text
    let newer = try PasswordHasher(cost: #require(ScryptCost(logN: 8, blockSize: 8, parallelism: 1)))
    #expect(try await newer.verify(Array("x".utf8), against: stored) == .matchedAtOldCost)
  }

  @Test("A password above 1,024 bytes is refused, one of exactly that length is not")
  func longPassword() async throws {
    let hasher = try PasswordHasher(cost: Self.cheap)
    let longest = [UInt8](repeating: 120, count: 1_024)
    let stored = try await hasher.hash(longest).text
    #expect(try await hasher.verify(longest, against: stored) == .matched)
    await #expect(throws: PasswordRefusal.self) { try await hasher.hash(longest + [120]) }
    await #expect(throws: PasswordRefusal.self) { try await hasher.verify(longest + [120], against: stored) }
  }

  @Test("With every place in the queue taken one more is refused as busy, and those waiting still get their answer")
  func fullQueue() async throws {
    let cost = try #require(ScryptCost(logN: 14, blockSize: 8, parallelism: 1))
    let hasher = try PasswordHasher(threads: 1, queueMax: 2, cost: cost)
    let outcomes = await withTaskGroup(of: Bool?.self) { group in
      for _ in 0..<24 {
        group.addTask {
          do throws(PasswordRefusal) {
            return try await hasher.verify([1], against: nil) == .mismatched
          } catch {
            guard case .busy = error else { return false }
            return nil
          }
        }
      }
      var outcomes: [Bool?] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    #expect(outcomes.count == 24)
    #expect(outcomes.contains { $0 == nil })
    #expect(outcomes.filter { $0 == true }.count >= 2)
    #expect(!outcomes.contains(false))
  }

  @Test("A pool that is released at once still does the jobs it took")
  func releasedPool() async throws {
    let done = Counter()
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let pool: WorkerPool
      do throws(ThreadFailure) {
        pool = try WorkerPool(threads: 2, queueMax: 8)
      } catch {
        return continuation.resume(throwing: error)
      }
      for _ in 0..<8 {
        let isTaken = pool.submit {
          if done.increment() == 8 { continuation.resume() }
        }
        #expect(isTaken)
      }
    }
    #expect(done.value == 8)
  }
}

/// Counts from several threads.
private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func increment() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}
