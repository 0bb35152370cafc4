import OperationLog

/// What is read next for a peer, and what becomes of it: news before catching up, both within credit and rate.
extension PeerSession {
  /// How many streams are looked at for one that may be read.
  private static let queueDepthMax = 64
  /// A compressed run is at most counted as this many times smaller than its content.
  private static let compressionMax = 4

  /// The next run to read for the peer; nil when nothing waits, or credit and what is under way allow no more.
  mutating func nextRead(
    settings: ReplicationSettings, now: Int64
  ) -> (stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int)? {
    flushDue = nil
    guard link != nil, readsCount < settings.readsPerPeerMax else { return nil }
    let size = runBytes(settings: settings)
    let underWay = settings.plantedBugs.contains(.unboundedQueue) ? 0 : inFlightBytes + readsCount * size
    let window = window(settings: settings)
    if underWay < min(window + settings.newsReserveBytes, settings.inFlightBytesMax) {
      for index in newsQueue.indices.prefix(Self.queueDepthMax) {
        guard isReadable(newsQueue[index], settings: settings, now: now) else { continue }
        return beginReading(newsQueue.remove(at: index), size: size, settings: settings)
      }
    }
    // One at a time, so that runs of one stream follow one another; reading is much faster than taking in.
    guard underWay < window, catchUpRead == nil else { return nil }
    for index in servingQueue.indices.prefix(Self.queueDepthMax) {
      guard isReadable(servingQueue[index], settings: settings, now: now) else { continue }
      return beginReading(servingQueue.remove(at: index), size: size, settings: settings)
    }
    return nil
  }

  /// Bytes that may be under way to the peer at the rate it acknowledges.
  func window(settings: ReplicationSettings) -> Int {
    rate.window(
      least: 2 * settings.runBytesMin, most: settings.inFlightBytesMax, unknown: settings.windowBytesFirst)
  }

  /// Bytes of one run on the wire.
  func runBytes(settings: ReplicationSettings) -> Int {
    rate.runBytes(least: settings.runBytesMin, most: settings.runBytesMax, unknown: settings.runBytesFirst)
  }

  /// Bytes of content that make a run of so many bytes on the wire, as far as compression has shown.
  private func contentBytes(ofRun size: Int, settings: ReplicationSettings) -> Int {
    let ratio = counters.runBytesOut > 0 ? Int(clamping: counters.recordBytesOut / counters.runBytesOut) : 1
    return min(settings.runBytesMax, size * min(Self.compressionMax, max(1, ratio)))
  }

  /// News waits a moment for company while an earlier run of its stream is on its way; nothing goes beyond the credit.
  private mutating func isReadable(_ stream: StreamID, settings: ReplicationSettings, now: Int64) -> Bool {
    guard let next = serving[stream] else { return false }
    if next.isNews, let last = inFlight[stream]?.last, now - last.sentAt < settings.flushMilliseconds,
      next.to - next.next + 1 < UInt64(settings.runOperationsMax)
    {
      flushDue = min(flushDue ?? .max, last.sentAt + settings.flushMilliseconds)
      return false
    }
    let lane = lane(of: stream, settings: settings)
    let credit = settings.plantedBugs.contains(.unboundedQueue) ? 1 << 40 : lanes[lane].credit
    let free = credit > UInt64(readsBytes) ? credit - UInt64(readsBytes) : 0
    guard free >= UInt64(max(next.creditNeeded, settings.runBytesMin)) else {
      if lanes[lane].blockedSince == nil { lanes[lane].blockedSince = now }
      return false
    }
    return true
  }

  private mutating func beginReading(
    _ stream: StreamID, size: Int, settings: ReplicationSettings
  ) -> (stream: StreamID, from: UInt64, to: UInt64, bytesMax: Int)? {
    guard let next = serving[stream] else { return nil }
    let granted = lanes[lane(of: stream, settings: settings)].credit
    let credit = settings.plantedBugs.contains(.unboundedQueue) ? 1 << 40 : granted
    let free = Int(clamping: credit) - readsBytes
    let bytes = min(max(contentBytes(ofRun: size, settings: settings), next.creditNeeded), free)
    serving[stream]?.isReading = true
    if !next.isNews { catchUpRead = stream }
    serving[stream]?.reserved = bytes
    readsCount += 1
    readsBytes += bytes
    return (stream, next.next, next.to, min(bytes, settings.runBytesMax))
  }

  /// The lane a stream's next run takes: never another one than a run of it that is still on its way, which it would overtake.
  func lane(of stream: StreamID, settings: ReplicationSettings) -> UInt8 {
    guard bulkLink != nil else { return Frame.Lane.first }
    if let last = inFlight[stream]?.last { return last.lane }
    guard let next = serving[stream], !next.isNews, next.to - next.next >= settings.bulkOperationsMin else {
      return Frame.Lane.first
    }
    return Frame.Lane.bulk
  }

  /// A run was larger than the credit: it is read again when there is enough.
  mutating func putBack(_ stream: StreamID, creditNeeded: Int) {
    guard let current = serving[stream], current.isReading else { return }
    if catchUpRead == stream { catchUpRead = nil }
    readsCount -= 1
    readsBytes -= current.reserved
    serving[stream]?.isReading = false
    serving[stream]?.reserved = 0
    serving[stream]?.creditNeeded = creditNeeded
    queueForReading(stream)
  }

  /// A run leaves for the peer; what is left of the stream queues behind the others.
  mutating func noteSent(_ run: OperationRun, bytes: Int, lane: UInt8, now: Int64) {
    let stream = run.stream
    let content = run.contentBytes
    if inFlight.isEmpty { progressAt = now }
    let isFull = !servingQueue.isEmpty || !newsQueue.isEmpty || run.last < serving[stream]?.to ?? 0
    let departure = rate.departure(now: now, isIdle: inFlight.isEmpty, isFull: isFull)
    sent[stream] = max(sent[stream] ?? 0, run.last)
    told[stream] = max(told[stream], run.last)
    inFlight[stream, default: []].append(
      SentRun(last: run.last, bytes: bytes, contentBytes: content, departure: departure, lane: lane))
    inFlightBytes += bytes
    lanes[lane].noteSent(content)
    if lane == Frame.Lane.bulk { bulkUsedAt = now }
    counters.operationsOut &+= UInt64(run.records.count)
    counters.runsOut &+= 1
    counters.recordBytesOut &+= UInt64(content)
    counters.runBytesOut &+= UInt64(bytes)
    guard let current = serving[stream] else { return }
    if catchUpRead == stream { catchUpRead = nil }
    readsCount -= 1
    readsBytes -= current.reserved
    if run.last >= current.to {
      serving[stream] = nil
    } else {
      serving[stream]?.next = run.last + 1
      serving[stream]?.isReading = false
      serving[stream]?.reserved = 0
      serving[stream]?.creditNeeded = 0
      serving[stream]?.turnRuns += 1
      queueForReading(stream)
    }
  }
}
