import Foundation
import Testing

@testable import Node

@Suite("The witness beside the database, and the machine under it")
struct WitnessFileTests {
  private func scratch() throws -> String {
    let path = NSTemporaryDirectory() + "relevo-witness-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test("What was written is read again, by this opening and the next; nobody else may read it")
  func roundTrip() throws {
    let directory = try scratch()
    let file = try WitnessFile(directory: directory)
    #expect(try file.read() == [])
    try file.write([UInt8](repeating: 1, count: 128), at: 0)
    try file.write([UInt8](repeating: 2, count: 128), at: 128)
    try file.write([UInt8](repeating: 3, count: 128), at: 0)
    try file.settle()
    let expected = [UInt8](repeating: 3, count: 128) + [UInt8](repeating: 2, count: 128)
    #expect(try file.read() == expected)
    #expect(try WitnessFile(directory: directory).read() == expected)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? NSNumber
    #expect(mode?.int16Value == 0o600)
    try FileManager.default.removeItem(atPath: directory)
    #expect(throws: NodeFailure.self) { try WitnessFile(directory: directory) }
  }

  @Test("A write costs far less than ten microseconds")
  func cost() throws {
    let directory = try scratch()
    let file = try WitnessFile(directory: directory)
    let record = [UInt8](repeating: 7, count: 128)
    let count = 10_000
    let time = try ContinuousClock().measure {
      for index in 0..<count { try file.write(record, at: (index & 1) * 128) }
    }
    // Ten times as much as promised, because tests share their processors with others.
    #expect(time / count < .microseconds(100))
    try FileManager.default.removeItem(atPath: directory)
  }

  @Test("A machine is named by a digest of its identifier; without one it has no name")
  func machine() throws {
    let directory = try scratch()
    func mark(_ text: String) throws -> [UInt8] {
      let path = directory + "/machine-id"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return ThisMachine.mark(reading: path)
    }
    let one = try mark("0123456789abcdef0123456789abcdef\n")
    #expect(one.count == 16)
    #expect(try mark("0123456789ABCDEF0123456789ABCDEF") == one)
    #expect(try mark("1123456789abcdef0123456789abcdef\n") != one)
    for text in ["", "\n", "uninitialized\n", "0123456789abcdef", String(repeating: "x", count: 32)] {
      #expect(try mark(text) == [], "\(text)")
    }
    #expect(ThisMachine.mark(reading: directory + "/absent") == [])
    try FileManager.default.removeItem(atPath: directory)
  }
}
