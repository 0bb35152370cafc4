import OperationLog

/// What time alone brings about.
extension Replicator {
  /// Called with `ticked`, at the latest at `nextWakeup`.
  mutating func tick() {
    tickLinks()
    tickWants()
    for node in order {
      tickSession(node)
      redialWhenDue(node)
    }
    for request in reads.keys.filter({ now - (reads[$0]?.askedAt ?? now) >= settings.readMilliseconds }).sorted() {
      sendRead(request, nil)
    }
  }

  /// When `ticked` is due at the latest, monotonic milliseconds; nil when nothing is waited for.
  package var nextWakeup: Int64? {
    var times: [Int64] = []
    if let acknowledgementDue { times.append(acknowledgementDue) }
    if let consideredDue { times.append(consideredDue) }
    if let linksWakeup { times.append(linksWakeup) }
    if let identityWakeup { times.append(identityWakeup) }
    if let holdsDue { times.append(holdsDue) }
    for want in wants.values { times.append(want.deadline) }
    for read in reads.values { times.append(read.askedAt + settings.readMilliseconds) }
    for node in order {
      guard let peer = peers[node] else { continue }
      if case .parked(until: let until?) = peer.dialer, !peer.isPaused, !peer.isRevoked { times.append(until) }
      guard peer.isEstablished else { continue }
      times.append((peer.pingedAt ?? now) + settings.pingMilliseconds)
      if !peer.inFlight.isEmpty { times.append(peer.progressAt + settings.stallMilliseconds) }
      if let flushDue = peer.flushDue { times.append(flushDue) }
      if let blockedDue = blockedDue(of: peer) { times.append(blockedDue) }
      if peer.isBulkDialed { times.append(peer.bulkUsedAt + settings.bulkIdleMilliseconds) }
      if peer.isVectorOwed { times.append((peer.vectorSentAt ?? now) + settings.vectorMilliseconds) }
    }
    return times.min()
  }

  private mutating func tickSession(_ node: NodeID) {
    guard let link = peers[node]?.link else { return }
    let silence = now - (peers[node]?.contactAt ?? now)
    if silence >= settings.pingMilliseconds * settings.missedPingsMax {
      return drop(link, bye: .silent, redialAfter: 0)
    }
    if now - (peers[node]?.pingedAt ?? 0) >= settings.pingMilliseconds { ping(node) }
    if let due = peers[node].flatMap({ blockedDue(of: $0) }), now >= due { ping(node) }
    tickBulk(node)
    payVector(to: node)
    announceStalled(node)
  }

  /// What was sent and not acknowledged for long is announced; the peer answers with an ACK or a WANT. Its bytes stay on the
  /// account until then, so a peer that never answers gets nothing more.
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
