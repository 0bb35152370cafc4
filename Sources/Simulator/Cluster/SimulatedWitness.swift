import Store

/// A node's witness file: written without waiting for the disk, so a power cut takes it back some records.
///
/// Confined to the thread of its simulation.
final class SimulatedWitness: HeadWitness, @unchecked Sendable {
  /// The contents after each of the latest writes, oldest first.
  private var versions: [[UInt8]] = [[]]

  /// Takes over what another has, as copying its file would.
  func copy(_ other: SimulatedWitness) { versions = [other.versions[other.versions.count - 1]] }

  func read() throws -> [UInt8] { versions[versions.count - 1] }

  func write(_ record: [UInt8], at offset: Int) throws {
    var bytes = versions[versions.count - 1]
    let end = offset + record.count
    if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
    bytes.replaceSubrange(offset..<end, with: record)
    versions.append(bytes)
    if versions.count > 4 { versions.removeFirst() }
  }

  /// Loses so many of the latest writes.
  func losePower(losing lost: Int) {
    versions.removeLast(min(lost, versions.count - 1))
  }
}
