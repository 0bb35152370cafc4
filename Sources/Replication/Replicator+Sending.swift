import OperationLog

/// Passing on what we hold: pushes, answers to WANT, acknowledgements.
extension Replicator {
  // MARK: News

  /// Heads that are durable here now: told to everybody, pushed to whoever is up to date.
  mutating func noteHeld(_ heads: [SignedHead]) {
    for head in heads.sorted(by: { ($0.stream, $0.sequence) < ($1.stream, $1.sequence) }) {
      // What was stored in the commit that ended its stream belongs to a branch, and was told as that.
      if let end = watch.ends[head.stream], head.sequence > end { continue }
      guard let before = held.note(head, wall: wall) else { continue }
      dirty.insert(head.stream)
      planHolds()
      dirtyOperations &+= head.sequence - before
      acknowledgementDue = min(acknowledgementDue ?? .max, now + settings.acknowledgementDelayMilliseconds)
      noteProgress(of: head.stream, to: head.sequence)
      for node in live { push(head.stream, after: before, to: head.sequence, node) }
    }
  }

  private mutating func noteProgress(of stream: StreamID, to sequence: UInt64) {
    for node in order where peers[node]?.lacking.contains(stream) == true {
      guard (peers[node]?.holds[stream] ?? 0) <= sequence else { continue }
      peers[node]?.lacking.remove(stream)
      if peers[node]?.lacking.isEmpty == true { peers[node]?.lackingSince = nil }
    }
    stalledAt[stream] = nil
    guard let want = wants[stream] else { return }
    extendWant(stream)
    guard sequence >= want.to else { return }
    wants[stream] = nil
    noteWants(-1, of: want.node)
    if !considered.isEmpty { consideredDue = min(consideredDue ?? now, now) }
    if order.contains(where: { (peers[$0]?.holds[stream] ?? 0) > sequence }) { consider(stream, at: now) }
  }

  /// Pushes to a peer that holds, or was sent, all before; one that is further behind asks by itself.
  private mutating func push(_ stream: StreamID, after before: UInt64, to sequence: UInt64, _ node: NodeID) {
    // Whoever writes a stream has it; should it have lost some, it asks.
    guard let peer = peers[node], peer.isEstablished, !peer.pruned.contains(stream), directory[stream] != node else {
      return
    }
    let position = peer.position(of: stream)
    guard position < sequence else { return }
    if peer.serving[stream] != nil || position >= before {
      peers[node]?.serve(stream, from: position + 1, to: sequence, now: now, isNews: true)
    }
  }

  /// The peer asks for operations; from now on it is pushed the stream too.
  mutating func serve(_ range: WantedRange, to node: NodeID) {
    let end = held.vector[range.stream]
    guard range.from <= end else {
      // It believes we hold more than we do.
      peers[node]?.isVectorOwed = true
      return payVector(to: node)
    }
    peers[node]?.pruned.remove(range.stream)
    // Whoever asks from here on has what comes before, or is about to store it: it no longer fills the line, also when the
    // acknowledgement got lost.
    peers[node]?.releaseArrived(range.stream, before: range.from)
    if let serving = peers[node]?.serving[range.stream] {
      let isRecent = now - serving.begunAt < settings.serveRepeatMilliseconds && range.from >= serving.first
      if serving.next == range.from || (serving.next > range.from && isRecent) {
        peers[node]?.serve(range.stream, from: range.from, to: end, now: now)
        return
      }
      peers[node]?.stopServing(range.stream)
    } else if range.from > peers[node]?.holds[range.stream] ?? 0,
      let sent = peers[node]?.sent[range.stream], sent >= range.from,
      let next = peers[node]?.inFlight[range.stream]?.first(where: { $0.last >= range.from }),
      now - next.sentAt < settings.serveRepeatMilliseconds
    {
      // On its way already.
      return
    }
    peers[node]?.forgetSent(range.stream, from: range.from)
    let to = min(max(range.to, range.from), end)
    if to - range.from >= settings.bulkOperationsMin { peers[node]?.isBulkWanted = true }
    peers[node]?.serve(range.stream, from: range.from, to: to, now: now)
  }

  // MARK: Runs

  /// Asks the store for the next runs of a peer, as far as its credit and what is under way to it allow.
  mutating func pump(_ node: NodeID) {
    guard peers[node]?.isEstablished == true else { return }
    let (settings, now) = (settings, now)
    while let next = peers[node]?.nextRead(settings: settings, now: now) {
      let key = ReadKey(stream: next.stream, from: next.from, bytesMax: next.bytesMax)
      if let request = readIndex[key] {
        if reads[request]?.waiters.contains(node) == false { reads[request]?.waiters.append(node) }
        continue
      }
      let request = ReadRequestID(number: nextNumber())
      readIndex[key] = request
      reads[request] = PendingRead(key: key, waiters: [node], askedAt: now)
      readsDue = min(readsDue ?? .max, now + settings.readMilliseconds)
      emit(
        .readRun(
          request, stream: next.stream, from: next.from, to: next.to, bytesMax: next.bytesMax,
          operationsMax: settings.runOperationsMax))
    }
  }

  /// The store's answer goes to everybody who waits for it.
  mutating func sendRead(_ request: ReadRequestID, _ run: OperationRun?) {
    guard let read = reads.removeValue(forKey: request) else { return }
    readIndex[read.key] = nil
    let usable = run.flatMap { run -> OperationRun? in
      let isAsked = run.stream == read.key.stream && run.first == read.key.from
      return isAsked && !run.records.isEmpty && run.head.sequence == run.last ? run : nil
    }
    for node in read.waiters {
      guard let serving = peers[node]?.serving[read.key.stream], serving.isReading, serving.next == read.key.from else {
        continue
      }
      guard let run = usable else {
        peers[node]?.stopServing(read.key.stream)
        continue
      }
      let lane = peers[node]?.lane(of: run.stream, settings: settings) ?? Frame.Lane.first
      guard peers[node]?.lanes[lane].credit ?? 0 >= UInt64(run.contentBytes) else {
        peers[node]?.putBack(run.stream, creditNeeded: run.contentBytes)
        continue
      }
      let isCompressed = peers[node]?.agrees(to: .firstDictionary, settings.features) ?? false
      let frame = encoded(run, isCompressed: isCompressed)
      guard frame.count <= Frame.bytesMax else {
        peers[node]?.stopServing(run.stream)
        continue
      }
      peers[node]?.noteSent(run, bytes: frame.count, lane: lane, now: now)
      let isBulk = lane == Frame.Lane.bulk
      if let link = isBulk ? peers[node]?.bulkLink : peers[node]?.link { send(encoded: frame, on: link) }
    }
  }

  private mutating func encoded(_ run: OperationRun, isCompressed: Bool) -> [UInt8] {
    if latestSent?.run != run { latestSent = EncodedRun(run: run) }
    if let known = isCompressed ? latestSent?.compressed : latestSent?.plain { return known }
    let frame = Frame.operations(run).encoded(hashing: hashing, compressed: isCompressed)
    if isCompressed { latestSent?.compressed = frame } else { latestSent?.plain = frame }
    return frame
  }

  // MARK: Acknowledgements

  /// The peer gets an ACK of the stream although it was told before.
  mutating func oweAcknowledgement(of stream: StreamID, to node: NodeID) {
    guard held.vector[stream] > 0 else { return }
    peers[node]?.acknowledgementsOwed.insert(stream)
    acknowledgementDue = min(acknowledgementDue ?? .max, now + settings.acknowledgementDelayMilliseconds)
  }

  /// Tells every live peer what is durable here, unless it knows.
  mutating func flushAcknowledgements() {
    guard let due = acknowledgementDue, now >= due || dirtyOperations >= settings.acknowledgementOperationsMax else {
      return
    }
    let news = dirty.sorted()
    let vector = held.vector
    for node in live {
      var rest = (peers[node]?.takeUntold(news, of: vector) ?? [])[...]
      while !rest.isEmpty {
        let part = rest.prefix(Frame.Limit.positions)
        rest = rest.dropFirst(part.count)
        send(.acknowledgements(part.map { StreamPosition(stream: $0, sequence: vector[$0]) }), to: node)
      }
    }
    dirty = []
    dirtyOperations = 0
    acknowledgementDue = nil
  }
}
