import Synchronization

/// One file of a simulated disk: what processes see, what is on the platter, and the writes between the two in their
/// order.
///
/// The platter is kept as what differs from what is seen: the bytes that changes took the place of, and pages of a sync that
/// failed. Nearly every sync arrives whole, and then there is nothing to copy.
///
/// Confined to the lock of its disk.
final class SimulatedFile {
  /// A change that nobody has synced yet.
  struct PendingChange {
    /// Place among all changes of the disk, over all its files.
    let order: UInt64
    let kind: Kind
    /// Size of the file before it.
    let sizeBefore: Int
    /// Where the bytes it took the place of lie in `replaced`.
    let before: Range<Int>

    enum Kind {
      case write(offset: Int, count: Int)
      case truncation(Int)
    }
  }

  static let sectorBytes = 512
  /// Room that the changes of one commit take, kept between commits by the few files that are being written at the moment.
  private static let spares = Mutex<[[UInt8]]>([])
  private static let sparesMax = 4
  private static let spareBytesMax = 1024 * 1024

  private(set) var seen: FileContents
  private(set) var pending: [PendingChange] = []
  /// What the pending changes took the place of, one after the other.
  private var replaced: [UInt8] = []
  /// Pages that a failed sync left on the platter as they were; nobody will write them again by themselves.
  private var lostPages: [Int: [UInt8]] = [:]
  var locks = FileLocks()
  var sharedMemory: SharedMemory?

  /// A file with these contents, all of them durable.
  init(_ contents: FileContents = FileContents()) { seen = contents }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, order: UInt64) {
    if pending.isEmpty, let spare = Self.spares.withLock({ $0.popLast() }) { replaced = spare }
    let start = replaced.count
    let size = seen.size
    seen.append(offset..<offset + bytes.count, to: &replaced)
    seen.write(bytes, at: offset)
    pending.append(
      PendingChange(
        order: order, kind: .write(offset: offset, count: bytes.count), sizeBefore: size,
        before: start..<replaced.count))
  }

  func truncate(to newSize: Int, order: UInt64) {
    let start = replaced.count
    let size = seen.size
    if newSize < size { seen.append(newSize..<size, to: &replaced) }
    seen.resize(to: newSize)
    pending.append(
      PendingChange(order: order, kind: .truncation(newSize), sizeBefore: size, before: start..<replaced.count))
  }

  /// Makes durable what is seen.
  func sync() {
    if lostPages.isEmpty { return forgetPending() }
    settle { _ in true }
  }

  /// A sync that failed: each page has reached the platter or not, and none will be written again, because the
  /// operating system holds all of them for clean from now on (what Linux does; Rebello et al. 2020).
  func failSync(using generator: inout some RandomNumberGenerator) {
    settle { _ in Bool.random(using: &generator) }
  }

  private func settle(_ arrives: (Int) -> Bool) {
    var kept = undone().kept
    var touched: Set<Int> = []
    for entry in pending {
      switch entry.kind {
      case .truncation(let size): kept.resize(to: size)
      case .write(let offset, let count):
        guard count > 0 else { continue }
        touched.formUnion(offset / FileContents.pageBytes...(offset + count - 1) / FileContents.pageBytes)
      }
    }
    kept.resize(to: seen.size)
    // In order of the pages, so that a seed decides alike in every run.
    for page in touched.sorted() where arrives(page) { kept.takePage(page, from: seen) }
    lostPages = [:]
    for page in kept.pages.indices where kept.pages[page] != seen.pages[page] { lostPages[page] = kept.pages[page] }
    forgetPending()
  }

  private func forgetPending() {
    pending.removeAll(keepingCapacity: pending.count < 64)
    var spare: [UInt8] = []
    swap(&spare, &replaced)
    guard spare.capacity > 0, spare.capacity <= Self.spareBytesMax else { return }
    spare.removeAll(keepingCapacity: true)
    Self.spares.withLock { spares in
      if spares.count < Self.sparesMax { spares.append(spare) }
    }
  }

  /// The platter before the pending changes, and what each of them wrote.
  private func undone() -> (kept: FileContents, written: [[UInt8]]) {
    var kept = seen
    var written: [[UInt8]] = []
    for entry in pending.reversed() {
      var bytes: [UInt8] = []
      var place = 0
      switch entry.kind {
      case .write(let offset, let count):
        kept.append(offset..<offset + count, to: &bytes)
        place = offset
      case .truncation(let size): place = size
      }
      written.append(bytes)
      kept.resize(to: entry.sizeBefore)
      // Writing nothing behind the end would make the file longer.
      if !entry.before.isEmpty { replaced[entry.before].withUnsafeBytes { kept.write($0, at: place) } }
    }
    for (page, bytes) in lostPages { kept.put(bytes, atPage: page) }
    return (kept, written.reversed())
  }

  /// Brings the platter to what a power cut leaves, and shows that from now on.
  ///
  /// - Parameter orderOfCut: the first change that did not arrive whole, under `.allButPrefix`.
  func losePower(_ loss: DiskLoss, orderOfCut: UInt64, chance: Int, using generator: inout some RandomNumberGenerator) {
    var (kept, written) = undone()
    for (entry, bytes) in zip(pending, written) {
      switch loss {
      case .everything: break
      case .allButPrefix:
        if entry.order < orderOfCut {
          Self.apply(entry, bytes, to: &kept, using: &generator, chance: 100)
        } else if entry.order == orderOfCut {
          Self.apply(entry, bytes, to: &kept, using: &generator, chance: 50)
        }
      case .randomSubset: Self.apply(entry, bytes, to: &kept, using: &generator, chance: chance)
      }
    }
    pending = []
    replaced = []
    lostPages = [:]
    seen = kept
    locks = FileLocks()
    sharedMemory = nil
  }

  /// Lets each sector of a change arrive with a chance in percent.
  private static func apply(
    _ entry: PendingChange, _ bytes: [UInt8], to kept: inout FileContents,
    using generator: inout some RandomNumberGenerator, chance: Int
  ) {
    switch entry.kind {
    case .truncation(let size):
      if Int.random(in: 0..<100, using: &generator) < chance { kept.resize(to: size) }
    case .write(let offset, _):
      bytes.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          let end = min(bytes.count, start + sectorBytes - (offset + start) % sectorBytes)
          if Int.random(in: 0..<100, using: &generator) < chance {
            kept.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: offset + start)
          }
          start = end
        }
      }
    }
  }
}
