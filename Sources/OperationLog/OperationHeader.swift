/// The part of an operation that is hashed, signed and kept for ever; version 0 of the envelope.
///
/// Byte layout (docs/wire.md): version 1 · kind 2 · flags 1 · sequence varint · clock 8 · lamport varint · entity 16 · actor 16 ·
/// [occurred at: zigzag varint, milliseconds relative to the clock] · [entry 16] · [people: count 1, 16 each] · [observed] ·
/// facts: length varint, bytes · [text length varint · text commitment 32]. The commitment comes last so that it can be left out on the wire
/// where the text travels along.
package struct OperationHeader: Hashable, Sendable {
  /// The version this program writes.
  package static let currentVersion: UInt8 = 0
  /// Inline text is at most 8 KiB; the header itself at most 32 KiB.
  package static let textBytesMax = 8 * 1024
  package static let headerBytesMax = 32 * 1024
  package static let peopleMax = 8
  package static let lamportMax: UInt64 = 1 << 60

  package var kind: UInt16
  /// Place in the stream, from 1.
  package var sequence: UInt64
  package var clock: HybridTime
  /// One more than the largest Lamport time the author's node knew: an order that respects causality.
  package var lamport: UInt64
  /// When it happened, in milliseconds UTC, where that differs from the clock (imports, calls noted later).
  package var occurredAt: Int64?
  package var entity: EntityID
  /// The appended thing this operation is, nil when it appends nothing.
  package var entry: EntryID?
  /// Whom the text concerns: author first, then requester.
  package var people: [PersonMark]
  /// What of the entity its author had seen.
  package var observed: ObservedVector
  /// The person who did it; zero for the system itself.
  package var actor: EntityID
  /// Enumerations, identifiers, numbers and times that merging needs, in the domain's encoding.
  package var facts: [UInt8]
  /// SHA-256(salt ‖ text), nil when there is no text.
  package var textCommitment: Hash32?
  /// Bytes of the text, 0 when there is none.
  package var textLength: Int

  package init(
    kind: UInt16, sequence: UInt64, clock: HybridTime, lamport: UInt64, occurredAt: Int64? = nil, entity: EntityID,
    entry: EntryID? = nil, people: [PersonMark] = [], observed: ObservedVector = ObservedVector(), actor: EntityID,
    facts: [UInt8], textCommitment: Hash32? = nil, textLength: Int = 0
  ) {
    self.kind = kind
    self.sequence = sequence
    self.clock = clock
    self.lamport = lamport
    self.occurredAt = occurredAt
    self.entity = entity
    self.entry = entry
    self.people = people
    self.observed = observed
    self.actor = actor
    self.facts = facts
    self.textCommitment = textCommitment
    self.textLength = textLength
  }

  /// When it happened for people, milliseconds UTC: the stated time, else the clock's, within the years 1 to 9999.
  package var happenedAt: Int64 { Self.withinCalendar(occurredAt ?? clock.milliseconds) }

  /// A time that can be reckoned with and shown, the nearest to one that an author may have stated.
  package static func withinCalendar(_ milliseconds: Int64) -> Int64 {
    min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
  }

  /// True for the bytes of a header that commits to a text.
  package static func commitsToText(_ header: [UInt8]) -> Bool {
    header.count > 3 && header[0] == currentVersion && header[3] & Flag.text != 0
  }

  private enum Flag {
    static let occurredAt: UInt8 = 1
    static let entry: UInt8 = 2
    static let people: UInt8 = 4
    static let observed: UInt8 = 8
    static let text: UInt8 = 16
    static let all: UInt8 = 31
  }

  /// The canonical bytes.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter(reserving: 160 + facts.count)
    writer.byte(Self.currentVersion)
    writer.fixed16(kind)
    var flags: UInt8 = 0
    if occurredAt != nil { flags |= Flag.occurredAt }
    if entry != nil { flags |= Flag.entry }
    if !people.isEmpty { flags |= Flag.people }
    if !observed.isEmpty { flags |= Flag.observed }
    if textCommitment != nil { flags |= Flag.text }
    writer.byte(flags)
    writer.varint(sequence)
    writer.fixed64(clock.raw)
    writer.varint(lamport)
    writer.identifier(entity)
    writer.identifier(actor)
    if let occurredAt { writer.signedVarint(occurredAt &- clock.milliseconds) }
    if let entry { writer.identifier(entry) }
    if !people.isEmpty {
      writer.byte(UInt8(people.count))
      for person in people { writer.identifier(person) }
    }
    if !observed.isEmpty { observed.encode(into: &writer) }
    writer.blob(facts)
    if let textCommitment {
      writer.varint(UInt64(textLength))
      writer.hash(textCommitment)
    }
    return writer.bytes
  }

  /// Reads canonical bytes; throws when they have another version, another form or values outside the limits.
  package init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    guard bytes.count <= Self.headerBytesMax else { throw .limitExceeded }
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == Self.currentVersion else { throw .unknownVersion(version) }
    kind = try reader.fixed16()
    let flags = try reader.byte()
    guard flags & ~Flag.all == 0 else { throw .unknownTag(flags) }
    sequence = try reader.varint()
    guard sequence > 0, sequence < Dot.sequenceMax else { throw .numberTooLarge }
    clock = HybridTime(raw: try reader.fixed64())
    lamport = try reader.varint()
    guard lamport < Self.lamportMax else { throw .numberTooLarge }
    entity = try reader.identifier()
    actor = try reader.identifier()
    occurredAt = flags & Flag.occurredAt != 0 ? clock.milliseconds &+ (try reader.signedVarint()) : nil
    entry = flags & Flag.entry != 0 ? try reader.identifier() : nil
    people = []
    if flags & Flag.people != 0 {
      let count = Int(try reader.byte())
      guard count > 0, count <= Self.peopleMax else { throw .limitExceeded }
      for _ in 0..<count { people.append(try reader.identifier()) }
    }
    observed = flags & Flag.observed != 0 ? try ObservedVector(from: &reader) : ObservedVector()
    if flags & Flag.observed != 0, observed.isEmpty { throw .notCanonical }
    facts = try reader.blob(limit: Self.headerBytesMax)
    textCommitment = nil
    textLength = 0
    if flags & Flag.text != 0 {
      textLength = try reader.count(limit: Self.textBytesMax)
      textCommitment = try reader.hash()
    }
    try reader.finish()
  }
}
