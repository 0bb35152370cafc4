import OpenSSLCrypto
import OperationLog
import Testing

@testable import Replication

@Suite("The wire")
struct WireTests {
  private let hashing = SHA256Hashing()

  private func decode(_ bytes: [UInt8]) throws(ByteDecodingFailure) -> Frame {
    try Frame(decoding: bytes, hashing: hashing)
  }

  @Test("Each frame has exactly these bytes, and reads back", arguments: WireSample.all)
  func fixture(_ sample: WireSample) throws {
    #expect(Hexadecimal.encode(sample.frame.encoded(hashing: hashing)) == sample.hex)
    #expect(try decode(sample.bytes) == sample.frame)
  }

  @Test("No beginning of a frame is a frame, and nothing may follow one", arguments: WireSample.all)
  func truncation(_ sample: WireSample) {
    for count in 0..<sample.bytes.count {
      #expect(throws: ByteDecodingFailure.self) { try decode(Array(sample.bytes.prefix(count))) }
    }
    #expect(throws: ByteDecodingFailure.self) { try decode(sample.bytes + [0]) }
  }

  @Test("A frame with one bit turned is refused or reads back to exactly those bytes", arguments: WireSample.all)
  func bitFlips(_ sample: WireSample) {
    for bit in 0..<sample.bytes.count * 8 {
      var changed = sample.bytes
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let frame = try? decode(changed) else { continue }  // Refused: right too.
      #expect(frame.encoded(hashing: hashing) == changed, "bit \(bit)")
    }
  }

  @Test("Whatever bytes come, nothing traps, and what reads back has one form")
  func noise() {
    var generator = SeededGenerator(seed: 77)
    for round in 0..<30_000 {
      var noise = WireSample.all[round % WireSample.all.count].bytes
      for _ in 0..<Int.random(in: 1...5, using: &generator) where !noise.isEmpty {
        let place = Int.random(in: 0..<noise.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: noise[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: noise[place] = 0xff
        case 2: noise.remove(at: place)
        default: noise.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
      }
      guard let frame = try? decode(noise) else { continue }  // Most noise is refused.
      #expect(frame.encoded(hashing: hashing) == noise)
    }
  }

  @Test("A text travels without its commitment, and its header arrives as it was written")
  func commitmentLeftOut() throws {
    let bytes = Frame.operations(WireSample.run).encoded(hashing: hashing)
    let commitment = WireSample.textRecord.header.suffix(32)
    #expect(!bytes.indices.contains { bytes[$0...].starts(with: commitment) })
    guard case .operations(let run) = try decode(bytes) else { return #expect(Bool(false), "not a run") }
    #expect(run.records == WireSample.run.records)
  }

  @Test("A text that does not match its header travels with the whole header, so the receiver sees what is wrong")
  func commitmentWrong() throws {
    var run = WireSample.run
    run.records[1].text = Array("otro".utf8)
    let bytes = Frame.operations(run).encoded(hashing: hashing)
    #expect(try decode(bytes) == .operations(run))
  }

  @Test("A run that another program compressed reads back, and one of ours with it")
  func compressed() throws {
    let bytes = try #require(Hexadecimal.decode(WireSample.compressedRun))
    #expect(try decode(bytes) == .operations(WireSample.run))
    let plain = Frame.operations(WireSample.run).encoded(hashing: hashing)
    let ours = Frame.operations(WireSample.run).encoded(hashing: hashing, compressed: true)
    #expect(ours.count < plain.count && ours[18] == 1 && plain[18] == 0)
    #expect(try decode(ours) == .operations(WireSample.run))
    #expect(OperationRun.isCompressed(frame: ours) && !OperationRun.isCompressed(frame: plain))
  }

  @Test("The dictionary is whole: this program's bytes are the ones that have the first number")
  func dictionary() {
    #expect(RunDictionary.bytes.count == 16_384)
    #expect(
      hashing.sha256(RunDictionary.bytes).description
        == "0bd9427ee956b1dd2e28d39cd9333debc0a1839d3374181d4302431eaf21eb9b")
  }

  @Test("No beginning of a compressed run is one, no bit turned in it traps, and what is inflated must be used up")
  func compressedNoise() throws {
    let bytes = try #require(Hexadecimal.decode(WireSample.compressedRun))
    for count in 0..<bytes.count {
      #expect(throws: ByteDecodingFailure.self) { try decode(Array(bytes.prefix(count))) }
    }
    #expect(throws: ByteDecodingFailure.trailing) { try decode(bytes + [0]) }
    for bit in 0..<bytes.count * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let frame = try? decode(changed) else { continue }  // Refused: right too.
      guard case .operations = frame else { continue }
      #expect(try decode(frame.encoded(hashing: hashing)) == frame)
    }
    var other = bytes
    other[119] = 0x29
    #expect(throws: ByteDecodingFailure.self) { try decode(other) }
  }

  @Test("A compressed run that says it is larger than the cap, or hides its size, is refused before it is inflated")
  func bombs() throws {
    let place = 118
    let head = Array(try #require(Hexadecimal.decode(WireSample.compressedRun)).prefix(place + 1))
    // 4 GiB stated in a frame of a few bytes; one block of a repeated byte follows.
    let huge: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 0x03, 0x00, 0x10, 0x41]
    #expect(throws: ByteDecodingFailure.limitExceeded) { try decode(head + huge) }
    // One byte above the cap.
    let above: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x01, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10, 0x41]
    #expect(throws: ByteDecodingFailure.limitExceeded) { try decode(head + above) }
    // No size stated, a window of 2 GiB instead.
    let hidden: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x03, 0x00, 0x10, 0x41]
    #expect(throws: ByteDecodingFailure.notCanonical) { try decode(head + hidden) }
    // It holds less than it states, and more.
    for stated in [UInt8(9), 3] {
      let wrong: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, stated, 0x23, 0x00, 0x00, 0x41]
      #expect(throws: ByteDecodingFailure.notCanonical) { try decode(head + wrong) }
    }
    // A dictionary that nobody has.
    var unknown = head
    unknown[place] = 2
    #expect(throws: ByteDecodingFailure.unknownTag(2)) { try decode(unknown + huge) }
  }

  @Test("A load reads back; of a later version, or of garbage, nothing is believed")
  func load() {
    for load in [
      LoadSummary(waitingTickets: 0, freeAgents: 0, expectedWaitSeconds: nil),
      LoadSummary(waitingTickets: 1_000_000, freeAgents: 12, expectedWaitSeconds: 0),
      LoadSummary(waitingTickets: .max, freeAgents: .max, expectedWaitSeconds: 86_400),
    ] {
      #expect(LoadSummary(load.bytes) == load && LoadSummary(load.bytes + [9]) == load)
    }
    #expect(LoadSummary(waitingTickets: 3, freeAgents: 2, expectedWaitSeconds: 60).bytes == [0, 3, 2, 61])
    #expect(LoadSummary([]) == nil && LoadSummary([1, 3, 2, 61]) == nil && LoadSummary([0, 0x80]) == nil)
    var staffed = LoadSummary(
      waitingTickets: 3, freeAgents: 2, expectedWaitSeconds: 60,
      staffing: LoadSummary.Staffing(
        waitingByPriority: [0, 1, 2, 0], assignedTickets: 4, capacityOnShift: 9, secondsUntilShift: 0))
    #expect(staffed.bytes == [0, 3, 2, 61, 0, 1, 2, 0, 4, 9, 1])
    staffed.others = [0, 7, 7]
    #expect(staffed.bytes == [0, 3, 2, 61, 0, 1, 2, 0, 4, 9, 1, 3, 0, 7, 7])
    #expect(LoadSummary(staffed.bytes) == staffed && LoadSummary(staffed.bytes + [9]) == staffed)
    let short = LoadSummary(Array(staffed.bytes.dropLast()))
    #expect(short?.others.isEmpty == true && short?.staffing == staffed.staffing, "nothing is told of other sites")
    staffed.others = [UInt8](repeating: 1, count: Frame.Limit.loadBytes)
    #expect(staffed.bytes.count == 11, "what does not fit into a ping is left out")
  }

  @Test("An erased text travels as its header alone")
  func erased() throws {
    var run = WireSample.run
    run.records[1].text = nil
    run.records[1].salt = []
    #expect(try decode(Frame.operations(run).encoded(hashing: hashing)) == .operations(run))
  }

  @Test("Limits: oversize frames, unknown types and versions, sequences and counts that promise too much")
  func limits() {
    #expect(throws: ByteDecodingFailure.limitExceeded) { try decode(Array(repeating: 0, count: Frame.bytesMax + 1)) }
    #expect(throws: ByteDecodingFailure.unknownVersion(1)) { try decode([1, 12, 1]) }
    #expect(throws: ByteDecodingFailure.unknownTag(200)) { try decode([0, 200]) }
    #expect(throws: ByteDecodingFailure.truncated) { try decode([]) }
    // An ACK of 16,385 streams, and one that has fewer bytes than it promises.
    #expect(throws: ByteDecodingFailure.limitExceeded) { try decode([0, 6, 0x81, 0x80, 0x01]) }
    #expect(throws: ByteDecodingFailure.truncated) { try decode([0, 6, 0x80, 0x80, 0x01]) }
    let stream: StreamID = counting(from: 1)
    for sequence in [0, Dot.sequenceMax, .max] {
      let frame = Frame.acknowledgements([StreamPosition(stream: stream, sequence: sequence)])
      #expect(throws: ByteDecodingFailure.self) { try decode(frame.encoded(hashing: hashing)) }
    }
    let backwards = Frame.wants([WantedRange(stream: stream, from: 5, to: 4)])
    #expect(throws: ByteDecodingFailure.notCanonical) { try decode(backwards.encoded(hashing: hashing)) }
    let twice = Frame.prune([stream, stream])
    #expect(throws: ByteDecodingFailure.notCanonical) { try decode(twice.encoded(hashing: hashing)) }
    var far = WireSample.run
    far.first = Dot.sequenceMax - 1
    #expect(throws: ByteDecodingFailure.numberTooLarge) {
      try decode(Frame.operations(far).encoded(hashing: hashing))
    }
    var empty = WireSample.run
    empty.records = []
    #expect(throws: ByteDecodingFailure.notCanonical) {
      try decode(Frame.operations(empty).encoded(hashing: hashing))
    }
  }
}
