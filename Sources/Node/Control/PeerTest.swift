import Dispatch
import Glibc
import Helpdesk
import OperationLog
import PeerTransport
import Replication
import SiteEngine
import Status
import Store

/// `relevo peer test`: goes the way to a neighbour step by step, so that the first step that fails names the cause.
struct PeerTest {
  private static let connectSecondsMax: Int64 = 5
  private static let echoSecondsMax: Int64 = 5
  /// Bytes each of the messages that measure the line carries, and how many go at once.
  private static let lineBytes = 32 * 1024
  private static let lineMessages = 8
  /// Beyond this the hybrid clock hides nothing any more.
  private static let skewMillisecondsMax: Int64 = 5_000

  let node: RunningNode
  let peer: NodeID
  let site: String

  /// Every step in order; later ones are skipped where an earlier one failed.
  func run() async -> [PeerTestStep] {
    guard
      let entry = node.configuration.replication.neighbours.first(where: { $0.site.uppercased() == site }),
      // The configuration was checked; what it refuses is told below.
      let endpoint = try? TransportEndpoint(entry.address)
    else {
      let step = PeerTestStep(
        "configuration", .critical, "no address of \(site) is configured here",
        action: "Add it under replication.neighbours, or test from \(site).")
      return [step] + (await session())
    }
    var steps = [PeerTestStep("configuration", .ok, "\(site) is dialled at \(endpoint)")]
    let addresses = await blocking { PeerReach.addresses(of: endpoint) }
    steps.append(nameStep(endpoint, addresses))
    guard !addresses.isEmpty else { return steps + skipped(["tcp", "handshake"]) + (await session()) }
    let reach = await blocking { PeerReach.connect(to: addresses, secondsMax: Self.connectSecondsMax) }
    steps.append(tcpStep(endpoint, reach))
    guard case .connected = reach else { return steps + skipped(["handshake"]) + (await session()) }
    steps.append(await handshake(endpoint))
    return steps + (await session())
  }

  private func skipped(_ names: [String]) -> [PeerTestStep] {
    names.map { PeerTestStep($0, .skipped, "not tried: the step before failed") }
  }

  // MARK: The way there

  private func nameStep(_ endpoint: TransportEndpoint, _ addresses: [PeerReach.Address]) -> PeerTestStep {
    guard !addresses.isEmpty else {
      return PeerTestStep(
        "name", .critical, "\(endpoint.host) has no address here",
        action: "Ask the name server for it (getent hosts \(endpoint.host)), or configure an address.")
    }
    return PeerTestStep("name", .ok, addresses.map(\.text).joined(separator: ", "))
  }

  private func tcpStep(_ endpoint: TransportEndpoint, _ reach: PeerReach.Outcome) -> PeerTestStep {
    switch reach {
    case .connected(let address, let milliseconds, let greets):
      if greets {
        return PeerTestStep(
          "tcp", .ok, "connected to \(address), which greets as ZeroMQ does", milliseconds: milliseconds)
      }
      return PeerTestStep(
        "tcp", .warning, "connected to \(address), which does not greet as a node does",
        action: "Something else may listen on that port; compare it with replication.bind at \(site).",
        milliseconds: milliseconds)
    case .refused(let address):
      return PeerTestStep(
        "tcp", .critical, "\(address) refuses connections on port \(endpoint.port)",
        action: "Nobody listens there: start the node at \(site), or compare the port with its replication.bind.")
    case .timedOut(let address):
      return PeerTestStep(
        "tcp", .critical, "\(address) did not answer within \(Self.connectSecondsMax) s",
        action: "The network is cut, or a firewall drops the port: see docs/runbooks/link-down.md")
    case .failed(let address, let reason):
      return PeerTestStep(
        "tcp", .critical, "\(address): \(reason)",
        action: "There is no way to that network: see docs/runbooks/link-down.md")
    }
  }

  /// Shakes hands on a connection of its own, with this node's key; no frame is sent on it.
  private func handshake(_ endpoint: TransportEndpoint) async -> PeerTestStep {
    let start = ContinuousClock.now
    do {
      let known = try await node.store.nodes() + (try await node.store.bootstrapNodes())
      guard let key = known.first(where: { $0.id == peer }).flatMap({ CurvePublicKey($0.curveKey) }) else {
        return PeerTestStep(
          "handshake", .critical, "no key of \(site) is known here",
          action: "Wait until the list of members has arrived, or see docs/runbooks/key-refused.md")
      }
      let (events, told) = AsyncStream.makeStream(of: TransportEvent.self, bufferingPolicy: .bufferingOldest(20))
      let transport = try PeerTransport(
        TransportConfiguration(keyPair: node.keys.curve, bind: nil, logger: node.logger)
      ) { told.yield($0) }
      transport.connect("test", to: endpoint, serverKey: key)
      let deadline = Task {
        try await Task.sleep(for: .seconds(12))
        told.finish()
      }
      var step: PeerTestStep?
      for await event in events {
        step = handshakeStep(event, took: ContinuousClock.now - start)
        if step != nil { break }
      }
      deadline.cancel()
      _ = await transport.stop()
      return step
        ?? PeerTestStep(
          "handshake", .critical, "neither side finished it in time",
          action: "The line may carry too little, or the node there hangs: see docs/runbooks/link-down.md")
    } catch {
      return PeerTestStep("handshake", .critical, "could not be tried: \(error)", action: "See this node's log.")
    }
  }

  private func handshakeStep(_ event: TransportEvent, took: Duration) -> PeerTestStep? {
    switch event {
    case .connected:
      return PeerTestStep(
        "handshake", .ok, "both keys are accepted (CURVE)", milliseconds: PeerReach.milliseconds(took))
    case .handshakeFailed(_, let failure):
      let (found, isKey) = Self.words(failure.reason, site: site)
      return PeerTestStep(
        "handshake", .critical, found,
        action: isKey ? "See docs/runbooks/key-refused.md" : "See docs/runbooks/link-down.md")
    case .unreachable:
      return PeerTestStep(
        "handshake", .critical, "the connection could not be made a second time",
        action: "The line comes and goes: see docs/runbooks/link-down.md")
    default: return nil
    }
  }

  private static func words(_ reason: HandshakeFailure.Reason, site: String) -> (found: String, isKey: Bool) {
    switch reason {
    case .keyRefused: ("\(site) does not list this node's key", true)
    case .serverKeyWrong: ("the node there has another key than the directory names", true)
    case .closedByPeer: ("the other side hung up: most often it has another key than the directory names", true)
    case .timedOut: ("the other side was silent during the handshake", false)
    case .protocolError(let code): ("what came was no CURVE handshake (code \(code))", false)
    }
  }

  // MARK: The session

  private func session() async -> [PeerTestStep] {
    guard let figures = node.engine.peerFigures().first(where: { $0.node == peer }) else {
      return [PeerTestStep("session", .critical, "nothing is known of \(site) yet", action: "See this node's log.")]
    }
    guard figures.link == .live || figures.link == .catchingUp else { return [noSession(figures)] }
    let speaks = figures.protocolVersion.map { ", protocol \($0)" } ?? ""
    var steps = [PeerTestStep("session", .ok, "HELLO was exchanged with relevo \(figures.program ?? "?")\(speaks)")]
    steps.append(clockStep(figures))
    let small = await node.echo.ask(peer, bytes: 64, count: 5, within: .seconds(Self.echoSecondsMax))
    guard let best = small.min() else {
      let known = figures.rttMilliseconds.map { "; its ping takes \($0) ms" } ?? ""
      return steps + [
        PeerTestStep(
          "round_trip", .warning, "no test message came back within \(Self.echoSecondsMax) s\(known)",
          action: "The link is overloaded, or \(site) runs a version that does not echo."),
        PeerTestStep("throughput", .skipped, "not tried: the step before failed"),
      ]
    }
    let sorted = small.sorted()
    let median = sorted[sorted.count / 2]
    steps.append(
      PeerTestStep(
        "round_trip", small.count == 5 ? .ok : .warning,
        "\(small.count) of 5 test messages came back, median \(PeerReach.text(median)), best \(PeerReach.text(best))",
        action: small.count == 5 ? nil : "Messages are lost on the way: see docs/runbooks/link-down.md",
        milliseconds: PeerReach.milliseconds(median)))
    steps.append(await throughput())
    return steps
  }

  private func noSession(_ figures: PeerFigures) -> PeerTestStep {
    switch figures.link {
    case .paused:
      let pause = node.watch.pause(of: peer)
      let who = pause.flatMap { $0.by ?? $0.console.map { "the console of \($0)" } } ?? "a person"
      let since = pause?.since.map { " since \($0.text)" } ?? ""
      return PeerTestStep(
        "session", .critical, "the link is paused by \(who)\(since)", action: "relevo peer resume \(site)")
    case .keyRefused:
      return PeerTestStep("session", .critical, "a key is refused", action: "See docs/runbooks/key-refused.md")
    default:
      let bye = (figures.lastBye ?? figures.lastByeSent).map { "; it last parted with \($0)" } ?? ""
      return PeerTestStep(
        "session", .critical, "there is none at present\(bye)",
        action: "See which step above failed first; where none did, wait a minute and try again.")
    }
  }

  private func clockStep(_ figures: PeerFigures) -> PeerTestStep {
    guard let offset = figures.clockOffsetMilliseconds else {
      return PeerTestStep("clock", .skipped, "not measured yet: it comes with the first pings")
    }
    let found = "the clock of \(site) is \(offset >= 0 ? "+" : "")\(offset) ms from ours"
    guard abs(offset) > Self.skewMillisecondsMax else { return PeerTestStep("clock", .ok, found) }
    return PeerTestStep("clock", .warning, found, action: "See docs/runbooks/clock-skew.md")
  }

  private func throughput() async -> PeerTestStep {
    let start = ContinuousClock.now
    let times = await node.echo.ask(
      peer, bytes: Self.lineBytes, count: Self.lineMessages, within: .seconds(2 * Self.echoSecondsMax))
    let took = PeerReach.milliseconds(ContinuousClock.now - start)
    guard !times.isEmpty else {
      return PeerTestStep(
        "throughput", .warning, "none of \(Self.lineMessages) messages of 32 KiB came back within 10 s",
        action: "The line is very thin or busy; ticket operations still go first.")
    }
    let bytes = Double(2 * times.count * Self.lineBytes)
    let rate = Int64((bytes / 1024 / max(took, 0.1) * 1000).rounded())
    return PeerTestStep(
      "throughput", .ok,
      "\(times.count) of \(Self.lineMessages) messages of 32 KiB there and back: \(rate) KiB/s both ways together",
      milliseconds: took)
  }

  /// Runs what blocks beside the cooperative pool.
  private func blocking<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
  }
}
