import Helpdesk
import OperationLog
import Testing

@Suite("Facts and texts from outside are read without a trap, and have one byte form")
struct FactsTests {
  private static let samples: [[Change]] = [
    [],
    [.set(tag: 1, .text(0)), .set(tag: 2, .none), .set(tag: 3, .code(.max)), .set(tag: 4, .code(0))],
    [.set(tag: 13, .number(.min)), .set(tag: 14, .number(.max)), .set(tag: 15, .number(-1))],
    [.claim(tag: 20, .identifier(EntityID(high: 1, low: 2)), rank: .person), .claim(tag: 20, .none, rank: .automatic)],
    [.add(tag: 30, Array("vpn".utf8)), .remove(tag: 30, []), .saw(tag: 40, [1, 2, 3]), .mark(tag: 41)],
    [.set(tag: 9, .bytes([UInt8](repeating: 7, count: Value.bytesMax))), .set(tag: 255, .text(255))],
  ]

  @Test("Every change reads back as it was", arguments: samples.indices)
  func roundTrip(index: Int) throws {
    let changes = Self.samples[index]
    #expect(try Facts.decode(Facts.encode(changes)) == changes)
  }

  @Test("The bytes of each kind of change are fixed")
  func fixture() {
    let changes: [Change] = [
      .set(tag: 3, .code(513)), .claim(tag: 20, .none, rank: .person), .add(tag: 30, [0x61]), .remove(tag: 30, [0x62]),
      .saw(tag: 40, []), .mark(tag: 41), .set(tag: 13, .number(-2)), .set(tag: 1, .text(1)), .set(tag: 5, .bytes([9])),
      .set(tag: 10, .identifier(EntityID(high: 1, low: 0xff))),
    ]
    let hex =
      "0a" + "0103018104" + "02140200" + "031e0161" + "041e0162" + "052800" + "0629" + "010d0303" + "01010401"
      + "0105050109" + "010a02000000000000000100000000000000ff"
    #expect(Hexadecimal.encode(Facts.encode(changes)) == hex)
  }

  @Test("Limits hold on both sides: 256 changes, 1024 bytes, text index 255, known tags and ranks")
  func limits() throws {
    let many = [Change](repeating: .mark(tag: 41), count: Facts.changesMax)
    #expect(try Facts.decode(Facts.encode(many)).count == 256)
    #expect(throws: ByteDecodingFailure.limitExceeded) { try Facts.decode(Facts.encode(many + [.mark(tag: 41)])) }
    let long = Change.add(tag: 30, [UInt8](repeating: 1, count: Value.bytesMax + 1))
    #expect(throws: ByteDecodingFailure.limitExceeded) { try Facts.decode(Facts.encode([long])) }
    #expect(throws: ByteDecodingFailure.limitExceeded) { try Facts.decode(Facts.encode([.set(tag: 1, .text(256))])) }
    #expect(throws: ByteDecodingFailure.unknownTag(7)) { try Facts.decode([1, 7, 1]) }
    #expect(throws: ByteDecodingFailure.unknownTag(6)) { try Facts.decode([1, 1, 1, 6]) }
    #expect(throws: ByteDecodingFailure.unknownTag(4)) { try Facts.decode([1, 2, 20, 4, 0]) }
    #expect(throws: ByteDecodingFailure.trailing) { try Facts.decode([0, 0]) }
    #expect(throws: ByteDecodingFailure.truncated) { try Facts.decode([]) }
  }

  @Test("Damaged and random bytes are refused or have exactly one form")
  func fuzz() {
    for seed in 0..<6_000 {
      var dice = Dice(seed: UInt64(seed))
      let bytes = dice.isOne(in: 4) ? Self.noise(&dice) : Self.damaged(Facts.encode(dice.one(of: Self.samples)), &dice)
      // What cannot be decoded is deferred, so a failure is a good outcome here.
      guard let changes = try? Facts.decode(bytes) else { continue }
      if Facts.encode(changes) != bytes { Issue.record("seed \(seed): two byte forms of one value") }
      Self.look(at: changes)
    }
  }

  @Test("Texts are read in segments, damaged ones refused without a trap")
  func texts() throws {
    let segments = ["Impresora", "", "😀 no imprime"]
    let bytes = TextSegments.encode(segments)
    #expect(try TextSegments.decode(bytes) == segments)
    #expect(throws: ByteDecodingFailure.notUTF8) { try TextSegments.decode([1, 1, 0xff]) }
    #expect(throws: ByteDecodingFailure.limitExceeded) { try TextSegments.decode([65]) }
    for seed in 0..<2_000 {
      var dice = Dice(seed: UInt64(seed))
      let damaged = Self.damaged(bytes, &dice)
      // As above: a refusal is a good outcome.
      guard let read = try? TextSegments.decode(damaged) else { continue }
      if TextSegments.encode(read) != damaged { Issue.record("seed \(seed): two byte forms of one text") }
    }
  }

  @Test("A damaged stored state is refused or read, and never traps")
  func states() {
    for seed in 0..<600 {
      var mill = OperationMill(seed: UInt64(seed % 50))
      mill.grind(10)
      var dice = Dice(seed: UInt64(seed))
      // As above: a refusal is a good outcome.
      guard let state = try? EntityState(decoding: Self.damaged(TestFold.bytes(mill.operations), &dice)) else {
        continue
      }
      Self.look(at: state)
    }
  }

  @Test("Whatever a peer writes, the ticket can be shown and worked on")
  func strangeOperations() throws {
    for seed in 0..<600 {
      var dice = Dice(seed: UInt64(seed))
      let desk = TestDesk()
      let id = try desk.open()
      let strange = (0..<4).map { _ in Self.change(&dice) }
      desk.write(
        OperationDraft(
          kind: .ticketEdited, entity: id, actor: .zero, occurredAt: dice.isOne(in: 2) ? .min : .max, changes: strange))
      guard let state = desk.states[id] else { continue }
      Self.look(at: state)
      let escalation = Escalation(queue: dice.isOne(in: 2) ? TestDirectory.networkTeam : nil, reason: "Stuck")
      _ = desk.refusal(.escalate(id, escalation), as: TestDirectory.ana)
      _ = desk.refusal(.reply(id, body: "Hello", isInternal: false), as: TestDirectory.elena)
      _ = desk.refusal(.close(id, resolution: "Done", isFinal: false), as: TestDirectory.ana)
      _ = desk.refusal(
        .resolveConflict(id, FieldChoice(field: .status, value: "waiting")), as: TestDirectory.ana)
    }
  }

  // MARK: Noise

  private static func change(_ dice: inout Dice) -> Change {
    let tag = dice.isOne(in: 5) ? UInt8.random(in: 0...255, using: &dice) : dice.one(of: TicketField.allCases).rawValue
    let numbers: [UInt64] = [0, 1, 2, 3, 4, 255, 256, 1 << 32, .max >> 1, .max]
    let value: Value =
      switch Int.random(in: 0...5, using: &dice) {
      case 0: .none
      case 1: .code(dice.one(of: numbers))
      case 2: .identifier(EntityID(high: 0, low: dice.one(of: numbers)))
      case 3: .number(Int64(bitPattern: dice.one(of: numbers)))
      case 4: .text(Int(UInt8.random(in: 0...255, using: &dice)))
      default: .bytes(noise(&dice))
      }
    return switch Int.random(in: 0...5, using: &dice) {
    case 0: .claim(tag: tag, value, rank: .person)
    case 1: .add(tag: tag, noise(&dice))
    case 2: .saw(tag: tag, noise(&dice))
    case 3: .mark(tag: tag)
    default: .set(tag: tag, value)
    }
  }

  private static func noise(_ dice: inout Dice) -> [UInt8] {
    (0..<Int.random(in: 0...24, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
  }

  private static func damaged(_ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &dice) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &dice)
      switch Int.random(in: 0...3, using: &dice) {
      case 0: bytes[place] = .random(in: 0...255, using: &dice)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(.random(in: 0...255, using: &dice), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  private static func look(at changes: [Change]) {
    var state = EntityState()
    let header = OperationHeader(
      kind: 21, sequence: 1, clock: HybridTime(raw: .max), lamport: 1, occurredAt: .max, entity: .zero, actor: .zero,
      facts: [])
    let reference = DotReference(dot: Dot(stream: .zero, sequence: 1), hashPrefix: 0)
    state.fold(FoldableOperation(reference: reference, header: header, changes: changes))
    look(at: state)
  }

  /// Reads everything a page would.
  private static func look(at state: EntityState) {
    let ticket = Ticket(id: .zero, state: state)
    _ = (ticket.isOpened, ticket.numbers, ticket.subject, ticket.description, ticket.requester, ticket.site)
    _ = (ticket.category, ticket.queue, ticket.level, ticket.channel, ticket.priority, ticket.tags, ticket.createdAt)
    _ = (ticket.firstAnsweredAt, ticket.resolvedAt, ticket.lastWordIsRequesters, ticket.needsReview, ticket.stage)
    _ = (ticket.waitingReason, ticket.assignee, ticket.lostClaims, ticket.custodian, ticket.custodianStream)
    _ = (ticket.conflicts, state.encoded())
  }
}
