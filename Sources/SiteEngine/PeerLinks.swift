package import OperationLog
package import Replication

/// The links to other nodes, as the engine uses them; every function returns at once and may be called from any thread.
package protocol PeerLinks: Sendable {
  /// Sends one frame; dropping it is fine when the link cannot take it.
  func send(_ frame: [UInt8], on link: LinkID)
  /// Forgets the link once what was sent on it has left.
  func close(_ link: LinkID)
  /// Dials a neighbour and goes on dialling it.
  func dial(_ node: NodeID)
  func undial(_ node: NodeID)
  /// Dials a second connection to a neighbour, for bulk, and tells `bulkConnected`. Links that cannot do nothing.
  func dialBulk(_ node: NodeID)
  func undialBulk(_ node: NodeID)
}

extension PeerLinks {
  package func dialBulk(_ node: NodeID) {}
  package func undialBulk(_ node: NodeID) {}
}

/// What the links tell the engine.
package enum LinkEvent: Sendable {
  case connected(LinkID, dialed: Bool, PeerAuthentication)
  /// The connection that `dialBulk` asked for.
  case bulkConnected(LinkID, NodeID)
  case disconnected(LinkID)
  case received(LinkID, [UInt8])
  case keyRefused(NodeID)
}

/// Milliseconds, injected so that a simulator can own time.
package protocol EngineClock: Sendable {
  /// Monotonic.
  var now: Int64 { get }
  /// UTC.
  var wall: Int64 { get }
}
