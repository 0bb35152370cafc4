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
    var times: [Int64] = []
    if let acknowledgementDue { times.append(acknowledgementDue) }
    if let consideredDue { times.append(consideredDue) }
    if let linksWakeup { times.append(linksWakeup) }
    if let identityWakeup { times.append(identityWakeup) }
    if let holdsDue { times.append(holdsDue) }
    if let wantsDue { times.append(wantsDue) }
    if let readsDue { times.append(readsDue) }
    if let due = peers.due { times.append(due) }
    return times.min()
  }

  /// When something is due of one peer.
  static func wakeup(of peer: PeerSession, now: Int64, _ settings: ReplicationSettings) -> Int64? {
    var earliest: Int64 = .max
    if case .parked(until: let until?) = peer.dialer, !peer.isPaused, !peer.isRevoked { earliest = until }
    guard peer.isEstablished else { return earliest == .max ? nil : earliest }
    earliest = min(earliest, (peer.pingedAt ?? now) + settings.pingMilliseconds)
    if !peer.inFlight.isEmpty { earliest = min(earliest, peer.progressAt + settings.stallMilliseconds) }
    if let flushDue = peer.flushDue { earliest = min(earliest, flushDue) }
    if let blockedDue = blockedDue(of: peer, settings) { earliest = min(earliest, blockedDue) }
    if peer.isBulkDialed { earliest = min(earliest, peer.bulkUsedAt + settings.bulkIdleMilliseconds) }
    if peer.isVectorOwed { earliest = min(earliest, (peer.vectorSentAt ?? now) + settings.vectorMilliseconds) }
    return earliest
  }

  private mutating func tickSession(_ node: NodeID) {
    guard let link = peers[node]?.link else { return }
    let silence = now - (peers[node]?.contactAt ?? now)
    if silence >= settings.pingMilliseconds * settings.missedPingsMax {
      return drop(link, bye: .silent, redialAfter: 0)
    }
    if now - (peers[node]?.pingedAt ?? 0) >= settings.pingMilliseconds { ping(node) }
    if let due = peers[node].flatMap({ Self.blockedDue(of: $0, settings) }), now >= due { ping(node) }
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
