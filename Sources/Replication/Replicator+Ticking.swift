import OperationLog

/// What time alone brings about.
extension Replicator {
  /// Called with `ticked`, at the latest at `nextWakeup`.
  mutating func tick() {
    tickLinks()
    tickWants()
    for node in peers.overdue(now: now) {
      tickSession(node)
      redialWhenDue(node)
    }
    tickReads()
  }

  private mutating func tickReads() {
    guard let due = readsDue, now >= due else { return }
    for request in reads.keys.filter({ now - (reads[$0]?.askedAt ?? now) >= settings.readMilliseconds }).sorted() {
      sendRead(request, nil)
    }
    readsDue = reads.values.map { $0.askedAt + settings.readMilliseconds }.min()
  }

  /// When `ticked` is due at the latest, monotonic milliseconds; nil when nothing is waited for.
  package var nextWakeup: Int64? {
    var earliest: Int64 = .max
    let times = [
      acknowledgementDue, consideredDue, linksWakeup, identityWakeup, holdsDue, wantsDue, readsDue, peers.due,
    ]
    for time in times {
      if let time, time < earliest { earliest = time }
    }
    return earliest == .max ? nil : earliest
  }

  private mutating func tickSession(_ node: NodeID) {
    guard let link = peers[node]?.link else { return }
    let silence = now - (peers[node]?.contactAt ?? now)
    if silence >= settings.pingMilliseconds * settings.missedPingsMax {
      return drop(link, bye: .silent, redialAfter: 0)
    }
    if now - (peers[node]?.pingedAt ?? 0) >= settings.pingMilliseconds { ping(node) }
    if let due = peers[node]?.blockedDue(settings), now >= due { ping(node) }
    tickBulk(node)
    payVector(to: node)
    announceStalled(node)
  }

  /// What was sent and not acknowledged for long is announced; the peer answers with an ACK or a WANT, or with neither when
  /// it holds the stream back. Its bytes stay on the account until the peer has answered a later ping, so one that answers
  /// nothing gets nothing more, and one that cannot store a stream yet gets the others.
  private mutating func announceStalled(_ node: NodeID) {
    guard let peer = peers[node], !peer.inFlight.isEmpty, now - peer.progressAt >= settings.stallMilliseconds else {
      return
    }
    let limit = now - settings.stallMilliseconds
    let stale = peer.inFlight.keys.filter { (peer.inFlight[$0]?.first?.sentAt ?? now) <= limit }.sorted()
    peers[node]?.progressAt = now
    guard !stale.isEmpty else { return }
    peers[node]?.counters.stalls &+= 1
    for stream in stale {
      peers[node]?.sent[stream] = nil
      peers[node]?.stopServing(stream)
      peers[node]?.releaseAnswered(stream)
    }
    announce(stale, to: node)
  }

  /// Says what we hold of these streams; the peer answers with an ACK or a WANT.
  mutating func announce(_ streams: [StreamID], to node: NodeID) {
    let positions = streams.prefix(Frame.Limit.positions).compactMap { stream -> StreamPosition? in
      let sequence = held.vector[stream]
      return sequence > 0 ? StreamPosition(stream: stream, sequence: sequence) : nil
    }
    if !positions.isEmpty { send(.haves(positions), to: node) }
  }
}

extension PeerSession {
  /// When something is due of this peer, monotonic milliseconds; nil when nothing is.
  func wakeup(now: Int64, _ settings: ReplicationSettings) -> Int64? {
    var earliest: Int64 = .max
    if case .parked(until: let until?) = dialer, !isPaused, !isRevoked { earliest = until }
    guard isEstablished else { return earliest == .max ? nil : earliest }
    earliest = min(earliest, (pingedAt ?? now) + settings.pingMilliseconds)
    if !inFlight.isEmpty { earliest = min(earliest, progressAt + settings.stallMilliseconds) }
    if let flushDue { earliest = min(earliest, flushDue) }
    if let blockedDue = blockedDue(settings) { earliest = min(earliest, blockedDue) }
    if isBulkDialed { earliest = min(earliest, bulkUsedAt + settings.bulkIdleMilliseconds) }
    if isVectorOwed { earliest = min(earliest, (vectorSentAt ?? now) + settings.vectorMilliseconds) }
    return earliest
  }

  /// When a lane that waits for credit asks for it.
  func blockedDue(_ settings: ReplicationSettings) -> Int64? {
    let since = min(lanes.first.blockedSince ?? .max, lanes.bulk.blockedSince ?? .max)
    guard since < .max else { return nil }
    return max(since, pingedAt ?? 0) + settings.blockedMilliseconds
  }
}
