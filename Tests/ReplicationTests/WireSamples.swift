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
    protocolMin: 0, protocolMax: 0, cluster: counting(from: 0xa0), features: 15, node: counting(from: 0x30),
    stream: counting(from: 0x20), nonce: 77, isDialer: true, wantsHello: true, site: "MAD", program: "0.1.0",
    wall: wall, vectorDigest: digest, credits: LanePair(1 << 20, 1 << 18),
    yours: [
      HeldHead(
        stream: counting(from: 0x40), sequence: 9,
        hash: Hash32(0x5371_d651_f946_df79, 0xade5_9958_84cd_52e7, 0xf4a6_f0bd_df02_9f5a, 0xfd26_92b7_987c_14da))
    ])

  /// Says what it holds of one stream since its statement 11.
  static let statement: HoldsStatement = {
    var statement = HoldsStatement(
      number: 12, wall: wall, base: 11, vectorDigest: digest, held: VersionVector([counting(from: 0x20): 300]),
      cluster: .zero, signer: TestSigner(0xcc))
    statement.signature = Array(repeating: 0xbb, count: 64)
    return statement
  }()

  /// `run` with its records compressed; zstd has many forms of the same, so this one is only read.
  static let compressedRun =
    "0005202122232425262728292a2b2c2d2e2f01ab0202aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    + "aaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    + "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0128b52ffd20e6d50500938a28bb24a77a64c40f3197d8feffbdf725b7122240"
    + "78e0a0c11583050a1220b03a60a0406fa68bd712253d09e9c8285d4434241404f4e38336d3cdc9c5c1bdb9b5b1ada9a5a19d"
    + "9995a94881e2049989b1127331791cfe0e0333efeeaf3689116caf2eaef59656965a84880ccb213d3c3b3a39383736353433"
    + "3231302f2e2386bedeecd82362f6ffef8bf816961595149413939233c98888d97b2f20a470fffbff7d930f070c0f2027b19b"
    + "ad386775e786fa5f2e6aa8cd854a"

  static let all: [WireSample] = [
    WireSample(
      name: "HELLO", frame: .hello(hello),
      hex: "00010000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0f303132333435363738393a3b3c3d3e3f202122232425262728292a2b2c"
        + "2d2e2f000000000000004d0301034d414405302e312e300000018bcfe56800ec08e04f7a3577762de3a59a9e9954fc9e2819"
        + "6bc1fc1b035445e07063898a3380804080801001404142434445464748494a4b4c4d4e4f095371d651f946df79ade5995884"
        + "cd52e7f4a6f0bddf029f5afd2692b7987c14da0000"),
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
    WireSample(
      name: "HOLDS, a statement", frame: .holds(.statement(statement)),
      hex: "000700cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc000000000000000c0000018bcfe568"
        + "00000000000000000bec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a33012021222324252627"
        + "28292a2b2c2d2e2fac02bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        + "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
    WireSample(
      name: "HOLDS, a summary",
      frame: .holds(.summary([KnownStatement(node: counting(from: 0x30), base: 11, number: 12)])),
      hex: "00070101303132333435363738393a3b3c3d3e3f000000000000000b000000000000000c"),
    WireSample(name: "CREDIT", frame: .credit(lane: 1, bytes: 300), hex: "000801ac02"),
    WireSample(
      name: "PING",
      frame: .ping(
        Ping(
          nonce: 5, wall: wall, vectorDigest: digest, stateDigest: .zero, sent: LanePair(300, 0),
          granted: LanePair(1 << 20, 1 << 18),
          load: LoadSummary(waitingTickets: 3, freeAgents: 2, expectedWaitSeconds: 60).bytes)),
      hex: "000900000000000000050000018bcfe5680000ec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a"
        + "33ac0200808040808010040003023d"),
    WireSample(
      name: "PONG",
      frame: .pong(
        Ping(
          nonce: 5, wall: wall, vectorDigest: digest, stateDigest: digest, granted: LanePair(7, 0),
          holdsDigest: 0x0102_0304_0506_0708, load: [])),
      hex: "000a00000000000000050000018bcfe5680005ec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a"
        + "33ec08e04f7a3577762de3a59a9e9954fc9e28196bc1fc1b035445e07063898a3300000700010203040506070800"),
    WireSample(
      name: "PONG, an echo",
      frame: .pong(
        Ping(
          nonce: 5, wall: wall, vectorDigest: .zero, stateDigest: .zero, isEcho: true, granted: LanePair(7, 0), load: []
        )),
      hex: "000a00000000000000050000018bcfe56800020000070000"),
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
