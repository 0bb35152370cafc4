import OperationLog

/// Frames as they come in. Whatever they say, they cost their sender, never the data or the other peers.
extension Replicator {
  mutating func receive(_ bytes: [UInt8], on id: LinkID) {
    guard let link = links[id] else {
      strayFrames &+= 1
      return
    }
    if let node = link.node {
      peers[node]?.counters.framesIn &+= 1
      peers[node]?.counters.bytesIn &+= UInt64(bytes.count)
      // A greeting on another connection is no sign of life of the session's own: should that be gone without a word, it must
      // be noticed.
      if peers[node]?.link == id || peers[node]?.bulkLink == id || peers[node]?.link == nil {
        peers[node]?.contactAt = now
        peers[node]?.contactWall = wall
      }
    }
    if link.node != nil, Frame.isOfUnknownType(bytes) {
      // A later program of the same protocol says more than this one understands.
      if let node = link.node { peers[node]?.counters.framesUnknown &+= 1 }
      return
    }
    let frame: Frame
    do {
      frame = try Frame(decoding: bytes, hashing: hashing)
    } catch .unknownVersion {
      return drop(id, bye: .protocolRange, redialAfter: settings.penaltyMillisecondsMax)
    } catch {
      if let node = link.node, OperationRun.isCompressed(frame: bytes) {
        peers[node]?.counters.inflationsRefused &+= 1
      }
      return punish(id)
    }
    guard let node = link.node else { return receiveJoining(frame, on: link) }
    switch frame {
    case .hello(let hello): return greet(hello, on: id)
    case .bye(let reason): return part(reason, on: id)
    case .join, .welcome, .refuse: return punish(id)
    default: break
    }
    if peers[node]?.bulkLink == id {
      // Whatever else comes here is of a later version.
      guard case .operations(let run) = frame else { return }
      peers[node]?.bulkUsedAt = now
      return takeRun(run, from: node, lane: Frame.Lane.bulk)
    }
    guard peers[node]?.link == id else {
      // The other side thinks the session is under way, so its HELLO was lost.
      if link.peerNonce == nil, now - link.helloAt >= settings.vectorMilliseconds { sayHello(on: id, wantsHello: true) }
      return
    }
    receive(frame, from: node)
  }

  private mutating func receiveJoining(_ frame: Frame, on link: Link) {
    switch frame {
    case .join(let bytes) where !link.isDialed: emit(.joinAsked(link.id, bytes))
    case .welcome(let bytes) where link.isDialed: emit(.joinAnswered(link.id, isAdmitted: true, bytes))
    case .refuse(let bytes) where link.isDialed: emit(.joinAnswered(link.id, isAdmitted: false, bytes))
    case .bye: drop(link.id)
    default: punish(link.id)
    }
  }

  /// A frame of a session that is under way.
  private mutating func receive(_ frame: Frame, from node: NodeID) {
    switch frame {
    case .vector(let part): takeVector(part, from: node)
    case .haves(let positions):
      for position in positions {
        notePosition(position, of: node)
        // The sender asks because it has not had our ACK, maybe not of all that is held.
        oweAcknowledgement(of: position.stream, to: node)
      }
    case .acknowledgements(let positions): for position in positions { notePosition(position, of: node) }
    case .wants(let ranges): for range in ranges { serve(range, to: node) }
    case .operations(let run): takeRun(run, from: node, lane: Frame.Lane.first)
    case .prune(let streams):
      for stream in streams where (peers[node]?.pruned.count ?? 0) < settings.streamsMax {
        peers[node]?.pruned.insert(stream)
      }
    case .ping(let ping):
      takePing(ping, from: node)
      answer(ping, of: node)
    case .pong(let ping): takePong(ping, from: node)
    case .relay(let message): takeRelay(message, from: node)
    case .holds(let message): takeHolds(message, from: node)
    case .credit(let lane, let bytes): peers[node]?.lanes[lane].noteGranted(bytes)
    case .hello, .bye, .join, .welcome, .refuse: break
    }
  }

  /// The peer says that it holds a stream durably up to here.
  mutating func notePosition(_ position: StreamPosition, of node: NodeID) {
    noteHolds(position, of: node)
    noteLack(of: position.stream, at: node, considerAt: now + settings.announcementGraceMilliseconds)
  }

  mutating func noteHolds(_ said: StreamPosition, of node: NodeID) {
    let position = clipped(said)
    let (now, streamsMax) = (now, settings.streamsMax)
    if peers[node]?.inFlight[position.stream] != nil { peers[node]?.acknowledgedWall = wall }
    peers[node]?.noteHolds(position.stream, position.sequence, now: now, streamsMax: streamsMax)
  }

  /// Plans to ask for a stream when the peer holds more of it than we do.
  private mutating func noteLack(of stream: StreamID, at node: NodeID, considerAt due: Int64) {
    guard let theirs = peers[node]?.holds[stream], theirs > held.vector[stream] else { return }
    if stream == identity.stream {
      return noteOwnStream(StreamPosition(stream: stream, sequence: theirs), hash: nil, of: node)
    }
    if peers[node]?.lacking.isEmpty == true { peers[node]?.lackingSince = wall }
    peers[node]?.lacking.insert(stream)
    consider(stream, at: due)
  }

  /// Compares what a peer holds of the stream we are writing with what we wrote. A head that came with operations is the proof
  /// that is asked of a peer whose word alone counts no more.
  mutating func noteOwnStream(_ position: StreamPosition, hash: Hash32?, of node: NodeID, shown: SignedHead? = nil) {
    let own = held.vector[position.stream]
    let isOtherHash = hash != nil && position.sequence == own && hash != held.hash(of: position.stream)
    guard position.sequence > own || isOtherHash else { return }
    if watch.disbelieved[node] != nil, !isOwnSignature(shown) { return askForProof(position, of: node) }
    guard position.sequence > ownStreamReported[node] ?? 0 else { return }
    ownStreamReported[node] = position.sequence
    emit(.ownStreamDiffers(peer: node, position, hash: hash))
  }

  private mutating func takeVector(_ part: VectorPart, from node: NodeID) {
    guard part.held.streamCount + (peers[node]?.holds.streamCount ?? 0) <= 2 * settings.streamsMax else { return }
    peers[node]?.replaceHolds(from: part.low, through: part.high, with: part.held, now: now)
    clipHolds(of: node)
    peers[node]?.isHoldsKnown = true
    let vector = held.vector
    if let peer = peers[node] {
      let lacking = peer.lacking.filter { peer.holds[$0] > vector[$0] }
      peers[node]?.lacking = lacking
      if lacking.isEmpty { peers[node]?.lackingSince = nil }
    }
    for missing in vector.lacking(from: part.held) { noteLack(of: missing.stream, at: node, considerAt: now) }
    guard part.wantsReply else { return }
    peers[node]?.isVectorOwed = true
    payVector(to: node)
  }

  /// Sends the vector a peer asked for, unless one has just left.
  mutating func payVector(to node: NodeID) {
    guard let peer = peers[node], peer.isEstablished, peer.isVectorOwed else { return }
    if let last = peer.vectorSentAt, now - last < settings.vectorMilliseconds { return }
    sendVector(to: node, wantsReply: false)
  }

  /// Tells the peer all we hold, in as many frames as it takes.
  mutating func sendVector(to node: NodeID, wantsReply: Bool) {
    guard peers[node]?.isEstablished == true else { return }
    let entries = held.vector.sorted
    var low = StreamID.zero
    var index = 0
    repeat {
      let end = min(index + Frame.Limit.positions, entries.count)
      let isLast = end == entries.count
      let high = isLast ? StreamID(high: .max, low: .max) : entries[end - 1].stream
      let streams = entries[index..<end].map { ($0.stream, $0.sequence) }
      let part = VectorPart(
        wantsReply: wantsReply && isLast, low: low, high: high,
        held: VersionVector(Dictionary(uniqueKeysWithValues: streams)))
      send(.vector(part), to: node)
      if !isLast { low = entries[end].stream }
      index = end
    } while index < entries.count
    peers[node]?.told = held.vector
    peers[node]?.vectorSentAt = now
    peers[node]?.isVectorOwed = false
  }

  // MARK: Pings

  mutating func ownPing(nonce: UInt64, to node: NodeID) -> Ping {
    let totals = accountTotals(of: node)
    return Ping(
      nonce: nonce, wall: wall, vectorDigest: held.digest(hashing: hashing), stateDigest: stateDigest ?? .zero,
      sent: totals.sent, granted: totals.granted, holdsDigest: bookDigest,
      load: LoadSummary.bytes(load, telling: summaries[node] ?? []))
  }

  mutating func ping(_ node: NodeID) {
    let nonce = nextNumber()
    let ping = ownPing(nonce: nonce, to: node)
    send(.ping(ping), to: node)
    peers[node]?.pingedAt = now
    peers[node]?.pings.append(
      PeerSession.SentPing(
        nonce: nonce, sentAt: now, vectorDigest: ping.vectorDigest, stateDigest: ping.stateDigest))
    let unanswered = peers[node]?.pings.count ?? 0
    if unanswered > 4 { peers[node]?.pings.removeFirst(unanswered - 4) }
  }

  /// PONG; digests that are the ping's own are left out, and the load, which this node's own pings tell.
  private mutating func answer(_ ping: Ping, of node: NodeID) {
    var pong = ownPing(nonce: ping.nonce, to: node)
    pong.load = []
    if pong.vectorDigest == ping.vectorDigest, pong.stateDigest == ping.stateDigest {
      pong.isEcho = true
      pong.vectorDigest = .zero
      pong.stateDigest = .zero
    }
    send(.pong(pong), to: node)
  }

  private mutating func takePong(_ pong: Ping, from node: NodeID) {
    var pong = pong
    if let index = peers[node]?.pings.firstIndex(where: { $0.nonce == pong.nonce }),
      let sent = peers[node]?.pings.remove(at: index)
    {
      let answeredAt = max(peers[node]?.answeredAt ?? sent.sentAt, sent.sentAt)
      peers[node]?.answeredAt = answeredAt
      let rtt = max(0, now - sent.sentAt)
      // Smoothed like TCP's estimate (RFC 6298), so that one slow answer does not look like a slow line.
      let smoothed = peers[node]?.rttMilliseconds.map { ($0 * 7 + rtt) / 8 } ?? rtt
      peers[node]?.rttMilliseconds = smoothed
      peers[node]?.clockOffsetMilliseconds = pong.wall + rtt / 2 - wall
      if pong.isEcho {
        pong.vectorDigest = sent.vectorDigest
        pong.stateDigest = sent.stateDigest
      }
    } else if pong.isEcho {
      // It answers a ping we do not remember, so it says nothing of digests.
      return
    }
    takePing(pong, from: node)
  }

  /// Compares vectors; when they differ and nothing is under way, something was lost.
  private mutating func takePing(_ ping: Ping, from node: NodeID) {
    guard !ping.isEcho || ping.vectorDigest != .zero else { return }
    let told = peers[node]?.ping?.load ?? []
    peers[node]?.ping = ping
    // An empty load says nothing; what was said before stands.
    if ping.load.isEmpty { peers[node]?.ping?.load = told }
    takeTotals(ping, from: node)
    compareHolds(ping.holdsDigest, with: node)
    if ping.vectorDigest == held.digest(hashing: hashing) {
      peers[node]?.becomeEqual(to: held.vector, now: now)
      compareStates(ping, with: node)
    } else if peers[node]?.isQuiet == true {
      if let last = peers[node]?.vectorSentAt, now - last < settings.vectorMilliseconds { return }
      sendVector(to: node, wantsReply: true)
    }
  }
}
