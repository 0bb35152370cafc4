import CZeroMQ
import Logging

/// Connections on which a message never ends.
extension TransportLoop {
  /// More than this many times the longest message is never taken without ending one.
  private static let messagesMax: UInt64 = 3

  /// A connection came about; its handshake may still be under way.
  func watch(_ descriptor: UInt32) {
    guard let descriptor = Int32(exactly: descriptor), let watch = ReceiveWatch(descriptor: descriptor) else { return }
    watches[descriptor] = watch
  }

  /// Looks whether a connection took far more than it handed over. Comes after all sockets were read; where one of them has
  /// more ready, nothing can be told yet.
  func checkWatches() {
    let now = ContinuousClock.now
    guard !watches.isEmpty, nextWatch <= now, isDrained else { return }
    nextWatch = now + settings.watchInterval
    let limit = UInt64(settings.messageBytesMax) * Self.messagesMax
    for descriptor in watches.keys.sorted() where watches[descriptor]?.isOver(limit) == true {
      let watch = watches.removeValue(forKey: descriptor)
      let routingID = inboundByDescriptor[descriptor]
      let neighbour = neighbours.values.first { $0.descriptor == descriptor }
      let connection = routingID.flatMap { inbound[$0]?.connection } ?? neighbour?.connection
      logger.warning(
        "a peer sent a message without an end and was cut off",
        metadata: ["peer": "\(connection?.description ?? "unknown")"])
      if let connection { onEvent(.misbehaved(connection)) }
      watch?.cut()
    }
  }

  /// More frames or bytes came than a message may have: told, and the connection ended.
  func misbehaved(_ connection: ConnectionID, descriptor: Int32?) {
    logger.warning(
      "a message beyond the limits was dropped and its sender cut off", metadata: ["peer": "\(connection)"])
    onEvent(.misbehaved(connection))
    if let descriptor { watches.removeValue(forKey: descriptor)?.cut() }
  }
}
