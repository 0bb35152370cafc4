import CZeroMQ
import Logging

/// How far the queue of one connection came in its turn.
enum FlushOutcome {
  case emptied
  /// Its turn is over, more waits.
  case unfinished
  /// libzmq takes no more for now.
  case blocked
  /// The connection is gone and told so.
  case ended
}

extension TransportLoop {
  /// Gives libzmq what waits, each connection its turn; true when more could go at once.
  func flushQueues() -> Bool {
    var hasMore = false
    isInboundBlocked = false
    for connection in mailbox.waitingConnections() {
      switch flush(connection) {
      case .emptied, .ended:
        continue
      case .unfinished:
        hasMore = true
      case .blocked:
        blocked(connection)
      }
    }
    return hasMore
  }

  /// Sends what waits for one connection, at most one turn of messages.
  func flush(_ connection: ConnectionID) -> FlushOutcome {
    for _ in 0..<Self.turnMessagesMax {
      guard let frames = mailbox.firstMessage(for: connection) else {
        unblocked(connection)
        return .emptied
      }
      switch attempt(frames, to: connection) {
      case .sent:
        mailbox.removeFirstMessage(for: connection)
        unblocked(connection)
      case .wouldBlock:
        return .blocked
      case .unreachable:
        giveUp(connection, .gone)
        return .ended
      case .failed(let failure):
        logger.error("a message could not be sent", metadata: ["peer": "\(connection)", "why": "\(failure)"])
        giveUp(connection, .refused(errno: failure.code))
        return .ended
      }
    }
    return .unfinished
  }

  private func attempt(_ frames: [[UInt8]], to connection: ConnectionID) -> SendAttempt {
    switch connection {
    case .inbound(_, _, let routingID):
      guard let listener, inbound[routingID]?.connection == connection else { return .unreachable }
      return listener.send(frames, to: routingID)
    case .outbound(let label, _, _):
      guard let neighbour = neighbours[label], neighbour.connection == connection, let socket = neighbour.socket else {
        return .unreachable
      }
      return socket.send(frames)
    }
  }

  private func unblocked(_ connection: ConnectionID) {
    stalledSince[connection] = nil
    if let label = connection.label { neighbours[label]?.isBlocked = false }
  }

  private func blocked(_ connection: ConnectionID) {
    let now = ContinuousClock.now
    let since = stalledSince[connection] ?? now
    stalledSince[connection] = since
    if since + settings.stallTimeout <= now {
      logger.notice("a peer reads nothing, its queue was dropped", metadata: ["peer": "\(connection)"])
      giveUp(connection, .stalled)
    } else if let label = connection.label {
      neighbours[label]?.isBlocked = true
    } else {
      isInboundBlocked = true
    }
  }

  private func giveUp(_ connection: ConnectionID, _ failure: SendFailure) {
    mailbox.closeQueue(connection)
    stalledSince[connection] = nil
    onEvent(.sendFailed(connection, failure))
    switch connection {
    case .inbound(_, _, let routingID):
      if inbound[routingID]?.connection == connection { forget(routingID) }
    case .outbound(let label, _, _):
      if let neighbour = neighbours[label], neighbour.connection == connection { lose(neighbour) }
    }
  }
}
