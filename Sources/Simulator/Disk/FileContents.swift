/// The bytes of one file as an array of pages, so that writing a page copies one page at most, however many copies
/// share it.
package struct FileContents: Sendable {
  static let pageBytes = 4096
  private static let zeroPage = [UInt8](repeating: 0, count: pageBytes)

  private(set) var pages: [[UInt8]] = []
  private(set) var size = 0

  /// Puts bytes at an offset; a gap in front of them reads as zeros.
  mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    let end = offset + bytes.count
    if end > size { resize(to: end) }
    var done = 0
    while done < bytes.count {
      let place = (offset + done) % Self.pageBytes
      let count = min(Self.pageBytes - place, bytes.count - done)
      let part = UnsafeRawBufferPointer(rebasing: bytes[done..<done + count])
      pages[(offset + done) / Self.pageBytes].withUnsafeMutableBytes { page in
        UnsafeMutableRawBufferPointer(rebasing: page[place..<place + count]).copyMemory(from: part)
      }
      done += count
    }
  }

  /// Fills the target as far as the file goes; tells how many bytes that were.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    let available = max(0, min(target.count, size - offset))
    var done = 0
    while done < available {
      let place = (offset + done) % Self.pageBytes
      let count = min(Self.pageBytes - place, available - done)
      pages[(offset + done) / Self.pageBytes].withUnsafeBytes { page in
        UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: page[place..<place + count]))
      }
      done += count
    }
    return available
  }

  /// Adds the bytes of a range, as far as the file goes, to others.
  func append(_ range: Range<Int>, to target: inout [UInt8]) {
    var done = range.lowerBound
    let end = min(range.upperBound, size)
    while done < end {
      let place = done % Self.pageBytes
      let count = min(Self.pageBytes - place, end - done)
      pages[done / Self.pageBytes].withUnsafeBufferPointer { page in
        target.append(contentsOf: UnsafeBufferPointer(rebasing: page[place..<place + count]))
      }
      done += count
    }
  }

  /// Puts a page of another version of the file in its place, where the file is long enough.
  mutating func put(_ page: [UInt8], atPage index: Int) {
    if index < pages.count { pages[index] = page }
  }

  /// Cuts the file off or extends it with zeros.
  mutating func resize(to newSize: Int) {
    let count = (newSize + Self.pageBytes - 1) / Self.pageBytes
    if count < pages.count {
      pages.removeLast(pages.count - count)
    } else {
      for _ in pages.count..<count { pages.append(Self.zeroPage) }
    }
    let tail = newSize % Self.pageBytes
    if newSize < size, tail > 0 {
      // What was cut off must not come back when the file grows again.
      pages[count - 1].withUnsafeMutableBytes { page in
        _ = UnsafeMutableRawBufferPointer(rebasing: page[tail...]).initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    size = newSize
  }

  /// Takes over one page of another version of the file, where both are long enough.
  mutating func takePage(_ index: Int, from other: FileContents) {
    if index < pages.count, index < other.pages.count { pages[index] = other.pages[index] }
  }

  /// All bytes, for tests and for damaging a file on purpose.
  package var bytes: [UInt8] { Array(pages.joined().prefix(size)) }
}
