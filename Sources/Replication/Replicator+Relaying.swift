import OperationLog

/// Soft state that may cross a third site: delivered at most once, perhaps never. Who it is from is only as sure as the
/// peers it came through.
extension Replicator {
  private static let bytesPerToken = 2_048

  /// Sends a message of our own; too long ones are a mistake of the engine.
  mutating func relay(_ topic: String, _ bytes: [UInt8], to destination: NodeID?) {
    precondition(topic.utf8.count <= Frame.Limit.topicBytes && bytes.count <= Frame.Limit.relayBytes)
    let message = RelayedMessage(
      origin: identity.node, destination: destination, number: nextNumber(), hopsLeft: settings.relayHopsMax,
      topic: topic, bytes: bytes)
    _ = relays.insert(message)
    forward(message, except: identity.node)
  }

  mutating func takeRelay(_ message: RelayedMessage, from node: NodeID) {
    // A long message counts for several.
    guard peers[node]?.relayTokens.take(1 + message.bytes.count / Self.bytesPerToken, now: now) == true else {
      peers[node]?.counters.relaysDropped &+= 1
      return
    }
    guard message.origin != identity.node, relays.insert(message) else { return }
    if message.destination == nil || message.destination == identity.node { emit(.deliver(message)) }
    guard message.destination != identity.node, message.hopsLeft > 1 else { return }
    var onward = message
    onward.hopsLeft = min(message.hopsLeft, settings.relayHopsMax) - 1
    forward(onward, except: node)
  }

  /// To its destination when that is a live peer, else to every peer but the one it came from.
  private mutating func forward(_ message: RelayedMessage, except node: NodeID) {
    if let destination = message.destination, peers[destination]?.isEstablished == true {
      return send(.relay(message), to: destination)
    }
    let encoded = Frame.relay(message).encoded(hashing: hashing)
    for peer in live where peer != node && peer != message.origin {
      if let link = peers[peer]?.link { send(encoded: encoded, on: link) }
    }
  }
}
