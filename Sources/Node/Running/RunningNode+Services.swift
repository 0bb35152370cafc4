import Assignment
import Helpdesk
import Logging
import OpenSSLCrypto
package import OperationLog
import Replication
import SiteEngine
import Status
package import Store
import WebServer

extension RunningNode: NodeServices {
  package var version: String { Self.version }

  package func isReady() -> Bool { caughtUp() }

  package func sitesHolding(_ dot: Dot) -> [String] {
    let holders = Set(engine.holders(of: dot).map(code))
    let here = configuration.site
    return (holders.contains(here) ? [here] : []) + holders.subtracting([here]).sorted()
  }

  package func reachableSites() -> (up: [String], down: [String]) {
    var up: [String] = []
    var down: [String] = []
    for peer in engine.peerFigures() where peer.isNeighbour {
      if peer.link == .live || peer.link == .catchingUp {
        up.append(code(of: peer.node))
      } else {
        down.append(code(of: peer.node))
      }
    }
    return (up.sorted(), down.sorted())
  }

  package func onAcknowledged(_ listener: @escaping @Sendable ([String]) -> Void) {
    engine.onAcknowledged { [weak self] nodes in
      guard let self else { return }
      listener(nodes.map(self.code))
    }
  }

  /// As the assignment desk reckons.
  package func expectedAnswer(for ticket: TicketRow) async -> Int64? {
    do {
      return try await desk.expectedAnswer(for: ticket)?.at
    } catch {
      logger.error("no expectation could be computed: \(error)")
      return nil
    }
  }

  package func verifyPassword(_ password: String, against hash: String) async throws -> Bool {
    try await passwords.verify(Array(password.utf8), against: hash) != .mismatched
  }

  package func hashPassword(_ password: String) async throws -> String {
    try await passwords.hash(Array(password.utf8)).text
  }

  package func randomBytes(_ count: Int) -> [UInt8] { SecureRandomBytes().bytes(count) }

  package func metricsText() async -> String { StatusMetrics.render(await statusReport()) }
}
