/// How dear one password guess is (RFC 7914, section 2): memory is 128 · 2^logN · r bytes.
package struct ScryptCost: Hashable, Sendable {
  /// Binary logarithm of the number of rounds, N.
  package let logN: Int
  /// Block size, r.
  package let blockSize: Int
  /// Parallelism, p.
  package let parallelism: Int

  /// Nil outside 1 ≤ logN ≤ 20, 1 ≤ r ≤ 32, 1 ≤ p ≤ 16, or above 256 MiB: a stored text must not exhaust the node.
  package init?(logN: Int, blockSize: Int, parallelism: Int) {
    guard (1...20).contains(logN), (1...32).contains(blockSize), (1...16).contains(parallelism) else { return nil }
    guard (128 << logN) * blockSize <= 256 << 20 else { return nil }
    self.logN = logN
    self.blockSize = blockSize
    self.parallelism = parallelism
  }

  private init(checkedLogN logN: Int, blockSize: Int, parallelism: Int) {
    self.logN = logN
    self.blockSize = blockSize
    self.parallelism = parallelism
  }

  /// N = 2^15, r = 8, p = 1: 32 MiB and about a tenth of a second.
  package static let standard = ScryptCost(checkedLogN: 15, blockSize: 8, parallelism: 1)

  /// Bytes one derivation needs while it runs.
  package var memoryBytes: Int { (128 << logN) * blockSize }
}
