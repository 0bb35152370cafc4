import OperationLog

/// A small file beside the database that remembers how far the own stream had come: the only way to see, without asking
/// anybody, that the database was set back.
///
/// It is written after each commit without waiting for the disk, so it may lag behind the database and is never ahead of
/// it. It must not be part of a backup.
package protocol HeadWitness: Sendable {
  /// Everything written so far: both slots, or fewer bytes when it is new. Throws when it exists and cannot be read.
  func read() throws -> [UInt8]
  /// Writes 128 bytes at an offset of 0 or 128, without waiting for the disk.
  func write(_ record: [UInt8], at offset: Int) throws
  /// Waits until the disk has what was written; called once at each start, so that a power cut leaves some witness.
  func settle() throws
}

extension HeadWitness {
  /// A witness that does not outlive its process has nothing to wait for.
  package func settle() throws {}
}

/// What surrounds a store and is not part of it: its witness and its machine.
package struct StoreSurroundings: Sendable {
  /// Nil where nobody watches over the database (benches, tests): then nothing is noticed.
  package var witness: (any HeadWitness)?
  /// 16 bytes that name the machine; empty where it has no identity, and then its change is not noticed.
  package var machine: [UInt8]
  /// The machine's name for people, at most 64 bytes.
  package var host: String

  package init(witness: (any HeadWitness)? = nil, machine: [UInt8] = [], host: String = "") {
    self.witness = witness
    self.machine = machine
    self.host = host
  }
}

/// One record of the witness; two slots take turns, so that a torn write leaves the one before.
struct WitnessRecord: Hashable {
  static let byteCount = 128
  private static let magic: [UInt8] = Array("RLVWIT\0\0".utf8)
  private static let checkedBytes = 112

  /// Grows with every record; the higher one counts.
  var count: UInt64
  var stream: StreamID
  var sequence: UInt64
  var hash: Hash32
  /// Sixteen random bytes of the start that wrote it.
  var start: [UInt8]

  /// Where it belongs.
  var offset: Int { count & 1 == 0 ? 0 : Self.byteCount }

  func encoded(_ hashing: any Hashing) -> [UInt8] {
    var writer = ByteWriter(reserving: Self.byteCount)
    writer.raw(Self.magic)
    writer.fixed64(count)
    writer.identifier(stream)
    writer.fixed64(sequence)
    writer.hash(hash)
    writer.raw(start)
    writer.raw([UInt8](repeating: 0, count: Self.checkedBytes - writer.bytes.count))
    writer.raw(Array(hashing.sha256(writer.bytes).bytes.prefix(16)))
    return writer.bytes
  }

  /// Nil for a slot that was never written, or not wholly.
  init?(_ bytes: ArraySlice<UInt8>, _ hashing: any Hashing) {
    let bytes = Array(bytes)
    guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else { return nil }
    let checked = Array(bytes.prefix(Self.checkedBytes))
    guard Array(hashing.sha256(checked).bytes.prefix(16)) == Array(bytes.suffix(16)) else { return nil }
    var reader = ByteReader(Array(checked.dropFirst(Self.magic.count)))
    do {
      count = try reader.fixed64()
      stream = try reader.identifier()
      sequence = try reader.fixed64()
      hash = try reader.hash()
      start = try reader.raw(16)
    } catch {
      return nil  // Never with the count checked above.
    }
  }

  init(count: UInt64, stream: StreamID, sequence: UInt64, hash: Hash32, start: [UInt8]) {
    self.count = count
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
    self.start = start
  }

  /// The latest whole record of a witness; nil when there is none.
  static func latest(in bytes: [UInt8], _ hashing: any Hashing) -> WitnessRecord? {
    let slots = [bytes.prefix(byteCount), bytes.dropFirst(byteCount).prefix(byteCount)]
    return slots.compactMap { WitnessRecord($0, hashing) }.max { $0.count < $1.count }
  }
}
