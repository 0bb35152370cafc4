import OperationLog

/// Asking for what we lack, and taking it in.
extension Replicator {
  // MARK: Asking

  /// Plans to look, at this time, whether the stream has to be asked for.
  mutating func consider(_ stream: StreamID, at due: Int64) {
    guard stream != identity.stream, !isWaitingForDirectory(stream) else { return }
    let earliest = min(considered[stream] ?? due, due)
    considered[stream] = earliest
    consideredDue = min(consideredDue ?? earliest, earliest)
  }

  /// Asks for every stream that is due: one peer a stream, several peers at the same time.
  mutating func assignWants() {
    guard let due = consideredDue, due <= now else { return }
    // Where nobody can be asked more, the end of a WANT brings the next look.
    var isFull = isEverybodyBusy
    if isFull, watch.probes.isEmpty {
      consideredDue = considered.values.filter { $0 > now }.min()
      return
    }
    var ranges: [NodeID: [WantedRange]] = [:]
    var next: Int64?
    for stream in considered.keys.sorted() {
      guard let due = considered[stream] else { continue }
      guard due <= now else {
        next = min(next ?? due, due)
        continue
      }
      if isFull, watch.probes[stream] == nil { continue }
      considered[stream] = nil
      guard wants[stream] == nil, !isWaitingForDirectory(stream) else { continue }
      let probed = probed(stream)
      let from = probed?.from ?? max(held.vector[stream], lines[stream]?.end ?? 0) + 1
      let choice: Choice
      if let probed { choice = .peer(probed.node, to: probed.to) } else { choice = choosePeer(for: stream, from: from) }
      switch choice {
      case .nobody: break
      case .allBusy: considered[stream] = due
      case .later(let time):
        considered[stream] = time
        next = min(next ?? time, time)
      case .peer(let node, let to):
        wants[stream] = Want(node: node, to: to, deadline: now + settings.wantMilliseconds, askedAt: now)
        wantsDue = min(wantsDue ?? .max, now + settings.wantMilliseconds)
        noteWants(1, of: node)
        isFull = isEverybodyBusy
        if to - from >= settings.bulkOperationsMin { peers[node]?.isBulkWanted = true }
        ranges[node, default: []].append(WantedRange(stream: stream, from: from, to: to))
      }
    }
    // A stream for which every peer was busy is looked at again when a WANT ends.
    consideredDue = next
    for node in ranges.keys.sorted() { send(.wants(ranges[node] ?? []), to: node) }
  }

  /// A stream more, or less, is asked of the peer.
  mutating func noteWants(_ change: Int, of node: NodeID) {
    let most = settings.wantsPerPeerMax
    peers[node]?.noteWants(change, most: most)
  }

  private var isEverybodyBusy: Bool { live.allSatisfy { peers[$0]?.isAskedEnough == true } }

  private enum Choice {
    case nobody
    case allBusy
    case later(Int64)
    case peer(NodeID, to: UInt64)
  }

  /// The least busy live peer that holds operations from `from` on; ties go to the shorter round trip.
  private func choosePeer(for stream: StreamID, from: UInt64) -> Choice {
    var best: (penalty: Int, wants: Int, rtt: Int64, node: NodeID)?
    var isBusy = false
    var later: Int64?
    for node in live {
      guard let link = peers[node]?.link, links[link] != nil, let holds = peers[node]?.holds[stream], holds >= from
      else {
        continue
      }
      if let until = peers[node]?.distrusted[stream], until > now {
        later = min(later ?? until, until)
        continue
      }
      if peers[node]?.isAskedEnough == true {
        isBusy = true
        continue
      }
      let count = peers[node]?.wantsCount ?? 0
      let candidate = (
        penalty: stalledAt[stream] == node ? 1 : 0, wants: count, rtt: peers[node]?.rttMilliseconds ?? .max, node: node
      )
      if let current = best, (current.penalty, current.wants, current.rtt) <= (candidate.penalty, count, candidate.rtt)
      {
        continue
      }
      best = candidate
    }
    if let best { return .peer(best.node, to: peers[best.node]?.holds[stream] ?? from) }
    if isBusy { return .allBusy }
    return later.map { .later($0) } ?? .nobody
  }

  /// The peer that was asked is at work.
  mutating func extendWant(_ stream: StreamID) {
    let deadline = now + settings.wantMilliseconds
    wants[stream]?.deadline = deadline
  }

  /// The stream is no longer asked of its peer.
  mutating func endWant(_ stream: StreamID) {
    watch.probes[stream] = nil
    guard let want = wants.removeValue(forKey: stream) else { return }
    noteWants(-1, of: want.node)
    consideredDue = considered.isEmpty ? consideredDue : min(consideredDue ?? now, now)
  }

  /// The peer's session is over: what it was asked for is asked of others.
  mutating func releaseWants(of node: NodeID) {
    for stream in wants.keys.filter({ wants[$0]?.node == node }).sorted() {
      endWant(stream)
      consider(stream, at: now)
    }
  }

  mutating func tickWants() {
    guard let due = wantsDue, now >= due else { return }
    // A deadline may have moved on since; the earliest is looked for when the time comes.
    wantsDue = nil
    if settings.plantedBugs.contains(.neverAskAgain) { return }
    defer { wantsDue = [wantsDue, wants.values.map(\.deadline).min()].compactMap(\.self).min() }
    for stream in wants.keys.sorted() {
      guard let want = wants[stream], now >= want.deadline else { continue }
      if lines[stream] != nil {
        // The store is at work on it.
        extendWant(stream)
        continue
      }
      if stalledAt.count >= settings.streamsMax { stalledAt = [:] }
      stalledAt[stream] = want.node
      peers[want.node]?.counters.stalls &+= 1
      endWant(stream)
      consider(stream, at: now)
    }
  }

  // MARK: Taking in

  /// Operations came, asked for or not.
  mutating func takeRun(_ run: OperationRun, from node: NodeID, lane: UInt8) {
    let stream = run.stream
    let count = UInt64(run.records.count)
    peers[node]?.lanes[lane].noteArrived(run.contentBytes)
    peers[node]?.counters.operationsIn &+= count
    // What is sent is held durably by its sender.
    noteHolds(StreamPosition(stream: stream, sequence: run.last), of: node)
    if stream == identity.stream {
      noteOwnStream(
        StreamPosition(stream: stream, sequence: run.last), hash: run.head.hash, of: node, shown: run.head)
      if held.vector[stream] >= run.last { oweAcknowledgement(of: stream, to: node) }
      return
    }
    if wants[stream]?.node == node { extendWant(stream) }
    let expected = max(held.vector[stream], lines[stream]?.end ?? 0) + 1
    if isSuspect(run, from: node) { return ingest(run, from: node, lane: lane) }
    guard run.last >= expected else { return takeRepeated(run, from: node) }
    // Not for every name that a peer may make up: only as many streams as are remembered of it.
    if (peers[node]?.holds[stream] ?? 0) > held.vector[stream] {
      if peers[node]?.lacking.isEmpty == true { peers[node]?.lackingSince = wall }
      peers[node]?.lacking.insert(stream)
    }
    guard run.first <= expected else {
      peers[node]?.counters.gaps &+= 1
      return askAgain(stream)
    }
    ingest(Self.trimmed(run, from: expected), from: node, lane: lane)
  }

  private static func trimmed(_ run: OperationRun, from expected: UInt64) -> OperationRun {
    guard run.first < expected else { return run }
    var run = run
    // `expected` is at most `run.last`, so the difference is below the number of records.
    run.records.removeFirst(Int(expected - run.first))
    run.first = expected
    return run
  }

  /// All of it is held or being stored. When it came from another live peer first, this one need not push the stream.
  private mutating func takeRepeated(_ run: OperationRun, from node: NodeID) {
    peers[node]?.counters.operationsRepeated &+= UInt64(run.records.count)
    if held.vector[run.stream] >= run.last { oweAcknowledgement(of: run.stream, to: node) }
    guard let first = freshFrom[run.stream], first != node, peers[first]?.isEstablished == true,
      wants[run.stream]?.node != node
    else { return }
    send(.prune([run.stream]), to: node)
  }

  private mutating func ingest(_ run: OperationRun, from node: NodeID, lane: UInt8) {
    guard !isWaitingForDirectory(run.stream) else { return }
    let bytes = run.contentBytes
    let limit = settings.ingestBytesMax + (lane == Frame.Lane.bulk ? settings.bulkBytesMax : 0)
    guard (peers[node]?.ingestBytes ?? 0) + bytes <= limit else {
      return refuseOverrun(bytes, of: node)
    }
    let ticket = IngestTicket(number: nextNumber())
    ingesting[ticket] = PendingIngest(
      stream: run.stream, first: run.first, node: node, bytes: bytes, lane: lane,
      session: peers[node]?.counters.sessions ?? 0)
    peers[node]?.ingestBytes += bytes
    peers[node]?.lanes[lane].beginStoring(bytes)
    lines[run.stream] = IngestLine(end: run.last, count: (lines[run.stream]?.count ?? 0) + 1)
    freshFrom[run.stream] = node
    emit(.ingest(run, from: node, ticket))
    if settings.plantedBugs.contains(.acknowledgeOnArrival) { noteHeld([run.head]) }
  }

  /// A gap, or a refusal: the stream is asked for again from what is held, though not with every run that follows.
  private mutating func askAgain(_ stream: StreamID) {
    let asked = wants[stream]?.askedAt
    guard asked.map({ now - $0 >= settings.wantRepeatMilliseconds }) ?? true else { return }
    endWant(stream)
    consider(stream, at: now)
  }

  mutating func finishIngest(_ ticket: IngestTicket, _ outcome: IngestOutcome) {
    guard let pending = ingesting.removeValue(forKey: ticket) else { return }
    let stream = pending.stream
    peers[pending.node]?.ingestBytes -= pending.bytes
    if peers[pending.node]?.counters.sessions == pending.session {
      peers[pending.node]?.lanes[pending.lane].endStoring(pending.bytes)
    }
    let left = (lines[stream]?.count ?? 1) - 1
    if left > 0 { lines[stream]?.count = left } else { lines[stream] = nil }
    switch outcome {
    case .refused(.writtenTwice(let other, let sequence)):
      lines[stream]?.end = held.vector[stream]
      if other != stream { endWant(stream) }
      probe(other, from: sequence, pending.node)
    case .stored(let heads):
      noteHeld(heads)
    case .alreadyHeld:
      oweAcknowledgement(of: stream, to: pending.node)
    case .refused(.unknownStream) where pending.first > 1:
      // Its beginning says whom to wait for, and it may be a branch whose beginning was refused: it is asked for again.
      lines[stream]?.end = held.vector[stream]
      endWant(stream)
    case .heldUntilDirectory, .refused(.unknownStream):
      waitForDirectory(stream)
    case .refused(.gap):
      lines[stream]?.end = held.vector[stream]
      // A branch may come before the stream it leaves, which will be here soon.
      if held.vector[stream] == 0 { endWant(stream) } else { askAgain(stream) }
    case .refused:
      peers[pending.node]?.counters.runsRefused &+= 1
      let until = now + settings.distrustMilliseconds
      peers[pending.node]?.distrusted[stream] = until
      lines[stream]?.end = held.vector[stream]
      // A name that a peer may have made up is not remembered.
      if held.vector[stream] == 0 { freshFrom[stream] = nil }
      endWant(stream)
      punishForger(pending.node)
    }
    // Whatever came of it, somebody may hold more than we do.
    if lines[stream] == nil, wants[stream] == nil, isLacking(stream) {
      consider(stream, at: now + pause(after: outcome))
    }
  }

  /// A peer with false runs of very many streams at once did not pass them on, it made them.
  private mutating func punishForger(_ node: NodeID) {
    guard (peers[node]?.distrusted.count ?? 0) > settings.distrustedMax else { return }
    let standing = (peers[node]?.distrusted ?? [:]).filter { $0.value > now }
    let isForger = standing.count > settings.distrustedMax
    peers[node]?.distrusted = isForger ? [:] : standing
    guard isForger else { return }
    if let link = peers[node]?.link { punish(link) }
  }

  private func pause(after outcome: IngestOutcome) -> Int64 {
    switch outcome {
    case .alreadyHeld: settings.announcementGraceMilliseconds
    case .refused(.gap), .refused(.unknownStream): settings.wantRepeatMilliseconds
    default: 0
    }
  }

  private func isLacking(_ stream: StreamID) -> Bool {
    live.contains { (peers[$0]?.holds[stream] ?? 0) > held.vector[stream] }
  }

  /// The stream's node is not known yet: nothing more of it is asked for until the directory changes.
  private mutating func waitForDirectory(_ stream: StreamID) {
    endWant(stream)
    considered[stream] = nil
    // Names that a peer may have made up are not remembered beyond the bound below.
    freshFrom[stream] = nil
    guard waitingForDirectory.count < settings.streamsMax else { return }
    if settings.plantedBugs.contains(.forgetHeldRuns) { return waitingForDirectory[stream] = .max }
    let until = now + settings.distrustMilliseconds
    waitingForDirectory[stream] = until
    // Then it is asked for once more, though nobody may speak of it again.
    considered[stream] = until
    consideredDue = min(consideredDue ?? until, until)
  }

  private func isWaitingForDirectory(_ stream: StreamID) -> Bool {
    waitingForDirectory[stream].map { now < $0 } ?? false
  }

  mutating func changeDirectory(_ streams: [StreamID: NodeID]) {
    directory = streams
    members = Array(Set(streams.values)).sorted()
    planHolds()
    let known = waitingForDirectory.keys.filter { streams[$0] != nil }.sorted()
    for stream in known {
      waitingForDirectory[stream] = nil
      consider(stream, at: now)
    }
  }
}
