import OperationLog

/// Sixteen bytes that count up: identifiers a person can find in a dump.
func counting<ID: SixteenByteIdentifier>(from start: UInt8, _ type: ID.Type = ID.self) -> ID {
  let bytes = (0..<16).map { start &+ UInt8($0) }
  return ID(bytes: bytes) ?? .zero
}

func hex(_ bytes: [UInt8]) -> String { Hexadecimal.encode(bytes) }

func bytes(_ hex: String) -> [UInt8] { Hexadecimal.decode(hex) ?? [] }

/// A generator whose numbers follow from its seed (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// The fixtures of docs/wire.md, made by an independent program.
enum Sample {
  static let milliseconds: Int64 = 1_700_000_000_000

  static let smallHeader = OperationHeader(
    kind: 0x0101, sequence: 1, clock: HybridTime(milliseconds: milliseconds, counter: 3), lamport: 1,
    entity: counting(from: 0), actor: .zero, facts: [1, 2, 3])
  static let smallHeaderHex =
    "0001010001018bcfe56800000301000102030405060708090a0b0c0d0e0f0000000000000000000000000000000003010203"

  static let salt = [UInt8](100..<116)
  static let text = Array("año".utf8)
  static let commitmentHex = "720ab6ddd5deefe0ead70a860ea53b1b696894c6ec3fad5c5ccd73bd93e14518"

  static var observed: ObservedVector {
    var observed = ObservedVector()
    observed.note(DotReference(dot: Dot(stream: counting(from: 0x40), sequence: 999), hashPrefix: 9), asHole: true)
    observed.note(DotReference(dot: Dot(stream: counting(from: 0x40), sequence: 1000), hashPrefix: 1))
    observed.note(DotReference(dot: Dot(stream: counting(from: 0x20), sequence: 7), hashPrefix: 0xdead_beef))
    return observed
  }
  static let observedHex =
    "02202122232425262728292a2b2c2d2e2f07deadbeef404142434445464748494a4b4c4d4e4fe807000000010101e707"

  static var largeHeader: OperationHeader {
    OperationHeader(
      kind: 0x0203, sequence: 300, clock: HybridTime(milliseconds: milliseconds), lamport: 70_000,
      occurredAt: milliseconds - 3_600_000, entity: counting(from: 0), entry: counting(from: 0x60),
      people: [counting(from: 0x70), counting(from: 0x80)], observed: observed, actor: counting(from: 0x10),
      facts: [0xff, 0], textCommitment: Hash32(bytes: bytes(commitmentHex)), textLength: text.count)
  }
  static let largeHeaderHex =
    "0002031fac02018bcfe568000000f0a204000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    + "ffb9b703606162636465666768696a6b6c6d6e6f02707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
    + observedHex + "02ff0004" + commitmentHex

  static let vector = VersionVector([counting(from: 0x40): 1000, counting(from: 0x20): 7])
  static let vectorHex = "02202122232425262728292a2b2c2d2e2f07404142434445464748494a4b4c4d4e4fe807"
}
