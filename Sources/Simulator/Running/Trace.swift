import OperationLog

/// What happened in a simulation: a hash over everything, and the latest lines in words.
///
/// Confined to the thread of its simulation.
package final class Trace {
  /// The hash of everything noted so far: equal in two runs of one seed, bit for bit.
  package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  private var lines: [String] = []
  private let linesMax: Int

  /// Keeps at most so many lines; 0 keeps none and saves making them.
  init(linesMax: Int) { self.linesMax = linesMax }

  /// Mixes a number in.
  func mix(_ word: UInt64) {
    hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 29
  }

  func mix(_ number: Int) { mix(UInt64(bitPattern: Int64(number))) }

  /// Mixes bytes in, eight at a time.
  func mix(_ bytes: [UInt8]) {
    mix(bytes.count)
    bytes.withUnsafeBytes { buffer in
      var place = 0
      while place + 8 <= buffer.count {
        mix(buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        place += 8
      }
      while place < buffer.count {
        mix(Int(buffer[place]))
        place += 1
      }
    }
  }

  func mix(_ digest: Hash32) {
    mix(digest.word0)
    mix(digest.word1)
  }

  /// Notes a line; it is made only where lines are kept.
  func note(_ now: Int64, _ line: @autoclosure () -> String) {
    guard linesMax > 0 else { return }
    if lines.count >= linesMax * 2 { lines.removeFirst(lines.count - linesMax) }
    lines.append("\(now / 1000).\(String(now % 1000 + 1000).dropFirst()) s  \(line())")
  }

  /// The latest lines, oldest first.
  package var latest: [String] { Array(lines.suffix(linesMax)) }
}
