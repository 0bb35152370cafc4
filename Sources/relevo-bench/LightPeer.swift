import Dispatch
import Foundation
import Logging
import OpenSSLCrypto
import OperationLog
import PeerTransport
import Replication
import Synchronization

/// A neighbour that speaks the real protocol over the real transport and keeps nothing: what it is sent it acknowledges at
/// once. Many of them cost one process little.
final class LightPeer: @unchecked Sendable {
  /// The node it dials.
  struct Server {
    let cluster: ClusterID
    let node: NodeID
    let key: CurvePublicKey
    let endpoint: TransportEndpoint
  }

  private static let tickMilliseconds = 20

  private let queue: DispatchQueue
  private let timer: any DispatchSourceTimer
  private let server: Server
  /// Touched on the queue only, as all that follows it.
  private var replicator: Replicator
  private var transport: PeerTransport?
  private var links: [ConnectionID: LinkID] = [:]
  private var connections: [LinkID: ConnectionID] = [:]
  private var lastLink: UInt64 = 0
  private let reading = DispatchSemaphore(value: 1)
  private let isFrozen = Mutex(false)

  /// Dials; nothing is asked of the peer but what the protocol asks by itself.
  init(_ office: LargeLog.Office, server: Server) throws {
    self.server = server
    queue = DispatchQueue(label: "relevo-bench.peer.\(office.code)")
    timer = DispatchSource.makeTimerSource(queue: queue)
    replicator = Replicator(
      identity: LocalNode(
        cluster: server.cluster, node: office.node, stream: office.stream, site: office.code, program: "0.1.0"),
      held: [], hashing: SHA256Hashing(), wall: Self.wall)
    var settings = TransportSettings()
    settings.messageFramesMax = 1
    var logger = Logger(label: "relevo-bench")
    logger.logLevel = .critical
    let configuration = TransportConfiguration(keyPair: office.curve, bind: nil, settings: settings, logger: logger)
    transport = try PeerTransport(configuration) { [weak self] event in self?.take(event) }
    timer.setEventHandler { [weak self] in self?.handle(.ticked) }
    timer.schedule(deadline: .now(), repeating: .milliseconds(Self.tickMilliseconds))
    timer.resume()
    queue.async { [self] in
      handle(.neighboursChanged([Neighbour(node: server.node, site: "MAD", isDialed: true)]))
    }
  }

  /// Reads nothing more from now on: what comes waits in the system's queues and in those of the sender.
  func freeze() {
    isFrozen.withLock { frozen in
      if !frozen { reading.wait() }
      frozen = true
    }
  }

  /// Hangs up.
  func stop() async {
    isFrozen.withLock { frozen in
      if frozen { reading.signal() }
      frozen = false
    }
    let transport = queue.sync {
      timer.cancel()
      defer { self.transport = nil }
      return self.transport
    }
    _ = await transport?.stop()
  }

  var isUp: Bool { queue.sync { replicator.isUp(server.node) } }

  /// Operations it was sent.
  var operationsIn: UInt64 {
    queue.sync { replicator.figures(now: Self.now).first { $0.node == server.node }?.counters.operationsIn ?? 0 }
  }

  private static var now: Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
  private static var wall: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  // MARK: On the transport's thread

  private func take(_ event: TransportEvent) {
    reading.wait()
    reading.signal()
    queue.async { [self] in note(event) }
  }

  // MARK: On the queue

  private func note(_ event: TransportEvent) {
    switch event {
    case .connected(let connection):
      lastLink += 1
      let link = LinkID(number: lastLink)
      links[connection] = link
      connections[link] = connection
      if connection.label == Label.bulk {
        handle(.bulkConnected(link, server.node))
      } else {
        handle(.connected(link, dialed: true, .node(server.node)))
      }
    case .received(let connection, let frames):
      if let link = links[connection], let frame = frames.first { handle(.received(link, frame)) }
    case .disconnected(let connection), .sendFailed(let connection, _):
      guard let link = links.removeValue(forKey: connection) else { return }
      connections[link] = nil
      handle(.disconnected(link))
    case .unreachable, .handshakeFailed, .misbehaved, .bindFailed: break
    }
  }

  private enum Label {
    static let first = "first"
    static let bulk = "bulk"
  }

  private func handle(_ event: ReplicationEvent) {
    for effect in replicator.handle(event, now: Self.now, wall: Self.wall) { carryOut(effect) }
  }

  private func carryOut(_ effect: ReplicationEffect) {
    switch effect {
    case .send(let link, let bytes):
      // What a full queue drops is repeated, as in a node.
      if let connection = connections[link] { _ = transport?.send([bytes], to: connection) }
    case .close(let link):
      guard let connection = connections.removeValue(forKey: link) else { return }
      links[connection] = nil
      if let label = connection.label { transport?.disconnect(label) }
    case .dial: transport?.connect(Label.first, to: server.endpoint, serverKey: server.key)
    case .undial: transport?.disconnect(Label.first)
    case .dialBulk: transport?.connect(Label.bulk, to: server.endpoint, serverKey: server.key)
    case .undialBulk: transport?.disconnect(Label.bulk)
    case .readRun(let request, _, _, _, _, _): queue.async { [self] in handle(.runRead(request, nil)) }
    case .ingest(let run, _, let ticket):
      queue.async { [self] in handle(.ingested(ticket, .stored([run.head]))) }
    case .deliver, .joinAsked, .joinAnswered, .peerChanged, .ownStreamDiffers, .ownStreamRecovered,
      .incarnationSynchronised:
      break
    }
  }
}
