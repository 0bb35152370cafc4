import Foundation
import Glibc
import Store

/// The witness of the own stream as a file of 256 bytes beside the database: `head.witness`.
///
/// Opened once and written in place without waiting for the disk. It must not be part of a backup: what it is for is to
/// know better than a database that was put back.
final class WitnessFile: HeadWitness {
  private static let bytesMax = 256

  let path: String
  private let descriptor: Int32

  struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ code: Int32) {
      description = "\(path): \(String(cString: strerror(code)))"
    }
  }

  /// Makes the file where needed, mode 0600. Throws `NodeFailure`.
  init(directory: String) throws {
    path = directory + "/head.witness"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw NodeFailure("\(Trouble(path, errno)). Run as the user who owns the data directory.")
    }
  }

  func read() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw Trouble(path, errno) }
    return Array(bytes.prefix(count))
  }

  func write(_ record: [UInt8], at offset: Int) throws {
    let count = record.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    guard count == record.count else { throw Trouble(path, count < 0 ? errno : ENOSPC) }
  }

  func settle() throws {
    guard fsync(descriptor) == 0 else { throw Trouble(path, errno) }
    // Its name too, which may be as new as the file.
    let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    guard directory >= 0 else { throw Trouble(path, errno) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw Trouble(path, errno) }
  }

  deinit { close(descriptor) }
}
