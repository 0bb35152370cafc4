import HTTPTypes
import Helpdesk
import Hummingbird
import OperationLog
import Replication
import SiteEngine
import Status
import Synchronization
import WebServer

/// Links to neighbours: stop, go on, try them step by step.
extension ControlRoutes {
  func addPeers(to control: RouterGroup<RelevoRequestContext>) {
    control.post("peers/:site/pause") { _, context in try await self.pause(context) }
    control.post("peers/:site/resume") { _, context in try await self.resume(context) }
    control.post("peers/:site/test") { _, context in try await self.test(context) }
  }

  private func neighbour(_ context: RelevoRequestContext) throws -> NodeID {
    let site = try context.parameters.require("site")
    guard let peer = node.neighbour(site) else { throw Self.unknownPeer(site) }
    return peer
  }

  private func pause(_ context: RelevoRequestContext) async throws -> Response {
    let peer = try neighbour(context)
    let viewer = try context.requireViewer()
    guard viewer.person.role >= .admin else { throw CommandRefusal.notAllowed(needs: .admin) }
    try await node.pauseLink(to: peer, person: viewer.proof == .console ? nil : viewer.person.name)
    let pause = node.watch.pause(of: peer)
    return try Self.json([
      "site": node.code(of: peer), "paused_by": pause?.by ?? pause?.console.map { "console of \($0)" } ?? "",
      "paused_since": pause?.since?.text ?? "",
    ])
  }

  private func resume(_ context: RelevoRequestContext) async throws -> Response {
    let peer = try neighbour(context)
    guard try context.requireViewer().person.role >= .admin else { throw CommandRefusal.notAllowed(needs: .admin) }
    try await node.resumeLink(to: peer)
    return try Self.json(["site": node.code(of: peer)])
  }

  private struct TestAnswer: Encodable {
    var site: String
    var link: String
    var ok: Bool
    var steps: [PeerTestStep]
  }

  private func test(_ context: RelevoRequestContext) async throws -> Response {
    let peer = try neighbour(context)
    let code = node.code(of: peer)
    var steps = await PeerTest(node: node, peer: peer, site: code).run()
    switch node.strangerRefused.withLock({ $0 }) {
    case true?: steps.append(PeerTestStep("stranger", .ok, "a key outside the cluster was turned away here"))
    case false?:
      steps.append(
        PeerTestStep(
          "stranger", .critical, "a key outside the cluster was NOT turned away here",
          action: "See docs/runbooks/stranger-admitted.md"))
    case nil: steps.append(PeerTestStep("stranger", .skipped, "not decided yet"))
    }
    let link = node.engine.peerFigures().first { $0.node == peer }?.link.word ?? "down"
    return try Self.encoded(
      TestAnswer(site: code, link: link, ok: !steps.contains { $0.level == .critical }, steps: steps))
  }
}
