import Glibc

/// What one fsync costs on the disk that is measured.
enum SyncCost {
  static let turns = 100
  private static let pageBytes = 4_096

  /// Seconds of each: a page appended and synchronised, as SQLite does it for its log. Throws when the file cannot be written.
  static func measure(in folder: String) throws -> [Double] {
    let path = folder + "/sync-cost"
    let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw BenchFailure("\(path) cannot be written (errno \(errno))") }
    defer {
      close(descriptor)
      unlink(path)
    }
    let page = [UInt8](repeating: 1, count: pageBytes)
    return try (0..<turns).map { _ in
      let began = Clocks.now()
      guard write(descriptor, page, page.count) == page.count, fdatasync(descriptor) == 0 else {
        throw BenchFailure("\(path) cannot be synchronised (errno \(errno))")
      }
      return Clocks.now() - began
    }
  }
}
