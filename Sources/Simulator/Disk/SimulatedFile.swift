/// One file of a simulated disk: what processes see, what is on the platter, and the writes between the two in their
/// order.
///
/// Confined to the lock of its disk.
final class SimulatedFile {
  /// A change that nobody has synced yet.
  enum Change {
    case write(offset: Int, bytes: [UInt8])
    case truncation(Int)
  }

  struct PendingChange {
    /// Place among all changes of the disk, over all its files.
    let order: UInt64
    let change: Change
  }

  static let sectorBytes = 512

  private(set) var seen: FileContents
  private(set) var kept: FileContents
  private(set) var pending: [PendingChange] = []
  var locks = FileLocks()
  var sharedMemory: SharedMemory?

  /// A file with these contents, all of them durable.
  init(_ contents: FileContents = FileContents()) {
    seen = contents
    kept = contents
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, order: UInt64) {
    seen.write(bytes, at: offset)
    pending.append(PendingChange(order: order, change: .write(offset: offset, bytes: Array(bytes))))
  }

  func truncate(to size: Int, order: UInt64) {
    seen.resize(to: size)
    pending.append(PendingChange(order: order, change: .truncation(size)))
  }

  /// Makes durable what is seen.
  func sync() { settle { _ in true } }

  /// A sync that failed: each page has reached the platter or not, and none will be written again, because the
  /// operating system holds all of them for clean from now on (what Linux does; Rebello et al. 2020).
  func failSync(using generator: inout some RandomNumberGenerator) {
    settle { _ in Bool.random(using: &generator) }
  }

  private func settle(_ arrives: (Int) -> Bool) {
    var touched: Set<Int> = []
    for entry in pending {
      switch entry.change {
      case .truncation(let size): kept.resize(to: size)
      case .write(let offset, let bytes):
        guard !bytes.isEmpty else { continue }
        touched.formUnion(offset / FileContents.pageBytes...(offset + bytes.count - 1) / FileContents.pageBytes)
      }
    }
    kept.resize(to: seen.size)
    // In order of the pages, so that a seed decides alike in every run.
    for page in touched.sorted() where arrives(page) { kept.takePage(page, from: seen) }
    pending.removeAll(keepingCapacity: pending.count < 64)
  }

  /// Brings the platter to what a power cut leaves, and shows that from now on.
  ///
  /// - Parameter orderOfCut: the first change that did not arrive whole, under `.allButPrefix`.
  func losePower(_ loss: DiskLoss, orderOfCut: UInt64, chance: Int, using generator: inout some RandomNumberGenerator) {
    for entry in pending {
      switch loss {
      case .everything: break
      case .allButPrefix:
        if entry.order < orderOfCut {
          apply(entry.change, using: &generator, chance: 100)
        } else if entry.order == orderOfCut {
          apply(entry.change, using: &generator, chance: 50)
        }
      case .randomSubset: apply(entry.change, using: &generator, chance: chance)
      }
    }
    pending = []
    seen = kept
    locks = FileLocks()
    sharedMemory = nil
  }

  /// Lets each sector of a change arrive with a chance in percent.
  private func apply(_ change: Change, using generator: inout some RandomNumberGenerator, chance: Int) {
    switch change {
    case .truncation(let size):
      if Int.random(in: 0..<100, using: &generator) < chance { kept.resize(to: size) }
    case .write(let offset, let bytes):
      bytes.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          let end = min(bytes.count, start + Self.sectorBytes - (offset + start) % Self.sectorBytes)
          if Int.random(in: 0..<100, using: &generator) < chance {
            kept.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: offset + start)
          }
          start = end
        }
      }
    }
  }
}
