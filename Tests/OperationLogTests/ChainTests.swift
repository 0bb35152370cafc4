import OpenSSLCrypto
import OperationLog
import Testing

@Suite("The hash chain of a stream")
struct ChainTests {
  private let hashing = SHA256Hashing()
  private let stream: StreamID = counting(from: 0x20)
  private let cluster: ClusterID = counting(from: 0xa0)

  private func header(_ sequence: UInt64) -> [UInt8] {
    var header = Sample.smallHeader
    header.sequence = sequence
    return header.encoded()
  }

  /// A signed run `first…last` and the chain before it.
  private func run(_ first: UInt64, _ last: UInt64, key: Ed25519SigningKey) -> (StreamChain, OperationRun) {
    var chain = StreamChain(stream: stream, hashing: hashing)
    for sequence in 1..<first { chain.append(header(sequence), hashing: hashing) }
    let before = chain
    let records = (first...last).map { OperationRecord(header: header($0)) }
    for record in records { chain.append(record.header, hashing: hashing) }
    let head = SignedHead(cluster: cluster, stream: stream, sequence: last, hash: chain.hash, signer: key)
    return (before, OperationRun(stream: stream, first: first, records: records, head: head))
  }

  @Test("The chain begins with the stream's name and takes the headers in, exactly so")
  func fixture() {
    var chain = StreamChain(stream: stream, hashing: hashing)
    #expect(chain.hash.description == "ec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a33")
    chain.append(bytes(Sample.smallHeaderHex), hashing: hashing)
    #expect(chain.sequence == 1)
    #expect(chain.hash.description == "5371d651f946df79ade5995884cd52e7f4a6f0bddf029f5afd2692b7987c14da")
    #expect(chain.reference.hashPrefix == 0x5371_d651)
    let message = SignedHead.message(cluster: cluster, stream: stream, sequence: 1, hash: chain.hash)
    #expect(
      hex(message) == "72656c65766f2f686561642f30a0a1a2a3a4a5a6a7a8a9aaabacadaeaf202122232425262728292a2b2c2d2e2f"
        + "00000000000000015371d651f946df79ade5995884cd52e7f4a6f0bddf029f5afd2692b7987c14da")
  }

  @Test("A run that goes on from the chain verifies, and gives the hash after each record")
  func verifies() throws {
    let key = Ed25519SigningKey.generate()
    let (chain, run) = run(4, 9, key: key)
    let hashes = try run.verifyChain(from: chain, hashing: hashing)
    #expect(hashes.count == 6 && hashes.last == run.head.hash)
    #expect(run.head.isValid(cluster: cluster, publicKey: key.publicKey, verifier: Ed25519Verifier()))
  }

  @Test("A run that begins too late is a gap and says what is expected; one that begins too early likewise")
  func gap() {
    let key = Ed25519SigningKey.generate()
    let (_, later) = run(5, 6, key: key)
    let start = StreamChain(stream: stream, hashing: hashing)
    #expect(throws: RunRefusal.gap(expected: 1, got: 5)) { try later.verifyChain(from: start, hashing: hashing) }
  }

  @Test("An altered, exchanged or missing record breaks the chain")
  func altered() {
    let key = Ed25519SigningKey.generate()
    let (chain, run) = run(1, 4, key: key)
    let broken = RunRefusal.chainBroken(Dot(stream: stream, sequence: 4))
    var changed = run
    changed.records[1].header[30] ^= 1
    #expect(throws: broken) { try changed.verifyChain(from: chain, hashing: hashing) }
    var exchanged = run
    exchanged.records.swapAt(0, 1)
    #expect(throws: broken) { try exchanged.verifyChain(from: chain, hashing: hashing) }
    var missing = run
    missing.records.removeLast()
    #expect(throws: RunRefusal.malformed) { try missing.verifyChain(from: chain, hashing: hashing) }
    missing.head.sequence = 3
    #expect(throws: RunRefusal.chainBroken(Dot(stream: stream, sequence: 3))) {
      try missing.verifyChain(from: chain, hashing: hashing)
    }
  }

  @Test("Empty runs, runs outside the bounds and heads of other streams are malformed")
  func malformed() {
    let key = Ed25519SigningKey.generate()
    let (chain, run) = run(1, 2, key: key)
    var empty = run
    empty.records = []
    var outside = run
    outside.first = Dot.sequenceMax
    outside.head.sequence = outside.last
    var otherStream = run
    otherStream.head.stream = counting(from: 0x21)
    for wrong in [empty, outside, otherStream] {
      #expect(throws: RunRefusal.malformed) { try wrong.verifyChain(from: chain, hashing: hashing) }
    }
  }

  @Test("A signature counts for one key, cluster, stream, sequence and hash")
  func signature() {
    let key = Ed25519SigningKey.generate()
    let (_, run) = run(1, 3, key: key)
    let verifier = Ed25519Verifier()
    func isValid(_ head: SignedHead, cluster: ClusterID? = nil, key other: [UInt8]? = nil) -> Bool {
      head.isValid(cluster: cluster ?? self.cluster, publicKey: other ?? key.publicKey, verifier: verifier)
    }
    #expect(isValid(run.head))
    #expect(!isValid(run.head, cluster: counting(from: 0xa1)))
    #expect(!isValid(run.head, key: Ed25519SigningKey.generate().publicKey))
    var head = run.head
    head.sequence = 2
    #expect(!isValid(head))
    head = run.head
    head.stream = counting(from: 0x21)
    #expect(!isValid(head))
    head = run.head
    head.hash.word3 ^= 1
    #expect(!isValid(head))
    head = run.head
    head.signature = []
    #expect(!isValid(head))
  }

  @Test("An erased text leaves the chain whole")
  func erased() throws {
    var chain = StreamChain(stream: stream, hashing: hashing)
    let start = chain
    var header = Sample.largeHeader
    header.sequence = 1
    let record = OperationRecord(header: header.encoded(), salt: Sample.salt, text: Sample.text)
    chain.append(record.header, hashing: hashing)
    let head = SignedHead(stream: stream, sequence: 1, hash: chain.hash, signature: [])
    var run = OperationRun(stream: stream, first: 1, records: [record], head: head)
    let whole = try run.verifyChain(from: start, hashing: hashing)
    run.records[0].salt = []
    run.records[0].text = nil
    #expect(try run.verifyChain(from: start, hashing: hashing) == whole)
  }
}

@Suite("Identifiers")
struct IdentifierTests {
  @Test("Identifiers sort by their bytes, and read back from bytes and hexadecimal digits")
  func order() {
    let low: StreamID = counting(from: 1)
    let high = StreamID(high: .max, low: 0)
    #expect(low < high && StreamID(high: 1, low: 2) < StreamID(high: 1, low: 3))
    #expect(StreamID(bytes: low.bytes) == low && StreamID(hex: low.description) == low)
    #expect(StreamID(hex: "0g") == nil && StreamID(hex: "00") == nil && StreamID(bytes: [1]) == nil)
  }

  @Test("The same cause names the same entity, and no two causes do")
  func causes() {
    let hashing = SHA256Hashing()
    let actor: EntityID = counting(from: 9)
    #expect(hashing.entity(actor: actor, key: "a") == hashing.entity(actor: actor, key: "a"))
    #expect(hashing.entity(actor: actor, key: "a") != hashing.entity(actor: actor, key: "b"))
    #expect(hashing.entity(source: "ab", id: "c") != hashing.entity(source: "a", id: "bc"))
    #expect(hashing.entry(actor: actor, key: "a").bytes != hashing.entity(actor: actor, key: "a").bytes)
  }
}
