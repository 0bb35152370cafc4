import Helpdesk
import Logging
import OperationLog
import Replication
import Store

/// What the engine does when the node is not sure to be who it was: stops writing, fetches its own operations back from
/// the peers, begins a new stream, and lets automatic work wait until it knows what the others know.
extension SiteEngine {
  /// What the state machine has to be told of at the start.
  var identityEvents: [ReplicationEvent] {
    var events: [ReplicationEvent] = []
    if !store.endedStreams.isEmpty { events.append(.streamsEnded(store.endedStreams)) }
    if let incarnation = store.incarnation {
      if !incarnation.isBegun {
        events.append(.recoveryBegun(incarnation.stream))
      } else if !incarnation.isConfirmed {
        events.append(.incarnationUnconfirmed)
      }
    }
    return events
  }

  /// What a commit says of the node's own streams; nil when nothing.
  func identityEvent(after change: CommittedChange) -> ReplicationEvent? {
    if let begun = change.begun { return .streamBegun(begun) }
    guard let due = store.incarnation, !due.isBegun else { return nil }
    return .recoveryBegun(due.stream)
  }

  /// A peer knows more of the stream we are writing than we do.
  func stopWriting(_ stream: StreamID) {
    guard stream == store.home.stream, let due = store.suspendWriting(.peerKnowsMore) else { return }
    tell(.recoveryBegun(due.stream))
  }

  /// What the peers held is here: the new stream begins.
  func beginIncarnation() {
    store.beginIncarnation { [logger] result in
      switch result {
      case .success: logger.notice("a new incarnation of this node has begun")
      case .failure(let error): logger.error("the new incarnation could not begin, it is tried again: \(error)")
      }
    }
  }

  /// Every member has told what it knows.
  func confirmIncarnation() {
    store.confirmIncarnation { [self] result in
      switch result {
      case .success: tell(.incarnationConfirmed)
      case .failure(let error):
        logger.error("that the new incarnation has synchronised could not be written down, it is tried again: \(error)")
      }
    }
  }
}
