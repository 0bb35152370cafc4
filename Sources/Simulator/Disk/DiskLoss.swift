/// Which of the writes that nobody had synced survive a power cut; what was synced survives always.
package enum DiskLoss: Hashable, Sendable, CaseIterable {
  /// None of them.
  case everything
  /// The first ones in the order in which they were made, the next one torn.
  case allButPrefix
  /// Any subset of their 512-byte sectors, as if the disk had reordered them.
  case randomSubset
}

/// What a simulated disk has been asked to do since it was made.
package struct DiskCounters: Hashable, Sendable {
  package var reads = 0
  package var writes = 0
  package var syncs = 0
  package var bytesRead = 0
  package var bytesWritten = 0
  /// Power cuts, restores included.
  package var powerCuts = 0
}

/// The whole of a disk at one moment: for restored backups and cloned nodes.
package struct DiskImage: Sendable {
  /// Contents by name inside the disk's directory.
  package var files: [String: FileContents]

  /// Bytes of all files.
  package var byteCount: Int { files.values.reduce(0) { $0 + $1.size } }
}
