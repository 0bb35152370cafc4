import Dispatch
import Logging

/// The links between nodes: bytes in and out over ZeroMQ with CURVE, every socket on one thread of its own.
///
/// Nothing here knows what the bytes mean. Delivery is not guaranteed: what waits for a connection is dropped when that
/// connection ends. Every function returns at once and may be called from any thread, unless it says otherwise.
package final class PeerTransport: Sendable {
  /// Where it listens, with the port it got; nil when it only dials.
  package let boundEndpoint: TransportEndpoint?
  /// What peers know this node by.
  package let publicKey: CurvePublicKey

  private let mailbox: TransportMailbox
  private let thread: TransportThread

  /// Listens and starts the thread. Nobody is let in before `setAllowed`.
  ///
  /// `onEvent` is called on the transport's thread, in order, and must not block: meanwhile nothing is read or sent.
  package init(
    _ configuration: TransportConfiguration, onEvent: @escaping @Sendable (TransportEvent) -> Void
  ) throws(TransportStartError) {
    let mailbox: TransportMailbox
    do throws(ZeroMQFailure) {
      mailbox = try TransportMailbox(settings: configuration.settings)
    } catch {
      throw TransportStartError(error, endpoint: nil)
    }
    let loop = try TransportLoop(configuration, mailbox: mailbox, onEvent: onEvent)
    boundEndpoint = loop.boundEndpoint
    publicKey = configuration.keyPair.publicKey
    let moved = Moved(loop: loop)
    do throws(ZeroMQFailure) {
      thread = try TransportThread(name: "peer-transport") { moved.loop.run() }
    } catch {
      throw TransportStartError(error, endpoint: nil)
    }
    self.mailbox = mailbox
    if let boundEndpoint {
      configuration.logger.info("listening for peers", metadata: ["endpoint": "\(boundEndpoint)"])
    }
  }

  deinit { mailbox.stop() }

  // MARK: Who may come in

  /// Replaces the list of keys that may dial this node; the text (at most 160 bytes) comes back in their connections.
  ///
  /// New connections are judged by it at once. Messages of keys no longer listed are dropped; their connections end
  /// with `recycle()`.
  package func setAllowed(_ allowed: [CurvePublicKey: String]) {
    precondition(
      allowed.values.allSatisfy { $0.utf8.count <= PeerProperty.userBytesMax && !$0.utf8.contains(0) },
      "a user text is longer than \(PeerProperty.userBytesMax) bytes or holds a zero byte")
    mailbox.setAllowed(allowed)
  }

  /// Cuts everybody who dialled this node and listens afresh, after a revocation. Dialled neighbours stay.
  package func recycle() { mailbox.post(.recycle) }

  /// Dials this node's own address with a key nobody listed, and tells whether it was refused.
  package func proveStrangerRefused(within limit: Duration = .seconds(10)) async -> StrangerProof {
    let deadline = ContinuousClock.now + limit
    return await withCheckedContinuation { continuation in
      let answer = OnlyOnce { continuation.resume(returning: $0) }
      mailbox.post(.proveStrangerRefused(deadline: deadline) { answer.give($0) })
      // Should the thread have ended, nobody answers: the deadline then does.
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(limit.milliseconds) + 500)) {
        answer.give(.undecided("no answer came in time"))
      }
    }
  }

  // MARK: Whom to dial

  /// Dials a neighbour and keeps dialling. The label comes back in events; another endpoint or key replaces the former.
  package func connect(_ label: String, to endpoint: TransportEndpoint, serverKey: CurvePublicKey) {
    mailbox.post(.connect(label: label, endpoint: endpoint, serverKey: serverKey))
  }

  /// Ends the connection to a neighbour and forgets it; `.disconnected` follows if there was one.
  package func disconnect(_ label: String) { mailbox.post(.disconnect(label: label)) }

  /// Ends the connection to a neighbour and dials it no more until `resume`. It may still dial us.
  package func pause(_ label: String) { mailbox.post(.pause(label: label)) }

  /// Dials a paused neighbour again, at once.
  package func resume(_ label: String) { mailbox.post(.resume(label: label)) }

  // MARK: Messages

  /// Queues one message of at least one frame, bounded by `TransportSettings.queue…Max` for each connection.
  package func send(_ frames: [[UInt8]], to connection: ConnectionID) -> SendOutcome {
    precondition(!frames.isEmpty, "a message needs a frame")
    return mailbox.send(frames, to: connection)
  }

  /// Bytes waiting to be sent, over all connections; for the status and for tests of bounds.
  package var queuedByteCount: Int { mailbox.queuedByteCount }

  // MARK: End

  /// Sends what waits as far as it goes at once, closes everything and ends the thread; false if that takes longer.
  ///
  /// No event comes after it returned true. Stopping twice changes nothing.
  package func stop(within limit: Duration = .seconds(5)) async -> Bool {
    mailbox.stop()
    return await withCheckedContinuation { continuation in
      // Waiting blocks, so it is done beside the cooperative pool.
      DispatchQueue.global().async { [thread] in continuation.resume(returning: thread.wait(atMost: limit)) }
    }
  }

  /// The loop on its way to its thread: after that nobody else touches it.
  private struct Moved: @unchecked Sendable {
    let loop: TransportLoop
  }
}
