/// One live connection to a peer, from its handshake to its end; a reconnection is another connection.
package enum ConnectionID: Hashable, Sendable, CustomStringConvertible {
  /// A peer that dialled us: the allow-list's word on its key, the key ZAP authenticated, and libzmq's return address.
  case inbound(user: String, key: CurvePublicKey, routingID: [UInt8])
  /// A neighbour we dialled: its label, the server key that it proved to hold, and which of our attempts this was.
  case outbound(label: String, key: CurvePublicKey, generation: UInt64)

  /// The key the other side proved to hold; its identity.
  package var key: CurvePublicKey {
    switch self {
    case .inbound(_, let key, _), .outbound(_, let key, _): key
    }
  }

  /// The label of a dialled neighbour; nil for a peer that dialled us.
  package var label: String? {
    switch self {
    case .inbound: nil
    case .outbound(let label, _, _): label
    }
  }

  /// What the allow-list said of the key at the handshake; nil for a dialled neighbour.
  package var user: String? {
    switch self {
    case .inbound(let user, _, _): user
    case .outbound: nil
    }
  }

  /// For logs: no secret, no content.
  package var description: String {
    switch self {
    case .inbound(let user, let key, _): "from \(user) (key \(key))"
    case .outbound(let label, _, let generation): "to \(label) (attempt \(generation))"
    }
  }
}
