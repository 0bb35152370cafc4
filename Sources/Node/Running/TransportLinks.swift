import Helpdesk
import Logging
import OperationLog
import PeerTransport
import Replication
import SiteEngine
import Synchronization

/// The engine's links over ZeroMQ: names connections, dials by node, lets in whom the directory and the invitations list.
final class TransportLinks: PeerLinks {
  private let state = Mutex(LinkTable())
  private let transport = Mutex<PeerTransport?>(nil)
  private let engine = Mutex<SiteEngine?>(nil)
  private let logger: Logger

  private struct LinkTable {
    var last: UInt64 = 0
    var links: [ConnectionID: LinkID] = [:]
    var connections: [LinkID: ConnectionID] = [:]
    /// Closed by us; what still comes from them is dropped until they end.
    var closed: Set<ConnectionID> = []
    var endpoints: [NodeID: Endpoint] = [:]
    var dialled: Set<NodeID> = []
    /// Neighbours to which a second connection is dialled, for bulk.
    var bulkDialled: Set<NodeID> = []
    var keys: [CurvePublicKey: NodeID] = [:]
  }

  private struct Endpoint: Equatable {
    var address: TransportEndpoint
    var key: CurvePublicKey
  }

  /// What the transport calls a dialled connection: the node, and behind it which lane.
  private enum Label {
    private static let bulkEnding = "/bulk"

    static func first(_ node: NodeID) -> String { node.description }
    static func bulk(_ node: NodeID) -> String { node.description + bulkEnding }

    static func parse(_ label: String) -> (node: NodeID, isBulk: Bool)? {
      let isBulk = label.hasSuffix(bulkEnding)
      return NodeID(hex: isBulk ? String(label.dropLast(bulkEnding.count)) : label).map { ($0, isBulk) }
    }
  }

  init(logger: Logger) { self.logger = logger }

  /// Starts listening; throws `TransportStartError`.
  func start(keyPair: CurveKeyPair, bind: TransportEndpoint?, settings: TransportSettings) throws -> PeerTransport {
    var settings = settings
    // The protocol uses one frame a message; whoever sends more is cut off.
    settings.messageFramesMax = 1
    let configuration = TransportConfiguration(keyPair: keyPair, bind: bind, settings: settings, logger: logger)
    let made = try PeerTransport(configuration) { [weak self] event in self?.take(event) }
    transport.withLock { $0 = made }
    return made
  }

  func attach(_ engine: SiteEngine) { self.engine.withLock { $0 = engine } }

  /// Replaces who may come in and where neighbours are; a neighbour that moved is dialled at its new place.
  func setDirectory(_ nodes: [AdmittedNode], addresses: [NodeID: TransportEndpoint], invitations: [[UInt8]: String]) {
    var allowed: [CurvePublicKey: String] = [:]
    var keys: [CurvePublicKey: NodeID] = [:]
    for node in nodes {
      guard let key = CurvePublicKey(node.curveKey) else { continue }
      allowed[key] = node.id.description
      keys[key] = node.id
    }
    for (key, name) in invitations {
      if let key = CurvePublicKey(key) { allowed[key] = "join:" + name }
    }
    let moved = state.withLock { table -> [(String, Endpoint)] in
      table.keys = keys
      var moved: [(String, Endpoint)] = []
      for node in nodes {
        guard let address = addresses[node.id], let key = CurvePublicKey(node.curveKey) else { continue }
        let endpoint = Endpoint(address: address, key: key)
        if table.endpoints[node.id] != endpoint {
          if table.dialled.contains(node.id) { moved.append((Label.first(node.id), endpoint)) }
          if table.bulkDialled.contains(node.id) { moved.append((Label.bulk(node.id), endpoint)) }
        }
        table.endpoints[node.id] = endpoint
      }
      return moved
    }
    transport.withLock { transport in
      transport?.setAllowed(allowed)
      for (label, endpoint) in moved {
        transport?.connect(label, to: endpoint.address, serverKey: endpoint.key)
      }
    }
  }

  // MARK: PeerLinks

  func send(_ frame: [UInt8], on link: LinkID) {
    guard let connection = state.withLock({ $0.connections[link] }) else { return }
    transport.withLock { transport in
      // A full queue drops the frame: everything is repeated until acknowledged.
      _ = transport?.send([frame], to: connection)
    }
  }

  func close(_ link: LinkID) {
    let connection = state.withLock { table -> ConnectionID? in
      guard let connection = table.connections.removeValue(forKey: link) else { return nil }
      table.links[connection] = nil
      table.closed.insert(connection)
      if let label = connection.label.flatMap(Label.parse) {
        if label.isBulk { table.bulkDialled.remove(label.node) } else { table.dialled.remove(label.node) }
      }
      return connection
    }
    guard let label = connection?.label else { return }
    transport.withLock { $0?.disconnect(label) }
  }

  func dial(_ node: NodeID) {
    let endpoint = state.withLock { table -> Endpoint? in
      table.dialled.insert(node)
      return table.endpoints[node]
    }
    guard let endpoint else { return }
    transport.withLock { $0?.connect(Label.first(node), to: endpoint.address, serverKey: endpoint.key) }
  }

  func undial(_ node: NodeID) {
    state.withLock { _ = $0.dialled.remove(node) }
    transport.withLock { $0?.disconnect(Label.first(node)) }
  }

  func dialBulk(_ node: NodeID) {
    let endpoint = state.withLock { table -> Endpoint? in
      table.bulkDialled.insert(node)
      return table.endpoints[node]
    }
    guard let endpoint else { return }
    transport.withLock { $0?.connect(Label.bulk(node), to: endpoint.address, serverKey: endpoint.key) }
  }

  func undialBulk(_ node: NodeID) {
    state.withLock { _ = $0.bulkDialled.remove(node) }
    transport.withLock { $0?.disconnect(Label.bulk(node)) }
  }

  // MARK: What the transport reports

  private func take(_ event: TransportEvent) {
    guard let engine = engine.withLock({ $0 }) else { return }
    switch event {
    case .connected(let connection):
      if let link = begin(connection) {
        if let label = connection.label.flatMap(Label.parse), label.isBulk {
          engine.take(.bulkConnected(link.0, label.node))
        } else {
          engine.take(.connected(link.0, dialed: true, link.1))
        }
      }
    case .received(let connection, let frames):
      guard !state.withLock({ $0.closed.contains(connection) }) else { return }
      var link = state.withLock { $0.links[connection] }
      if link == nil, let begun = begin(connection) {
        engine.take(.connected(begun.0, dialed: false, begun.1))
        link = begun.0
      }
      guard let link, frames.count == 1, let frame = frames.first else { return }
      engine.take(.received(link, frame))
    case .misbehaved(let connection):
      // No frame at all is garbage: it is counted, answered and punished like any other.
      if let link = state.withLock({ $0.links[connection] }) { engine.take(.received(link, [])) }
    case .disconnected(let connection), .sendFailed(let connection, _):
      let link = state.withLock { table -> LinkID? in
        table.closed.remove(connection)
        guard let link = table.links.removeValue(forKey: connection) else { return nil }
        table.connections[link] = nil
        return link
      }
      if let link { engine.take(.disconnected(link)) }
    case .handshakeFailed(let label, let failure):
      let node =
        label.flatMap { Label.parse($0)?.node } ?? failure.key.flatMap { key in state.withLock { $0.keys[key] } }
      if let node, failure.reason == .keyRefused || failure.reason == .serverKeyWrong || failure.reason == .closedByPeer
      {
        engine.take(.keyRefused(node))
      }
    case .unreachable: break
    case .bindFailed(let error): logger.error("cannot listen for peers: \(error)")
    }
  }

  /// Names a connection; nil when its key belongs to nobody any more.
  private func begin(_ connection: ConnectionID) -> (LinkID, PeerAuthentication)? {
    state.withLock { table in
      let authentication: PeerAuthentication
      if let label = connection.label.flatMap(Label.parse) {
        authentication = .node(label.node)
      } else if connection.user?.hasPrefix("join:") == true {
        authentication = .bootstrap
      } else if let node = table.keys[connection.key] {
        authentication = .node(node)
      } else {
        return nil
      }
      table.last += 1
      let link = LinkID(number: table.last)
      table.links[connection] = link
      table.connections[link] = connection
      return (link, authentication)
    }
  }
}
