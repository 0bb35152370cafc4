package import OperationLog

/// An operation as merging needs it: its place, its header and its decoded changes.
package struct FoldableOperation: Sendable {
  package let reference: DotReference
  package let header: OperationHeader
  package let changes: [Change]

  package init(reference: DotReference, header: OperationHeader, changes: [Change]) {
    self.reference = reference
    self.header = header
    self.changes = changes
  }
}

/// The merged state of one entity: a function of the set of its operations, whatever their order and repetition.
package struct EntityState: Hashable, Sendable {
  /// What of the entity is folded in here: the version a page renders and a write names as seen.
  package private(set) var vector = ObservedVector()
  /// In key order.
  private var keys: [FieldKey] = []
  private var registers: [Register] = []
  /// When something last happened to it, milliseconds UTC.
  package private(set) var updatedAt: Int64 = 0
  /// How many distinct entries (replies, notes, history steps) were appended.
  package private(set) var entryCount: Int = 0
  /// Sum over the entries, so that the digest covers them without listing them.
  private var entrySum = Hash32.zero

  package init() {}

  /// Folds an operation in. Folding it again changes nothing.
  package mutating func fold(_ operation: FoldableOperation) {
    let observed = operation.header.observed
    if keys.isEmpty {
      keys.reserveCapacity(operation.changes.count + 8)
      registers.reserveCapacity(operation.changes.count + 8)
    }
    vector.note(operation.reference)
    updatedAt = max(updatedAt, operation.header.happenedAt)
    for change in operation.changes {
      switch change {
      case .set(let tag, let value):
        write(FieldKey(tag), value: value, rank: 0, by: operation)
      case .claim(let tag, let value, let rank):
        write(FieldKey(tag), value: value, rank: rank.rawValue, by: operation)
      case .add(let tag, let element):
        write(FieldKey(tag, element), value: .flag(true), rank: 0, by: operation)
      case .remove(let tag, let element):
        withRegister(FieldKey(tag, element)) { $0.discharge(observed) }
      case .saw(let tag, let element):
        withRegister(FieldKey(tag, element)) { $0.discharge(observed) }
      case .mark(let tag):
        var writer = ByteWriter(reserving: 24)
        writer.identifier(operation.reference.stream)
        writer.fixed64(operation.reference.sequence)
        withRegister(FieldKey(tag, writer.bytes)) { $0.discharge(observed) }
      }
    }
  }

  /// Notes an operation that is held but could not be folded in: nobody who looks at this state has seen it.
  package mutating func noteDeferred(_ reference: DotReference) {
    vector.note(reference, asHole: true)
  }

  /// Counts an entry in, or exchanges the operation that stands for it; `previous` is the one that stood for it before.
  package mutating func countEntry(_ term: Hash32, replacing previous: Hash32?) {
    if let previous {
      entrySum = entrySum.subtracting(previous)
    } else {
      entryCount += 1
    }
    entrySum = entrySum.adding(term)
  }

  /// Nil when nobody ever wrote the field.
  package func register(_ tag: UInt8, _ element: [UInt8] = []) -> Register? {
    let key = FieldKey(tag, element)
    let place = place(of: key)
    return place < keys.count && keys[place] == key ? registers[place] : nil
  }

  /// The displayed value of an ordinary field; nil when never written.
  package func value(_ tag: UInt8) -> Value? { register(tag)?.latest?.value }

  /// The elements remembered or present under a tag, in byte order, with their registers.
  package func elements(_ tag: UInt8) -> [(element: [UInt8], register: Register)] {
    var result: [(element: [UInt8], register: Register)] = []
    for (index, key) in keys.enumerated() where key.tag == tag { result.append((key.element, registers[index])) }
    return result
  }

  /// The elements an add-wins set holds, in byte order.
  package func members(_ tag: UInt8) -> [[UInt8]] {
    elements(tag).compactMap { $0.register.siblings.isEmpty ? nil : $0.element }
  }

  /// The streams of the values that stand: what an author must name to replace them.
  package var standingStreams: Set<StreamID> {
    Set(registers.lazy.flatMap { $0.siblings.lazy.map(\.reference.stream) })
  }

  /// True when something of it refers to an operation of the stream after this sequence.
  package func mentions(_ stream: StreamID, after sequence: UInt64) -> Bool {
    func reaches(_ vector: ObservedVector) -> Bool {
      vector.entries.contains { $0.stream == stream && $0.sequence > sequence }
    }
    return reaches(vector)
      || registers.contains { register in
        reaches(register.context)
          || register.siblings.contains { $0.reference.stream == stream && $0.reference.sequence > sequence }
      }
  }

  private mutating func write(_ key: FieldKey, value: Value, rank: UInt8, by operation: FoldableOperation) {
    let sibling = Sibling(
      reference: operation.reference, clock: operation.header.clock, rank: rank, value: value)
    withRegister(key) { $0.write(sibling, observed: operation.header.observed) }
  }

  private mutating func withRegister(_ key: FieldKey, _ body: (inout Register) -> Void) {
    let place = place(of: key)
    if place == keys.count || keys[place] != key {
      keys.insert(key, at: place)
      registers.insert(Register(), at: place)
    }
    body(&registers[place])
  }

  private func place(of key: FieldKey) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// MARK: - Canonical bytes

extension EntityState {
  /// Version of the canonical form; a change of it is a new fold version and digests become "not comparable".
  package static let foldVersion: UInt8 = 0

  /// The one byte form of this state: what is stored, and with the entity's name what is digested.
  package func encoded() -> [UInt8] {
    var streams: [StreamID] = vector.entries.map(\.stream)
    // Version, count of streams, time, entries and their sum, count of fields.
    var bound = 64 + 4 * StateBytes.varintMax + StateBytes.bound(of: vector)
    for place in keys.indices {
      bound += 1 + 2 * StateBytes.varintMax + keys[place].element.count
      bound += StateBytes.bound(of: registers[place].context)
      for entry in registers[place].context.entries where !streams.contains(entry.stream) {
        streams.append(entry.stream)
      }
      for sibling in registers[place].siblings {
        bound += StateBytes.referenceMax + 9 + StateBytes.bound(of: sibling.value)
        if !streams.contains(sibling.reference.stream) { streams.append(sibling.reference.stream) }
      }
    }
    streams.sort()
    bound += streams.count * 16
    return [UInt8](unsafeUninitializedCapacity: bound) { memory, count in
      var bytes = StateBytes(memory)
      write(into: &bytes, streams)
      count = bytes.count
    }
  }

  private func write(into bytes: inout StateBytes, _ streams: [StreamID]) {
    bytes.byte(Self.foldVersion)
    bytes.varint(UInt64(streams.count))
    for stream in streams {
      bytes.fixed64(stream.high)
      bytes.fixed64(stream.low)
    }
    bytes.vector(vector, streams)
    bytes.signedVarint(updatedAt)
    bytes.varint(UInt64(entryCount))
    if entryCount > 0 {
      for word in [entrySum.word0, entrySum.word1, entrySum.word2, entrySum.word3] { bytes.fixed64(word) }
    }
    bytes.varint(UInt64(keys.count))
    for place in keys.indices {
      bytes.byte(keys[place].tag)
      bytes.blob(keys[place].element)
      bytes.vector(registers[place].context, streams)
      bytes.varint(UInt64(registers[place].siblings.count))
      for sibling in registers[place].siblings {
        bytes.reference(sibling.reference, streams)
        bytes.fixed64(sibling.clock.raw)
        bytes.byte(sibling.rank)
        bytes.value(sibling.value)
      }
    }
  }

  package init(decoding bytes: [UInt8]) throws(ByteDecodingFailure) {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    guard version == Self.foldVersion else { throw .unknownVersion(version) }
    var streams: [StreamID] = []
    // Counts are bound by the bytes alone: these are our own, and whatever was folded in must be readable.
    for _ in 0..<(try reader.count(limit: reader.remaining / 16)) { streams.append(try reader.identifier()) }
    vector = try Self.decodeVector(streams, &reader)
    updatedAt = try reader.signedVarint()
    entryCount = try reader.count(limit: Int.max)
    entrySum = entryCount > 0 ? try reader.hash() : .zero
    let count = try reader.count(limit: reader.remaining)
    keys.reserveCapacity(count)
    registers.reserveCapacity(count)
    for _ in 0..<count {
      let tag = try reader.byte()
      keys.append(FieldKey(tag, try reader.blob(limit: Value.bytesMax)))
      var register = Register()
      register.context = try Self.decodeVector(streams, &reader)
      let siblings = try reader.count(limit: reader.remaining)
      for _ in 0..<siblings {
        let reference = try Self.decodeReference(streams, &reader)
        let clock = HybridTime(raw: try reader.fixed64())
        let rank = try reader.byte()
        register.siblings.append(
          Sibling(reference: reference, clock: clock, rank: rank, value: try Value(from: &reader)))
      }
      registers.append(register)
    }
    try reader.finish()
  }

  private static func decodeReference(
    _ streams: [StreamID], _ reader: inout ByteReader
  ) throws(ByteDecodingFailure) -> DotReference {
    let index = try reader.count(limit: streams.count)
    guard index < streams.count else { throw .limitExceeded }
    let sequence = try reader.varint()
    return DotReference(
      dot: Dot(stream: streams[index], sequence: sequence), hashPrefix: try reader.fixed32())
  }

  private static func decodeVector(
    _ streams: [StreamID], _ reader: inout ByteReader
  ) throws(ByteDecodingFailure) -> ObservedVector {
    var vector = ObservedVector()
    let count = try reader.count(limit: reader.remaining)
    for _ in 0..<count { vector.note(try decodeReference(streams, &reader)) }
    let holes = try reader.count(limit: reader.remaining)
    for _ in 0..<holes { vector.note(try decodeReference(streams, &reader), asHole: true) }
    return vector
  }
}
