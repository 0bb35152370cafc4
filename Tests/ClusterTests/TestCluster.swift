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

  private init(officeCount: Int) throws {
    let binary = try RelevoBinary.path()
    let name = "relevo-\(UUID().uuidString.prefix(8))"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    self.folder = folder
    let ports = try Loopback.freePorts(2 * officeCount)
    offices = Self.places.prefix(officeCount).enumerated().map { index, place in
      TestOffice(
        place.0, name: place.1, timeZone: place.2, ports: (ports[2 * index], ports[2 * index + 1]),
        folder: "\(folder)/\(place.0)", binary: binary)
    }
  }

  /// Founds a cluster, lets a test use it, and ends every process.
  ///
  /// When the test throws, its folder stays, and what the nodes logged is recorded beside the failure.
  static func run(offices officeCount: Int = 3, _ body: (TestCluster) async throws -> Void) async throws {
    let cluster = try TestCluster(officeCount: officeCount)
    defer { for office in cluster.offices { office.abandon() } }
    do {
      try await cluster.found()
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

  private func found() async throws {
    for office in offices { try office.configure(neighbours: offices.filter { $0.code != office.code }) }
    try await madrid.run("cluster", "init", "--site", "MAD", "--name", madrid.name, "--time-zone", madrid.timeZone)
    try await madrid.serve()
    for office in offices.dropFirst() {
      let token = try await madrid.run(
        "cluster", "invite", "--site", office.code, "--name", office.name, "--time-zone", office.timeZone)
      let file = folder + "/\(office.code).token"
      try token.write(toFile: file, atomically: true, encoding: .utf8)
      try await office.run("join", "--token-file", file)
      try await office.serve()
    }
    try await addAgents()
  }

  /// An agent and an access token for each office; both are made at Madrid and known everywhere at the end.
  private func addAgents() async throws {
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
        _ = try await eventually("the link from \(here.code) to \(there.code) is paused") {
          try await here.status().report.peers.contains { $0.site == there.code && $0.link == "paused" } ? true : nil
        }
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
