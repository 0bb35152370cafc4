import Foundation

/// Reads a file to be imported, plain or compressed with gzip.
package enum ImportFile {
  /// Far more than any log; a longer file is another file by mistake.
  package static let bytesMax = 1 << 30

  /// Why a file cannot be read; says what to do.
  package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// The bytes of the file, unpacked when it begins as gzip does; `-` is standard input.
  package static func bytes(path: String) throws(Failure) -> [UInt8] {
    let raw: Data
    do {
      raw =
        path == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data()
        : try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw Failure(description: "\(path) cannot be read: \(error.localizedDescription)")
    }
    guard raw.count <= bytesMax else {
      throw Failure(description: "\(path) has \(raw.count) bytes, more than the \(bytesMax) that are taken.")
    }
    return raw.starts(with: [0x1f, 0x8b]) ? try unpacked(raw, path: path) : [UInt8](raw)
  }

  private static func unpacked(_ packed: Data, path: String) throws(Failure) -> [UInt8] {
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc"]
    let output = Pipe()
    gzip.standardOutput = output
    gzip.standardError = FileHandle.nullDevice
    do {
      // A file instead of a pipe, so that nobody has to feed gzip while its output is read.
      let source = try handle(for: packed, path: path)
      gzip.standardInput = source
      try gzip.run()
      var unpacked: [UInt8] = []
      while let part = try output.fileHandleForReading.read(upToCount: 1 << 20), !part.isEmpty {
        unpacked += part
        if unpacked.count > bytesMax { gzip.terminate() }
      }
      gzip.waitUntilExit()
      guard unpacked.count <= bytesMax else {
        throw Failure(description: "\(path) unpacks to more than the \(bytesMax) bytes that are taken.")
      }
      guard gzip.terminationStatus == 0 else {
        throw Failure(
          description:
            "\(path) begins like a gzip file and cannot be unpacked. Copy it again, or check that gzip is installed."
        )
      }
      return unpacked
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(description: "gzip could not be started to unpack \(path): \(error.localizedDescription)")
    }
  }

  /// The file itself, or for standard input a nameless copy of what came.
  private static func handle(for packed: Data, path: String) throws -> FileHandle {
    if path != "-" { return try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("relevo-import-\(UUID().uuidString)")
    try packed.write(to: copy)
    defer {
      // The open handle keeps the bytes; a name that stays behind in the temporary folder harms nothing.
      try? FileManager.default.removeItem(at: copy)
    }
    return try FileHandle(forReadingFrom: copy)
  }
}
