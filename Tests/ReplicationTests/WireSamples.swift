import OperationLog
import Testing

@testable import Replication

/// Sixteen bytes that count up: identifiers a person can find in a dump.
func counting<ID: SixteenByteIdentifier>(from start: UInt8, _ type: ID.Type = ID.self) -> ID {
  ID(bytes: (0..<16).map { start &+ UInt8($0) }) ?? .zero
}

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

/// The frames of docs/wire.md with their bytes, which an independent program made.
struct WireSample: Sendable, CustomTestStringConvertible {
  let name: String
  let frame: Frame
  let hex: String

  var testDescription: String { name }
  var bytes: [UInt8] { Hexadecimal.decode(hex) ?? [] }

  static let wall: Int64 = 1_700_000_000_000
  static let digest = Hash32(
    0xec08_e04f_7a35_7776, 0x2de3_a59a_9e99_54fc, 0x9e28_196b_c1fc_1b03, 0x5445_e070_6389_8a33)
  static let digestHex = "ec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a33"

  static let textRecord: OperationRecord = {
    let header =
      "0002031fac02018bcfe568000000f0a204000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
      + "ffb9b703606162636465666768696a6b6c6d6e6f02707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
      + "02202122232425262728292a2b2c2d2e2f07deadbeef404142434445464748494a4b4c4d4e4fe807000000010101e70702ff0004"
      + "720ab6ddd5deefe0ead70a860ea53b1b696894c6ec3fad5c5ccd73bd93e14518"
    return OperationRecord(
      header: Hexadecimal.decode(header) ?? [], salt: [UInt8](100..<116), text: Array("año".utf8))
  }()

  static let plainRecord = OperationRecord(
    header: Hexadecimal.decode(
      "0001010001018bcfe56800000301000102030405060708090a0b0c0d0e0f0000000000000000000000000000000003010203") ?? [])

  static let run = OperationRun(
    stream: counting(from: 0x20), first: 299, records: [plainRecord, textRecord],
    head: SignedHead(
      stream: counting(from: 0x20), sequence: 300,
      hash: Hash32(0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa),
      signature: Array(repeating: 0xbb, count: 64)))

  static let hello = Hello(
    protocolMin: 0, protocolMax: 0, cluster: counting(from: 0xa0), features: 0, node: counting(from: 0x30),
    stream: counting(from: 0x20), nonce: 77, isDialer: true, wantsHello: true, site: "MAD", program: "0.1.0",
    wall: wall, vectorDigest: digest,
    yours: [
      HeldHead(
        stream: counting(from: 0x40), sequence: 9,
        hash: Hash32(0x5371_d651_f946_df79, 0xade5_9958_84cd_52e7, 0xf4a6_f0bd_df02_9f5a, 0xfd26_92b7_987c_14da))
    ])

  static let all: [WireSample] = [
    WireSample(
      name: "HELLO", frame: .hello(hello),
      hex: "00010000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0000000000000000303132333435363738393a3b3c3d3e3f"
        + "202122232425262728292a2b2c2d2e2f000000000000004d03034d414405302e312e300000018bcfe56800" + digestHex
        + "01404142434445464748494a4b4c4d4e4f095371d651f946df79ade5995884cd52e7f4a6f0bddf029f5afd2692b7987c14da0000"),
    WireSample(
      name: "VECTOR",
      frame: .vector(
        VectorPart(
          wantsReply: true, low: .zero, high: StreamID(high: .max, low: .max),
          held: VersionVector([counting(from: 0x20): 7, counting(from: 0x40): 1000]))),
      hex: "00020100000000000000000000000000000000ffffffffffffffffffffffffffffffff"
        + "02202122232425262728292a2b2c2d2e2f07404142434445464748494a4b4c4d4e4fe807"),
    WireSample(
      name: "IHAVE", frame: .haves([StreamPosition(stream: counting(from: 0x20), sequence: 300)]),
      hex: "000301202122232425262728292a2b2c2d2e2fac02"),
    WireSample(
      name: "WANT", frame: .wants([WantedRange(stream: counting(from: 0x20), from: 5, to: 300)]),
      hex: "000401202122232425262728292a2b2c2d2e2f05ac02"),
    WireSample(
      name: "OPERATIONS", frame: .operations(run),
      hex: "0005202122232425262728292a2b2c2d2e2f00ab0202" + String(repeating: "aa", count: 32)
        + String(repeating: "bb", count: 64)
        + "00320001010001018bcfe56800000301000102030405060708090a0b0c0d0e0f0000000000000000000000000000000003010203"
        + "019a010002031fac02018bcfe568000000f0a204000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        + "ffb9b703606162636465666768696a6b6c6d6e6f02707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
        + "02202122232425262728292a2b2c2d2e2f07deadbeef404142434445464748494a4b4c4d4e4fe807000000010101e70702ff0004"
        + "6465666768696a6b6c6d6e6f707172730461c3b16f"),
    WireSample(
      name: "ACK", frame: .acknowledgements([StreamPosition(stream: counting(from: 0x20), sequence: 300)]),
      hex: "000601202122232425262728292a2b2c2d2e2fac02"),
    WireSample(name: "HOLDS", frame: .holds([1, 2]), hex: "0007020102"),
    WireSample(name: "CREDIT", frame: .credit(lane: 1, bytes: 300), hex: "000801ac02"),
    WireSample(
      name: "PING",
      frame: .ping(Ping(nonce: 5, wall: wall, vectorDigest: digest, stateDigest: .zero, load: [1, 2])),
      hex: "000900000000000000050000018bcfe56800" + digestHex + String(repeating: "00", count: 32) + "020102"),
    WireSample(
      name: "PONG",
      frame: .pong(Ping(nonce: 5, wall: wall, vectorDigest: digest, stateDigest: digest, load: [])),
      hex: "000a00000000000000050000018bcfe56800" + digestHex + digestHex + "00"),
    WireSample(
      name: "RELAY",
      frame: .relay(
        RelayedMessage(
          origin: counting(from: 0x30), destination: nil, number: 9, hopsLeft: 2, topic: "presence", bytes: [7])),
      hex: "000b303132333435363738393a3b3c3d3e3f00000000000000000000000000000000"
        + "0000000000000009020870726573656e63650107"),
    WireSample(name: "BYE", frame: .bye(.duplicate), hex: "000c01"),
    WireSample(
      name: "PRUNE", frame: .prune([counting(from: 0x20)]), hex: "000d01202122232425262728292a2b2c2d2e2f"),
    WireSample(name: "JOIN", frame: .join([5]), hex: "00100105"),
    WireSample(name: "WELCOME", frame: .welcome([]), hex: "001100"),
    WireSample(name: "REFUSE", frame: .refuse([1, 1]), hex: "0012020101"),
  ]
}
