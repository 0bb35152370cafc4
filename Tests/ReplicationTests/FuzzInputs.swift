import Glibc
import OperationLog

@testable import Replication

/// A bounded time of attempts, each with a seed of its own: whoever wants to see one again sets `RELEVO_FUZZ_SEED` to
/// it.
struct FuzzRun {
  /// Seconds for each of the three fuzz tests: a minute in all where the code is optimised.
  static var budget: Duration {
    #if DEBUG
      .milliseconds(1600)
    #else
      .seconds(20)
    #endif
  }

  let first: UInt64
  private(set) var attempts: UInt64 = 0
  private let end: ContinuousClock.Instant

  init(_ name: String) {
    let stated = getenv("RELEVO_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
    first = stated ?? UInt64.random(in: 0...UInt64(UInt32.max))
    end = ContinuousClock.now + Self.budget
    print("fuzz \(name): RELEVO_FUZZ_SEED=\(first)")
  }

  /// The seed of the next attempt, nil when the time is over; the clock is looked at once in so many attempts.
  mutating func next(lookingEvery attemptsBetween: UInt64 = 64) -> UInt64? {
    if attempts % attemptsBetween == 0, ContinuousClock.now >= end { return nil }
    defer { attempts += 1 }
    return first &+ attempts
  }
}

/// Bytes that were good once: changed where it hurts, and spliced with others.
struct FuzzMutator {
  var dice: SeededGenerator

  private static let numbers: [UInt64] = [
    0, 1, 2, 127, 128, 255, 256, 16_383, 16_384, 16_385, 65_535, 65_536, 1 << 20, (1 << 20) + 1, 1 << 31, 1 << 32,
    1 << 47,
    (1 << 48) - 1, 1 << 48, (1 << 60) - 1, 1 << 60, 1 << 63, .max - 1, .max,
  ]

  /// One to six changes.
  mutating func mutated(_ original: [UInt8], corpus: [[UInt8]]) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...6, using: &dice) { change(&bytes, corpus) }
    return bytes
  }

  private mutating func place(_ bytes: [UInt8]) -> Int {
    // Half of the changes hit the first bytes, where lengths and kinds are.
    let end = Bool.random(using: &dice) ? min(40, bytes.count) : bytes.count
    return Int.random(in: 0..<end, using: &dice)
  }

  private mutating func change(_ bytes: inout [UInt8], _ corpus: [[UInt8]]) {
    guard !bytes.isEmpty else { return bytes = corpus.randomElement(using: &dice) ?? [0] }
    let at = place(bytes)
    switch Int.random(in: 0..<10, using: &dice) {
    case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
    case 1: bytes[at] = [0, 1, 2, 0x7f, 0x80, 0xff].randomElement(using: &dice) ?? 0
    case 2: bytes.removeSubrange(at..<min(bytes.count, at + length()))
    case 3: bytes.insert(contentsOf: (0..<length()).map { _ in UInt8.random(in: 0...255, using: &dice) }, at: at)
    case 4: replaceNumber(&bytes, at)
    case 5: stretch(&bytes, at)
    case 6: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + length())], at: at)
    case 7: swapEntries(&bytes, at)
    case 8: bytes.removeSubrange(at...)
    default: splice(&bytes, at, corpus)
    }
  }

  /// Short pieces, and those of the widths that fields have.
  private mutating func length() -> Int { [1, 1, 2, 4, 8, 16, 17, 32, 64].randomElement(using: &dice) ?? 1 }

  /// Puts another number where one of variable length may be.
  private mutating func replaceNumber(_ bytes: inout [UInt8], _ at: Int) {
    var end = at
    while end < bytes.count - 1, end - at < 9, bytes[end] & 0x80 != 0 { end += 1 }
    var writer = ByteWriter()
    writer.varint(Self.numbers.randomElement(using: &dice) ?? 0)
    bytes.replaceSubrange(at...end, with: writer.bytes)
  }

  /// Takes a byte for a length, and makes what follows fit another one.
  private mutating func stretch(_ bytes: inout [UInt8], _ at: Int) {
    let count = Int(bytes[at])
    guard count < 0x7f, at + count < bytes.count else { return }
    let more = Int.random(in: 0...(0x7f - count), using: &dice)
    bytes[at] = UInt8(count + more)
    bytes.insert(contentsOf: repeatElement(UInt8.random(in: 0...255, using: &dice), count: more), at: at + 1 + count)
  }

  /// Exchanges two neighbouring pieces, as wide as identifiers or list entries are.
  private mutating func swapEntries(_ bytes: inout [UInt8], _ at: Int) {
    let width = [16, 17, 18, 32, 49].randomElement(using: &dice) ?? 16
    guard at + 2 * width <= bytes.count else { return }
    let piece = Array(bytes[at..<at + width])
    bytes.removeSubrange(at..<at + width)
    bytes.insert(contentsOf: piece, at: at + width)
  }

  private mutating func splice(_ bytes: inout [UInt8], _ at: Int, _ corpus: [[UInt8]]) {
    guard let other = corpus.randomElement(using: &dice), !other.isEmpty else { return }
    let from = Int.random(in: 0..<other.count, using: &dice)
    bytes.replaceSubrange(at..., with: other[from...])
  }
}

/// What the fuzz tests begin with: the frames of docs/wire.md and well-formed ones of other sizes.
enum FuzzCorpus {
  static func frames(_ dice: inout SeededGenerator) -> [[UInt8]] {
    var frames = WireSample.all.map(\.bytes)
    for sample in WireSample.all { frames.append(sample.frame.encoded(hashing: TinyStore.hashing)) }
    for count in [0, 1, 3, 200, 3000] {
      let streams = streams(count, &dice)
      let positions = streams.map { StreamPosition(stream: $0, sequence: UInt64.random(in: 1...1 << 40, using: &dice)) }
      var vector: [StreamID: UInt64] = [:]
      for position in positions { vector[position.stream] = position.sequence }
      let made: [Frame] = [
        .haves(positions), .acknowledgements(positions), .prune(streams),
        .wants(positions.map { WantedRange(stream: $0.stream, from: 1, to: $0.sequence) }),
        .vector(
          VectorPart(
            wantsReply: false, low: .zero, high: StreamID(high: .max, low: .max), held: VersionVector(vector))),
        .relay(
          RelayedMessage(
            origin: counting(from: 1), destination: counting(from: 9), number: 4, hopsLeft: 3, topic: "load",
            bytes: [UInt8](repeating: 5, count: count))),
        .join([UInt8](repeating: 1, count: count)),
      ]
      frames += made.map { $0.encoded(hashing: TinyStore.hashing) }
    }
    return frames + operations()
  }

  /// Runs of one to many operations, with short and long texts, plain and compressed.
  static func operations() -> [[UInt8]] {
    var frames: [[UInt8]] = []
    for (count, textBytes) in [(1, 0), (1, 40), (5, 300), (40, 90), (3, 8192)] {
      var store = TinyStore(name: 9)
      _ = store.write(count, textBytes: textBytes)
      guard
        let run = store.run(
          store.stream, from: 1, to: UInt64(count), bytesMax: 1 << 20, operationsMax: count)
      else { continue }
      for compressed in [false, true] {
        frames.append(Frame.operations(run).encoded(hashing: TinyStore.hashing, compressed: compressed))
      }
    }
    return frames
  }

  private static func streams(_ count: Int, _ dice: inout SeededGenerator) -> [StreamID] {
    (0..<count).map { _ in StreamID(high: dice.next(), low: dice.next()) }.sorted()
  }
}
