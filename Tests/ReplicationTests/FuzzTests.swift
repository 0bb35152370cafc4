import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("Bytes of strangers")
struct FuzzTests {
  private static let hashing = TinyStore.hashing

  @Test("Whatever bytes come, decoding a frame never traps, and what is accepted has exactly one form")
  func frames() throws {
    var run = FuzzRun("frames")
    var start = SeededGenerator(seed: 1)
    let corpus = FuzzCorpus.frames(&start)
    var accepted = 0
    while let seed = run.next() {
      var mutator = FuzzMutator(dice: SeededGenerator(seed: seed))
      let original = corpus.randomElement(using: &mutator.dice) ?? []
      if try Self.check(mutator.mutated(original, corpus: corpus), seed) { accepted += 1 }
    }
    print("fuzz frames: \(run.attempts) attempts, \(accepted) accepted")
    #expect(accepted > 0)
    // What is well-formed must be accepted, or the fuzzer looks at nothing but refusals.
    for bytes in corpus.dropFirst(WireSample.all.count) { #expect(try Self.check(bytes, 0)) }
  }

  /// Decodes; true when accepted.
  private static func check(_ bytes: [UInt8], _ seed: UInt64) throws -> Bool {
    guard let frame = try? Frame(decoding: bytes, hashing: hashing) else { return false }  // Refusing is fine.
    let again = frame.encoded(hashing: hashing)
    if OperationRun.isCompressed(frame: bytes) {
      // zstd has many forms of one content; the content has one.
      #expect(try Frame(decoding: again, hashing: hashing) == frame, "RELEVO_FUZZ_SEED=\(seed)")
      #expect(again.count <= RunCompression.inflatedBytesMax + 256, "RELEVO_FUZZ_SEED=\(seed)")
    } else {
      #expect(again == bytes, "RELEVO_FUZZ_SEED=\(seed) \(Hexadecimal.encode(bytes))")
    }
    // At most as much memory as a fixed multiple of what was received, or of the cap where it was compressed.
    let received = OperationRun.isCompressed(frame: bytes) ? max(bytes.count, again.count) : bytes.count
    #expect(weight(frame) <= 64 * received + 1024, "RELEVO_FUZZ_SEED=\(seed)")
    return true
  }

  /// Bytes that the decoded frame takes in memory, roughly.
  private static func weight(_ frame: Frame) -> Int {
    switch frame {
    case .haves(let positions), .acknowledgements(let positions):
      positions.count * MemoryLayout<StreamPosition>.stride
    case .wants(let ranges): ranges.count * MemoryLayout<WantedRange>.stride
    case .prune(let streams): streams.count * MemoryLayout<StreamID>.stride
    case .vector(let part): part.held.streamCount * 2 * (MemoryLayout<StreamID>.stride + 8)
    case .operations(let run): run.records.reduce(0) { $0 + $1.byteCount + 128 }
    case .join(let bytes), .welcome(let bytes), .refuse(let bytes): bytes.count
    case .relay(let message): message.bytes.count + message.topic.utf8.count
    default: MemoryLayout<Frame>.stride
    }
  }

  @Test("Whatever bytes come, decoding an operation's header never traps, and what is accepted has exactly one form")
  func headers() throws {
    var run = FuzzRun("headers")
    var accepted = 0
    let corpus = Self.headers
    while let seed = run.next() {
      var mutator = FuzzMutator(dice: SeededGenerator(seed: seed))
      let original = corpus.randomElement(using: &mutator.dice) ?? []
      let bytes = mutator.mutated(original, corpus: corpus)
      guard let header = try? OperationHeader(decoding: bytes) else { continue }  // Refusing is fine.
      accepted += 1
      #expect(header.encoded() == bytes, "RELEVO_FUZZ_SEED=\(seed) \(Hexadecimal.encode(bytes))")
      let weight =
        header.facts.count + 16 * header.people.count + 32
        * (header.observed.entries.count + header.observed.holes.count)
      #expect(weight <= 64 * bytes.count, "RELEVO_FUZZ_SEED=\(seed)")
    }
    print("fuzz headers: \(run.attempts) attempts, \(accepted) accepted")
    #expect(accepted > 0)
    for bytes in corpus { #expect(try OperationHeader(decoding: bytes).encoded() == bytes) }
  }

  /// The headers of docs/wire.md, and others with more and fewer parts.
  private static let headers: [[UInt8]] = {
    var headers = [WireSample.plainRecord.header, WireSample.textRecord.header]
    for count in 0...8 {
      var observed = ObservedVector()
      for index in 0..<count {
        let dot = Dot(stream: counting(from: UInt8(index * 16)), sequence: UInt64(index) << (index * 5) + 1)
        observed.note(DotReference(dot: dot, hashPrefix: UInt32(index)), asHole: index % 3 == 2)
      }
      headers.append(
        OperationHeader(
          kind: UInt16(count) << 5, sequence: 1 << (count * 5), clock: HybridTime(milliseconds: 1_700_000_000_000),
          lamport: 1 << (count * 7), occurredAt: count % 2 == 0 ? nil : Int64(count) << 38, entity: counting(from: 3),
          entry: count % 3 == 0 ? nil : counting(from: 5), people: (0..<count).map { counting(from: UInt8($0)) },
          observed: observed, actor: counting(from: 7), facts: [UInt8](repeating: 9, count: count * 50),
          textCommitment: count % 4 == 0 ? nil : WireSample.digest, textLength: count % 4 == 0 ? 0 : count * 1000
        ).encoded())
    }
    return headers
  }()

  @Test("Changed frames cost their sender, and never the data, the other peers or the process")
  func liveReplicator() throws {
    var run = FuzzRun("replicator")
    var strikes = 0
    while let seed = run.next(lookingEvery: 1) {
      var attack = Attack(seed: seed)
      try attack.play()
      strikes += attack.strikes
    }
    print("fuzz replicator: \(run.attempts) networks, \(strikes) strikes")
    #expect(strikes > 0)
  }
}

/// Three nodes in a triangle; what the second sends to the first is caught, changed and sent once more.
private struct Attack {
  let seed: UInt64
  private var network: TestNetwork
  private var mutator: FuzzMutator
  private let caught = Caught()
  private(set) var strikes = 0

  private final class Caught {
    var frames: [[UInt8]] = []
  }

  init(seed: UInt64) {
    self.seed = seed
    network = TestNetwork(3, seed: seed)
    mutator = FuzzMutator(dice: SeededGenerator(seed: seed))
    for (one, other) in [(0, 1), (0, 2), (1, 2)] { network.link(one, other) }
    network.loses = { [caught] _, _, bytes in
      if caught.frames.count < 400 { caught.frames.append(bytes) }
      return false
    }
  }

  mutating func play() throws {
    for node in 0..<3 { network.write(node, 3, textBytes: 60) }
    network.run(milliseconds: 300)
    for _ in 0..<60 {
      network.write(Int.random(in: 0..<3, using: &mutator.dice), Int.random(in: 1...4, using: &mutator.dice))
      for _ in 0..<Int.random(in: 1...4, using: &mutator.dice) { inject() }
      // Now and then long enough for the pause after garbage to end.
      let isLong = Int.random(in: 0..<5, using: &mutator.dice) == 0
      network.run(milliseconds: isLong ? 65_000 : Int64.random(in: 1...400, using: &mutator.dice))
      expectHonestHistory()
    }
    // Pauses after garbage last up to a minute.
    let converged = network.run(atMost: 1_800_000) { $0.isConverged }
    #expect(converged, "RELEVO_FUZZ_SEED=\(seed)")
    expectHonestHistory()
  }

  private mutating func inject() {
    guard let link = network.links(0, 1).randomElement(using: &mutator.dice),
      let original = caught.frames.randomElement(using: &mutator.dice)
    else { return }
    let bytes = mutator.mutated(original, corpus: caught.frames)
    let before = blame
    let isFrame = (try? Frame(decoding: bytes, hashing: TinyStore.hashing)) != nil  // Nil: it must be counted.
    network.inject(0, link, bytes)
    let isKnownVersion = bytes.first == Frame.version
    if !isFrame, isKnownVersion, blame > before { strikes += 1 }
    #expect(isFrame || !isKnownVersion || blame > before, "RELEVO_FUZZ_SEED=\(seed) \(Hexadecimal.encode(bytes))")
  }

  /// All that the first node has counted against the second.
  private var blame: UInt64 {
    guard let counters = network.figures(0, of: 1)?.counters else { return 0 }
    return counters.garbage &+ counters.framesUnknown &+ counters.inflationsRefused
  }

  /// Whatever anybody holds is what its author wrote.
  private func expectHonestHistory() {
    for author in network.nodes.indices {
      let stream = network.nodes[author].store.stream
      let written = network.nodes[author].store.hashes[stream] ?? []
      for holder in network.nodes {
        let held = holder.store.hashes[stream] ?? []
        #expect(written.starts(with: held), "RELEVO_FUZZ_SEED=\(seed)")
      }
    }
    let known = Set(network.nodes.map(\.store.stream))
    for holder in network.nodes { #expect(known.isSuperset(of: holder.store.hashes.keys), "RELEVO_FUZZ_SEED=\(seed)") }
  }
}
