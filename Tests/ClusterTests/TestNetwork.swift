import Foundation
import Glibc

/// A network namespace for each office, joined by a bridge: links that are cut and narrowed by the kernel, as in real life.
///
/// Needs root and Debian's iproute2 and nftables, which `scripts/test` installs.
final class TestNetwork: Sendable {
  /// True when namespaces can be made here.
  static var isPossible: Bool { geteuid() == 0 && FileManager.default.isExecutableFile(atPath: ip) }

  private static let ip = "/usr/sbin/ip"
  private static let table = "relevo_test"

  private let name: String
  /// The first three parts of every address.
  private let prefix: String
  private let officeCount: Int

  private init(name: String, prefix: String, officeCount: Int) {
    self.name = name
    self.prefix = prefix
    self.officeCount = officeCount
  }

  /// Makes the bridge, the namespaces and the pairs of interfaces between them. Throws what `ip` says.
  static func make(offices officeCount: Int) async throws -> TestNetwork {
    let number = UInt16.random(in: 0...UInt16.max)
    let network = TestNetwork(
      name: "rv\(String(number, radix: 16))", prefix: "10.\(200 + Int(number >> 8) % 50).\(number & 0xff)",
      officeCount: officeCount)
    do {
      try await network.build()
    } catch {
      network.remove()
      throw error
    }
    return network
  }

  /// The address of an office, by its place in the cluster.
  func host(of office: Int) -> String { "\(prefix).\(11 + office)" }

  /// What runs a command inside the office's network.
  func launcher(of office: Int) -> [String] { [Self.ip, "netns", "exec", space(office)] }

  private func space(_ office: Int) -> String { "\(name)n\(office)" }

  private func build() async throws {
    try await ip("link", "add", name, "type", "bridge")
    try await ip("addr", "add", "\(prefix).1/24", "dev", name)
    try await ip("link", "set", name, "up")
    for office in 0..<officeCount {
      let space = space(office)
      let outside = "\(name)v\(office)"
      try await ip("netns", "add", space)
      try await ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
      try await ip("link", "set", outside, "master", name, "up")
      try await ip("-n", space, "addr", "add", "\(host(of: office))/24", "dev", "eth0")
      try await ip("-n", space, "link", "set", "eth0", "up")
      try await ip("-n", space, "link", "set", "lo", "up")
    }
  }

  /// Takes everything away again, whatever is there of it.
  func remove() {
    for office in 0..<officeCount { Self.runAndForget(["netns", "del", space(office)]) }
    Self.runAndForget(["link", "del", name])
  }

  // MARK: Faults

  /// Which packets of an office are dropped.
  enum Direction {
    case incoming, outgoing, both
  }

  /// Drops what passes between an office and all others, silently; the test itself still reaches it.
  func cut(_ office: Int, _ direction: Direction = .both) async throws {
    let others = (0..<officeCount).filter { $0 != office }.map(host).joined(separator: ", ")
    var rules = "table inet \(Self.table) {\n"
    if direction != .outgoing {
      rules += "chain input { type filter hook input priority 0; ip saddr { \(others) } drop; }\n"
    }
    if direction != .incoming {
      rules += "chain output { type filter hook output priority 0; ip daddr { \(others) } drop; }\n"
    }
    try await nft(office, rules + "}\n")
  }

  /// Lets everything pass again.
  func heal(_ office: Int) async throws { try await nft(office, "delete table inet \(Self.table)\n") }

  /// Narrows what an office sends to so many bits a second.
  func narrow(_ office: Int, bitsPerSecond: Int) async throws {
    try await Self.run(
      Self.ip,
      [
        "netns", "exec", space(office), "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate",
        "\(bitsPerSecond)bit", "burst", "4kb", "latency", "2s",
      ])
  }

  private func nft(_ office: Int, _ rules: String) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(office).nft").path
    try rules.write(toFile: file, atomically: true, encoding: .utf8)
    defer { unlink(file) }
    try await Self.run(Self.ip, ["netns", "exec", space(office), "nft", "-f", file])
  }

  // MARK: Commands

  private func ip(_ arguments: String...) async throws { try await Self.run(Self.ip, arguments) }

  private static func run(_ program: String, _ arguments: [String]) async throws {
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent("relevo-\(UUID().uuidString)").path
    defer { unlink(errors) }
    let process = try ChildProcess(program, arguments, output: "/dev/null", errors: errors)
    let ending = try await eventually("\(arguments.joined(separator: " ")) ends") { process.ending() }
    guard ending == .code(0) else {
      let said = try String(contentsOfFile: errors, encoding: .utf8)
      throw TestOffice.Unexpected(description: "\(arguments.joined(separator: " ")) ended with \(ending): \(said)")
    }
  }

  /// For taking away: what is not there is not missed.
  private static func runAndForget(_ arguments: [String]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: ip)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
      process.waitUntilExit()
    } catch {
      // Without `ip` nothing was made.
      return
    }
  }
}
