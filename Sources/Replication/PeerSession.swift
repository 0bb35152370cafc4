import OperationLog

/// What is known of one peer, and what is under way between it and us. It outlives connections; `endSession` forgets
/// what belongs to one.
struct PeerSession: Sendable {
  /// Operations of a stream that are being sent, in order.
  struct Serving {
    /// Where it began.
    var first: UInt64
    /// The next sequence to send.
    var next: UInt64
    /// The last one, both ends included.
    var to: UInt64
    /// The store was asked for the run that begins at `next`.
    var isReading = false
    /// When it was begun, monotonic.
    var begunAt: Int64
    /// A push of something new: it goes before whatever a peer catches up with.
    var isNews: Bool
    /// Bytes of content set aside for the read under way.
    var reserved = 0
    /// Runs sent since its turn began.
    var turnRuns = 0
    /// The run that was read last was larger than the credit: not read again before there is this much.
    var creditNeeded = 0
  }

  /// A run that was sent and not acknowledged.
  struct SentRun {
    var last: UInt64
    /// Bytes on the wire, and of content.
    var bytes: Int
    var contentBytes: Int
    var departure: RateEstimate.Departure
    var lane: UInt8
    var sentAt: Int64 { departure.at }
  }

  /// Whether the transport dials this neighbour.
  enum Dialer: Equatable {
    /// Not dialled by us at all.
    case none
    /// The transport dials, or has a connection.
    case free
    /// Not before this monotonic time; nil while the other side's connection lives.
    case parked(until: Int64?)
  }

  let node: NodeID
  var isNeighbour = false
  var dialer = Dialer.none
  var isPaused = false
  var isRevoked = false
  var isKeyRefused = false
  var knownSince: Int64
  /// Site code, from the configuration until HELLO says it.
  var site: String
  var hello: Hello?
  /// The protocol both speak, while a session is under way.
  var protocolVersion: UInt8?
  /// The connection whose session is under way.
  var link: LinkID?
  /// The connection for bulk that belongs to it, where there is one.
  var bulkLink: LinkID?
  /// The transport dials the bulk lane.
  var isBulkDialed = false
  /// There is so much to send or to fetch that a bulk lane is worth its connection.
  var isBulkWanted = false
  /// When the bulk lane was used last.
  var bulkUsedAt: Int64 = 0

  // What both sides hold.

  /// What the peer said it holds durably.
  var holds = VersionVector()
  /// False until the peer has told its whole vector once.
  var isHoldsKnown = false
  /// What we told the peer that we hold.
  var told = VersionVector()
  /// How far runs were sent beyond `holds`.
  var sent: [StreamID: UInt64] = [:]
  /// Streams that the peer gets from elsewhere first.
  var pruned: Set<StreamID> = []
  /// Streams of which the peer holds more than we do, and since when there is one, wall milliseconds.
  var lacking: Set<StreamID> = []
  var lackingSince: Int64?

  // Outwards.

  var serving: [StreamID: Serving] = [:]
  /// Streams of `serving` that wait for their turn to be read: those with news, and those that are caught up with.
  var newsQueue: [StreamID] = []
  var servingQueue: [StreamID] = []
  /// The stream of `servingQueue` that is being read.
  var catchUpRead: StreamID?
  /// Runs under way from the store, and the credit set aside for them.
  var readsCount = 0
  var readsBytes = 0
  var inFlight: [StreamID: [SentRun]] = [:]
  var inFlightBytes = 0
  var lanes = LanePair<LaneAccount>(LaneAccount(), LaneAccount())
  var rate = RateEstimate()
  /// When `pump` has to look again although nothing happened, because news waits for company.
  var flushDue: Int64?
  var progressAt: Int64 = 0
  /// Streams for which the peer needs an ACK even if it was told before.
  var acknowledgementsOwed: Set<StreamID> = []
  var vectorSentAt: Int64?
  /// The peer asked for our vector before we could send one again.
  var isVectorOwed = false

  // Inwards.

  private(set) var wantsCount = 0
  /// As many streams are asked of the peer as may be; not taken back before a quarter is answered, so that it is asked for
  /// many at a time and not for one after the other.
  private(set) var isAskedEnough = false
  var ingestBytes = 0
  /// Content dropped in this session because more came than was granted.
  var droppedBytes = 0
  /// Streams whose run of this peer was false, and until when it is not asked.
  var distrusted: [StreamID: Int64] = [:]

  // Signs of life.

  var contactAt: Int64?
  var contactWall: Int64?
  var pingedAt: Int64?
  /// Pings that were not answered yet.
  var pings: [SentPing] = []
  /// When the latest ping left that was answered in this session: what left before it is on its way no more.
  var answeredAt: Int64?
  var rttMilliseconds: Int64?
  var clockOffsetMilliseconds: Int64?
  var ping: Ping?
  var lastBye: ByeReason?
  /// Why we parted last.
  var lastByeSent: ByeReason?
  /// When the peer last acknowledged something new, wall milliseconds.
  var acknowledgedWall: Int64?
  var relayTokens = TokenBucket(perSecond: 200, burst: 1_000)
  var holdsTokens = TokenBucket(perSecond: 20, burst: 400)
  var holdsSummaryAt: Int64?
  var penaltyLevel: Int64 = 0
  var penaltyUntil: Int64?
  var garbageAt: Int64?
  var counters = PeerCounters()

  init(node: NodeID, site: String, now: Int64) {
    self.node = node
    self.site = site
    knownSince = now
  }

  var isEstablished: Bool { link != nil }

  /// Runs of one stream that a peer catches up with before the next stream has its turn.
  private static let turnRunsMax = 16

  /// How far the peer holds a stream or will when all that was sent arrives.
  func position(of stream: StreamID) -> UInt64 { max(holds[stream], sent[stream] ?? 0) }

  /// A ping that waits for its answer, with what it said.
  struct SentPing: Sendable {
    var nonce: UInt64
    var sentAt: Int64
    var vectorDigest: Hash32
    var stateDigest: Hash32
  }

  /// Both sides can.
  func agrees(to feature: LocalNode.Feature, _ own: UInt64) -> Bool {
    ((hello?.features ?? 0) & own & feature.rawValue) != 0
  }

  /// Nothing is under way between us, so differing vectors mean that something is missing.
  var isQuiet: Bool { serving.isEmpty && inFlight.isEmpty && wantsCount == 0 && ingestBytes == 0 }

  /// The streams of which the peer has to be told what is held, in order: news it was not told, and whatever it is owed.
  mutating func takeUntold(_ news: [StreamID], of vector: VersionVector) -> [StreamID] {
    var streams = news.filter { told[$0] < vector[$0] && !acknowledgementsOwed.contains($0) }
    streams.append(contentsOf: acknowledgementsOwed)
    streams.sort()
    acknowledgementsOwed = []
    for stream in streams { told[stream] = vector[stream] }
    return streams
  }

  /// A session begins on a connection.
  mutating func beginSession(on link: LinkID, hello: Hello, now: Int64, wall: Int64) {
    self.link = link
    self.hello = hello
    site = hello.site
    isKeyRefused = false
    lastBye = nil
    lastByeSent = nil
    contactAt = now
    contactWall = wall
    progressAt = now
    pings = []
    answeredAt = nil
    pingedAt = nil
    forgetUnderWay()
  }

  /// The session is over; what the peer holds stays known.
  mutating func endSession() {
    link = nil
    forgetUnderWay()
  }

  private mutating func forgetUnderWay() {
    told = VersionVector()
    sent = [:]
    pruned = []
    serving = [:]
    newsQueue = []
    servingQueue = []
    catchUpRead = nil
    readsCount = 0
    readsBytes = 0
    inFlight = [:]
    inFlightBytes = 0
    rate = RateEstimate()
    droppedBytes = 0
    flushDue = nil
    acknowledgementsOwed = []
    vectorSentAt = nil
    isVectorOwed = false
  }

  /// A stream more, or less, is asked of the peer.
  mutating func noteWants(_ change: Int, most: Int) {
    wantsCount += change
    if wantsCount >= most { isAskedEnough = true } else if wantsCount <= most - most / 4 { isAskedEnough = false }
  }

  /// The peer holds the stream durably up to here.
  mutating func noteHolds(_ stream: StreamID, _ sequence: UInt64, now: Int64, streamsMax: Int) {
    if sequence > holds[stream], holds[stream] > 0 || holds.streamCount < streamsMax { holds[stream] = sequence }
    // Also what it held before and asked for once more.
    acknowledge(stream, upTo: min(sequence, holds[stream]), now: now)
  }

  /// Takes acknowledged runs off the account.
  private mutating func acknowledge(_ stream: StreamID, upTo sequence: UInt64, now: Int64) {
    if let end = sent[stream], end <= sequence { sent[stream] = nil }
    guard let runs = inFlight[stream] else { return }
    var kept: [SentRun] = []
    for run in runs {
      guard run.last <= sequence else {
        kept.append(run)
        continue
      }
      inFlightBytes -= run.bytes
      rate.note(run.departure, bytes: run.bytes, now: now)
    }
    guard kept.count < runs.count else { return }
    inFlight[stream] = kept.isEmpty ? nil : kept
    progressAt = now
  }

  /// Takes a vector that says all the peer holds between two streams; it may be less than we thought.
  mutating func replaceHolds(from low: StreamID, through high: StreamID, with part: VersionVector, now: Int64) {
    var entries: [StreamID: UInt64] = [:]
    for entry in holds.sorted where entry.stream < low || entry.stream > high { entries[entry.stream] = entry.sequence }
    for entry in part.sorted { entries[entry.stream] = entry.sequence }
    holds = VersionVector(entries)
    for stream in inFlight.keys.sorted() { acknowledge(stream, upTo: holds[stream], now: now) }
  }

  /// The peer holds exactly this vector: nothing is under way any more.
  mutating func becomeEqual(to vector: VersionVector, now: Int64) {
    holds = vector
    isHoldsKnown = true
    told = vector
    for stream in inFlight.keys.sorted() { acknowledge(stream, upTo: vector[stream], now: now) }
    lacking = []
    lackingSince = nil
  }

  /// Forgets what was sent of a stream from `sequence` on: the peer says, or time says, that it did not arrive.
  mutating func forgetSent(_ stream: StreamID, from sequence: UInt64) {
    sent[stream] = sequence > 1 ? sequence - 1 : nil
    guard let runs = inFlight[stream] else { return }
    let kept = runs.filter { $0.last < sequence }
    inFlightBytes -= runs.reduce(0) { $0 + $1.bytes } - kept.reduce(0) { $0 + $1.bytes }
    inFlight[stream] = kept.isEmpty ? nil : kept
  }

  /// Takes runs off the account that arrived, or were lost, although nothing was acknowledged: those before `sequence`.
  mutating func releaseArrived(_ stream: StreamID, before sequence: UInt64) {
    release(stream) { $0.last < sequence }
  }

  /// As above: those that left before a ping that was answered. The bulk lane keeps its own order.
  mutating func releaseAnswered(_ stream: StreamID) {
    guard let answeredAt else { return }
    release(stream) { $0.lane == Frame.Lane.first && $0.sentAt < answeredAt }
  }

  private mutating func release(_ stream: StreamID, where isOver: (SentRun) -> Bool) {
    guard let runs = inFlight[stream] else { return }
    let kept = runs.filter { !isOver($0) }
    inFlightBytes -= runs.reduce(0) { $0 + $1.bytes } - kept.reduce(0) { $0 + $1.bytes }
    inFlight[stream] = kept.isEmpty ? nil : kept
  }

  /// Stops sending a stream.
  mutating func stopServing(_ stream: StreamID) {
    guard let serving = serving.removeValue(forKey: stream) else { return }
    if catchUpRead == stream { catchUpRead = nil }
    if serving.isReading {
      readsCount -= 1
      readsBytes -= serving.reserved
    } else {
      servingQueue.removeAll { $0 == stream }
      newsQueue.removeAll { $0 == stream }
    }
  }

  /// Goes on sending a stream up to `to`, or begins.
  mutating func serve(_ stream: StreamID, from: UInt64, to: UInt64, now: Int64, isNews: Bool = false) {
    if let current = serving[stream] {
      serving[stream]?.to = max(current.to, to)
      return
    }
    serving[stream] = Serving(first: from, next: from, to: to, begunAt: now, isNews: isNews)
    queueForReading(stream)
  }

  /// The stream waits for its turn to be read.
  mutating func queueForReading(_ stream: StreamID) {
    if serving[stream]?.isNews == true { return newsQueue.append(stream) }
    // Runs of one stream that follow one another cost the receiver less: they change the same tickets again and again. After a
    // while the others have their turn.
    let turnRuns = serving[stream]?.turnRuns ?? 0
    if turnRuns > 0, turnRuns < Self.turnRunsMax { return servingQueue.insert(stream, at: 0) }
    serving[stream]?.turnRuns = 0
    servingQueue.append(stream)
  }
}

/// What went over one link since the start, and what was wrong with it.
package struct PeerCounters: Hashable, Sendable {
  package var framesIn: UInt64 = 0
  package var framesOut: UInt64 = 0
  package var bytesIn: UInt64 = 0
  package var bytesOut: UInt64 = 0
  package var operationsIn: UInt64 = 0
  package var operationsOut: UInt64 = 0
  /// Operations that were held already when they came.
  package var operationsRepeated: UInt64 = 0
  /// Runs that the store refused.
  package var runsRefused: UInt64 = 0
  /// Runs dropped because too much of the peer waited to be stored.
  package var runsDropped: UInt64 = 0
  /// Runs sent, and their records' bytes before and after compression.
  package var runsOut: UInt64 = 0
  package var recordBytesOut: UInt64 = 0
  package var runBytesOut: UInt64 = 0
  /// Compressed runs that were refused: too large, or not what zstd makes.
  package var inflationsRefused: UInt64 = 0
  /// Runs beyond what was granted.
  package var creditOverruns: UInt64 = 0
  /// Frames of a type this program does not know.
  package var framesUnknown: UInt64 = 0
  /// Relayed messages and statements beyond what a peer may send in a while, or from nodes nobody knows.
  package var relaysDropped: UInt64 = 0
  package var holdsDropped: UInt64 = 0
  /// Statements with a signature that is not their holder's.
  package var holdsRefused: UInt64 = 0
  /// Runs that came before the ones they follow.
  package var gaps: UInt64 = 0
  /// Bytes that are no frame, or frames where they are not allowed.
  package var garbage: UInt64 = 0
  /// Sessions begun.
  package var sessions: UInt64 = 0
  /// Times something sent was not acknowledged in time.
  package var stalls: UInt64 = 0
}
