import Foundation
import Testing

/// Offices made of real `relevo` processes in a folder of their own, for one test.
final class TestCluster: Sendable {
  /// The password of everybody.
  private static let password = "a-test-password"
  private static let places = [
    ("MAD", "Madrid", "Europe/Madrid"), ("LYO", "Lyon", "Europe/Paris"), ("BOG", "Bogotá", "America/Bogota"),
  ]

  let offices: [TestOffice]
  private let folder: String
  /// The lines by the offices they join, the calling one first; empty where offices dial each other directly.
  private let lines: [[String]: TestLine]
  /// The networks of the offices; nil where all share the loopback.
  let network: TestNetwork?

  private init(officeCount: Int, hasLines: Bool, network: TestNetwork?) throws {
    self.network = network
    let binary = try RelevoBinary.path()
    let name = "relevo-\(UUID().uuidString.prefix(8))"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    self.folder = folder
    let ports = try Loopback.freePorts(2 * officeCount)
    offices = Self.places.prefix(officeCount).enumerated().map { index, place in
      TestOffice(
        place.0, name: place.1, timeZone: place.2, host: network?.host(of: index) ?? "127.0.0.1",
        ports: (ports[2 * index], ports[2 * index + 1]), launcher: network?.launcher(of: index) ?? [],
        folder: "\(folder)/\(place.0)", binary: binary)
    }
    var lines: [[String]: TestLine] = [:]
    for caller in offices where hasLines {
      for called in offices where called.code != caller.code {
        lines[[caller.code, called.code]] = try TestLine(to: called.peerPort)
      }
    }
    self.lines = lines
  }

  /// Founds a cluster, lets a test use it, and ends every process.
  ///
  /// When the test throws, its folder stays, and what the nodes logged is recorded beside the failure.
  ///
  /// - Parameters:
  ///   - joined: how many of the offices are in the cluster from the start; nil for all.
  ///   - hasLines: whether offices reach each other by lines that can be silenced.
  ///   - hasNetworks: whether each office stands in a network namespace of its own; needs root.
  ///   - settings: further sections of every office's configuration.
  static func run(
    offices officeCount: Int = 3, joined: Int? = nil, hasLines: Bool = false, hasNetworks: Bool = false,
    settings: String = "",
    _ body: (TestCluster) async throws -> Void
  ) async throws {
    let network = hasNetworks ? try await TestNetwork.make(offices: officeCount) : nil
    let cluster = try TestCluster(officeCount: officeCount, hasLines: hasLines, network: network)
    defer {
      network?.remove()
      for office in cluster.offices { office.abandon() }
      for line in cluster.lines.values { line.close() }
    }
    do {
      try await cluster.found(joined: joined ?? officeCount, settings)
      try await body(cluster)
    } catch {
      var text = "The cluster's files stay in \(cluster.folder)."
      for office in cluster.offices {
        text += "\n--- status of \(office.code)\n"
        do {
          let status = try await office.relevo(["status"])
          text += status.output + status.errors
        } catch let failure {
          text += String(describing: failure)
        }
        text += "\n--- log of \(office.code)\n\(office.logTail())"
      }
      Issue.record("\(text)")
      throw error
    }
    try FileManager.default.removeItem(atPath: cluster.folder)
  }

  var madrid: TestOffice { offices[0] }
  var lyon: TestOffice { offices[1] }
  var bogota: TestOffice { offices[2] }

  // MARK: Founding

  private func found(joined: Int, _ settings: String) async throws {
    for office in offices {
      let neighbours = offices.filter { $0.code != office.code }
      try office.configure(
        neighbours: neighbours.map { ($0.code, $0.host, lines[[office.code, $0.code]]?.port ?? $0.peerPort) },
        settings: settings)
    }
    try await madrid.run("cluster", "init", "--site", "MAD", "--name", madrid.name, "--time-zone", madrid.timeZone)
    try await madrid.serve()
    for office in offices.prefix(joined).dropFirst() {
      try await office.run("join", "--token-file", try await invite(office))
      try await office.serve()
    }
    try await addAgents(of: offices.prefix(joined))
  }

  /// The file with a token for the office.
  func invite(_ office: TestOffice) async throws -> String {
    let token = try await madrid.run(
      "cluster", "invite", "--site", office.code, "--name", office.name, "--time-zone", office.timeZone)
    let file = folder + "/\(office.code).token"
    try token.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// An agent and an access token for each office; both are made at Madrid and known everywhere at the end.
  func addAgents(of offices: some Sequence<TestOffice>) async throws {
    let file = folder + "/password"
    try Self.password.write(toFile: file, atomically: true, encoding: .utf8)
    for office in offices {
      let email = "agent.\(office.code.lowercased())@relevo.example"
      try await madrid.run(
        "user", "add", email, "--name", "Agent \(office.code)", "--role", "agent", "--site", office.code,
        "--language", "en", "--password-file", file)
      office.use(token: try await madrid.run("token", "create", email, "--name", "test"))
    }
    for office in offices {
      _ = try await eventually("the agent of \(office.code) is known there", within: .seconds(30)) {
        try office.http().send("GET", "/api/v1/tickets?limit=1").status == 200 ? true : nil
      }
    }
  }

  // MARK: Links

  /// Cuts an office off from all others, at both ends of every link, and waits until all have done so.
  func cut(_ office: TestOffice) async throws {
    for other in offices where other.code != office.code {
      try await office.run("peer", "pause", other.code)
      try await other.run("peer", "pause", office.code)
      for (here, there) in [(office, other), (other, office)] {
        try await wait(for: "paused", from: here, to: there, within: .seconds(15))
      }
    }
  }

  /// Joins an office to all others again.
  func heal(_ office: TestOffice) async throws {
    for other in offices where other.code != office.code {
      try await office.run("peer", "resume", other.code)
      try await other.run("peer", "resume", office.code)
    }
  }

  /// Lets no byte pass between an office and the others, or every byte again; no node is told.
  func setSilent(_ value: Bool, around office: TestOffice) {
    for (ends, line) in lines where ends.contains(office.code) { line.setSilent(value) }
  }

  /// Waits until an office shows this link to a peer.
  func wait(for link: String, from office: TestOffice, to peer: TestOffice, within limit: Duration) async throws {
    _ = try await eventually("\(office.code) shows \(peer.code) as \(link)", within: limit) { () -> Bool? in
      let peers = try await office.status().report.peers
      guard let shown = peers.first(where: { $0.site == peer.code }) else { return nil }
      guard shown.link == link else { throw NotInTime(description: "it is shown as \(shown.link)") }
      return true
    }
  }

  /// Waits until every office holds the same operations and computed the same state from them.
  func waitForEqualDigests(within limit: Duration = .seconds(10)) async throws {
    _ = try await eventually("all offices have equal digests and nothing waits", within: limit) { () -> Bool? in
      var reports: [StatusAnswer] = []
      for office in offices { reports.append(try await office.status().report) }
      guard let first = reports.first, first.stateDigest != nil, first.heads?.isEmpty == false else { return nil }
      let areEqual = reports.allSatisfy { $0.stateDigest == first.stateDigest && $0.heads == first.heads }
      guard areEqual, reports.allSatisfy(\.hasNothingOut) else {
        throw NotInTime(description: "\(reports)")
      }
      return true
    }
  }
}
